//! A rule's finding, with its range and its fix.

use text::TextRange;

/// Severity of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// A better way exists; listed only on request.
    Hint,
    /// The code runs, but most likely does not do what was meant.
    Warning,
    /// The server refuses it, or the script fails whenever the line runs.
    Error,
}

impl Level {
    /// The level's name, as in configuration and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Rendering of a finding in an editor, beyond its level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tag {
    /// Dead or unused code: shown faded.
    Unused,
    /// Deprecated names: shown struck through.
    Deprecated,
}

/// One finding of one rule in one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The rule's code, in kebab case.
    pub code: &'static str,
    /// Its level after configuration.
    pub level: Level,
    /// Range in bytes of the file.
    pub range: TextRange,
    /// One sentence, no full stop, no line break.
    pub message: String,
    /// Advice on what to do, where the message does not make it plain.
    pub help: Option<String>,
    /// Other places that matter to the finding.
    pub related: Vec<Related>,
    /// Rendering in an editor.
    pub tag: Option<Tag>,
    /// The edits that mend it.
    pub fix: Option<Fix>,
}

/// Another place that matters to a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Related {
    /// The file, when it is another one (as the includes name it, normalised).
    pub path: Option<String>,
    /// Range in that file.
    pub range: TextRange,
    /// Description of that place.
    pub message: String,
}

/// Edits that mend a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// Title in the imperative: "Replace `==` by …".
    pub title: String,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
    /// True if it may be applied without asking.
    pub safe: bool,
}

/// One replacement of a range by text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// Range to replace; empty to insert.
    pub range: TextRange,
    /// The new text.
    pub text: String,
}

impl Edit {
    /// Replaces `range` by `text`.
    pub fn replace(range: TextRange, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    /// Inserts `text` at `offset`.
    pub fn insert(offset: u32, text: impl Into<String>) -> Self {
        Self { range: TextRange::at(offset), text: text.into() }
    }

    /// Deletes `range`.
    pub fn delete(range: TextRange) -> Self {
        Self { range, text: String::new() }
    }
}
