//! Completions as the client gets them.

use text::TextRange;

/// The kinds of completion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompletionKind {
    /// A command of the server.
    Command,
    /// An option word of a command.
    Option,
    /// A function.
    Function,
    /// A constant.
    Constant,
    /// A table of the server's.
    Table,
    /// A local.
    Variable,
    /// A field of a table.
    Field,
    /// An element of KEYS or ARGV.
    Element,
    /// A word of Lua.
    Keyword,
    /// A piece of code.
    Snippet,
    /// A class or an alias of annotations.
    Class,
    /// A lint rule.
    Rule,
    /// A file.
    File,
}

/// A completion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// Text that is shown, and compared with the text typed.
    pub label: String,
    /// Its kind.
    pub kind: CompletionKind,
    /// Parameters, or an option's value: shown behind the label in the list's row.
    pub shape: String,
    /// A few words beside it.
    pub detail: String,
    /// Text put in the place of `range`; with `$1` and `${1:name}` where `is_snippet`.
    pub insert: String,
    /// True if `insert` has places to fill in.
    pub is_snippet: bool,
    /// Its place in the list: lower is higher.
    pub rank: u32,
    /// The text that is compared with the typed one in place of the label.
    pub filter: Option<String>,
    /// True if the first target calls it deprecated.
    pub deprecated: bool,
    /// Key of its documentation, for [`super::resolve`].
    pub docs: Docs,
}

/// Key of a completion's documentation.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Docs {
    /// No documentation.
    #[default]
    None,
    /// A command, by its name.
    Command(&'static str),
    /// An option word, by its command's name.
    Option(&'static str, &'static str),
    /// An item of the sandbox, by its table (empty for a global) and name.
    Api(&'static str, &'static str),
    /// A rule, by its code.
    Rule(&'static str),
    /// A text by itself.
    Text(String),
}

/// The completions at a place.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Completions {
    /// Text replaced by the chosen item.
    pub range: TextRange,
    /// The completions, unsorted.
    pub items: Vec<Completion>,
}

impl Completions {
    /// Returns the range to replace if the text behind the cursor stays, and the range if it goes.
    pub fn ranges(&self, source: &[u8], offset: u32) -> (TextRange, TextRange) {
        let insert = TextRange::new(self.range.start, self.range.end.min(offset).max(self.range.start));
        let mut replace = self.range;
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        // Nothing is typed yet before a word that begins at the cursor: it is another one.
        if replace.end == offset && insert.slice(source).last().is_some_and(in_word) {
            let rest = source.get(offset as usize..).unwrap_or_default();
            replace.end += rest.iter().take_while(|byte| in_word(byte)).count() as u32;
        }
        (insert, replace)
    }
}

impl Completion {
    pub(super) fn new(label: impl Into<String>, kind: CompletionKind) -> Self {
        let label = label.into();
        Self {
            insert: label.clone(),
            label,
            kind,
            shape: String::new(),
            detail: String::new(),
            is_snippet: false,
            rank: 500,
            filter: None,
            deprecated: false,
            docs: Docs::None,
        }
    }
}
