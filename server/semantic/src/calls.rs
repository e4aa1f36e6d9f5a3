//! The command calls of a script.

use commands::{bind::Binding, reply::ReplyCase};
use syntax::{ExprId, FunctionId};

/// The form of a command call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallForm {
    /// `redis.call(…)`
    Call,
    /// `redis.pcall(…)`
    Pcall,
    /// `pcall(redis.call, …)`
    Protected,
    /// A call of a function of the script that passes its arguments on.
    Wrapper(FunctionId),
}

/// One command call.
#[derive(Clone, Debug)]
pub struct CommandCall {
    /// The whole call.
    pub call: ExprId,
    /// The form of the call.
    pub form: CallForm,
    /// The words of the command, its name first. Words of a wrapper stand in the wrapper.
    pub words: Vec<ExprId>,
    /// The roles of the words, and the problems.
    pub binding: Binding,
    /// The forms that its reply may have.
    pub replies: Vec<&'static ReplyCase>,
}

impl CommandCall {
    /// The name of the command in upper case, if it is known.
    pub fn name(&self) -> Option<&'static str> {
        self.binding.spec.map(|spec| spec.name)
    }
}
