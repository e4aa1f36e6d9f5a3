//! A key of a call.

use commands::{CommandSpec, spec::Access};

/// A key of the call.
pub(crate) struct Key {
    /// Its place among the words.
    pub(crate) at: usize,
    /// The command.
    pub(crate) spec: &'static CommandSpec,
    /// Index of the key spec that found it.
    pub(crate) nth: usize,
    /// Access of the command to the key, if known.
    pub(crate) access: Option<Access>,
}
