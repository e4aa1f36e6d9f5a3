//! Completions in `redlua.toml`.

/// The kinds of items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A table of the file.
    Table,
    /// A key of a table.
    Key,
    /// A value.
    Value,
}

/// A completion in a settings' file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// The text that is shown.
    pub label: String,
    /// Its kind.
    pub kind: Kind,
    /// A few words beside it: the default, or a rule's level.
    pub detail: String,
    /// Its effect, in Markdown.
    pub docs: String,
    /// The text to insert.
    pub text: String,
    /// The same text as an editor snippet, with placeholders.
    pub snippet: String,
}
