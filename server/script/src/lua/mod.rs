//! Lua 5.1, wrapped: the only place where its C interface is called.
//!
//! Soundness here rests on one rule. Lua raises errors by jumping over the frames of C functions; no frame of Rust may
//! be jumped over. So every function of ours that Lua calls goes through [`entry`], which takes its result as a value
//! and raises the error when nothing of Rust is left on the stack; and nothing that is called in between can raise: tables
//! are read and written raw, never through metamethods, and while Rust is running the [`Heap`] grants memory beyond the limit
//! (the excess is noticed as soon as Lua goes on).
#![allow(unsafe_code, reason = "Lua is a C library")]

mod function;
mod heap;
mod hook;
mod pool;
mod raw;
mod state;
mod watch;

use std::{any::TypeId, ptr::NonNull};

pub(crate) use function::{entry, function};
pub(crate) use heap::Hashing;
pub(crate) use hook::{hook, tick};
pub(crate) use raw::{Function, FunctionRef, State, Throw};
pub(crate) use state::{GLOBALS, Kind, Lua, REGISTRY, to_int};
pub(crate) use watch::{Event, Watch};

/// A type of values that our functions work with while a run borrows one.
pub(crate) trait Attachment: 'static {
    /// The value, as long as it is borrowed.
    type Of<'a>: 'a;
}

/// The value that is attached to the run, if it is of this type. The reference must not outlive the call of the function
/// that asks for it, nor be held while Lua runs.
pub(crate) fn attached<'a, A: Attachment>(state: State) -> Option<&'a mut A::Of<'a>> {
    let (kind, place) = state.attached()?;
    // SAFETY: only `Lua::attach` sets the place, of a value of the type that it notes, for as long as that is borrowed.
    (kind == TypeId::of::<A>()).then(|| unsafe { place.cast::<A::Of<'a>>().as_mut() })
}

impl Lua {
    /// Calls a function while our functions find `value` by [`attached`].
    pub(crate) fn attach<A: Attachment, R>(&mut self, value: &mut A::Of<'_>, run: impl FnOnce(State) -> R) -> R {
        self.heap().attached = Some((TypeId::of::<A>(), NonNull::from(value).cast()));
        let result = run(self.state());
        self.heap().attached = None;
        result
    }
}
