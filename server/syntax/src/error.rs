//! What the server's Lua would refuse, in words that say what to write instead.

use text::TextRange;

/// A place that Lua 5.1 refuses. A script with one never runs: the server answers
/// `ERR Error compiling script` at `EVAL` and `SCRIPT LOAD`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// Where; empty at the place where something is missing.
    pub range: TextRange,
    /// One sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<&'static str>,
    /// Replacements that mend it, where one is sure.
    pub fix: Option<SyntaxFix>,
}

impl SyntaxError {
    pub(crate) fn new(range: TextRange, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: None, fix: None }
    }

    pub(crate) fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    pub(crate) fn fix(mut self, title: &'static str, range: TextRange, text: impl Into<String>) -> Self {
        self.fix = Some(SyntaxFix { title, range, text: text.into() });
        self
    }
}

/// A replacement that mends a [`SyntaxError`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxFix {
    /// What it does, as a command.
    pub title: &'static str,
    /// What is replaced.
    pub range: TextRange,
    /// What stands there afterwards.
    pub text: String,
}
