//! Syntax errors of the server's Lua, with messages that say what to write instead.

use text::TextRange;

/// A place that Lua 5.1 refuses. A script with one never runs: the server answers
/// `ERR Error compiling script` at `EVAL` and `SCRIPT LOAD`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// Place of the error; empty where something is missing.
    pub range: TextRange,
    /// One sentence without a full stop.
    pub message: String,
    /// Range in doubt because of it: a call that is not closed, up to where it breaks off.
    pub doubtful: TextRange,
    /// True if names may not be known whose declaration it cuts short or hides.
    pub hides_names: bool,
    /// Advice on what to write instead.
    pub help: Option<String>,
    /// Another place that matters, with its explanation.
    pub related: Option<(TextRange, String)>,
    /// A replacement that fixes it.
    pub fix: Option<SyntaxFix>,
}

impl SyntaxError {
    pub(crate) fn new(range: TextRange, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
            doubtful: range,
            hides_names: false,
            help: None,
            related: None,
            fix: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn related(mut self, range: TextRange, message: impl Into<String>) -> Self {
        self.related = Some((range, message.into()));
        self
    }

    /// Extends the range in doubt.
    pub(crate) fn doubtful(mut self, range: TextRange) -> Self {
        self.doubtful = range;
        self
    }

    /// Marks an error that cuts a declaration short.
    pub(crate) fn hides_names(mut self) -> Self {
        self.hides_names = true;
        self
    }

    /// A repair that is certain.
    pub(crate) fn fix(mut self, title: impl Into<String>, range: TextRange, text: impl Into<String>) -> Self {
        self.fix = Some(SyntaxFix { title: title.into(), range, text: text.into(), certain: true });
        self
    }

    /// A repair that is likely meant.
    pub(crate) fn offer(mut self, title: impl Into<String>, range: TextRange, text: impl Into<String>) -> Self {
        self.fix = Some(SyntaxFix { title: title.into(), range, text: text.into(), certain: false });
        self
    }
}

/// A replacement that fixes a [`SyntaxError`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxFix {
    /// Title of the fix, as a command.
    pub title: String,
    /// Range to replace.
    pub range: TextRange,
    /// Replacement text.
    pub text: String,
    /// True if nothing else can be meant.
    pub certain: bool,
}
