//! Functions that decide whether a run goes on.

use super::raw::State;

/// An occasion to end a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// The instructions between two calls of the hook have run.
    Instructions,
    /// A line begins.
    Line,
    /// Work was done outside of Lua's instructions.
    Work,
}

/// Ends runs. Both functions leave the error that is to be raised on the stack.
#[derive(Clone, Copy)]
pub(crate) struct Watch {
    /// Returns true if the run must end now.
    pub(crate) check: fn(State, Event) -> bool,
    /// Ends the run for what unwound.
    pub(crate) stop: fn(State, meter::Stop),
}
