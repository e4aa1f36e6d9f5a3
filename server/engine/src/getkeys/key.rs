//! A key of a call.

use commands::{CommandSpec, spec::Access};

/// A key of the call.
pub(crate) struct Key {
    /// Its place among the words.
    pub(crate) at: usize,
    /// The command.
    pub(crate) spec: &'static CommandSpec,
    /// Which of the command's specs found it.
    pub(crate) nth: usize,
    /// What is done to it, where that is known.
    pub(crate) access: Option<Access>,
}
