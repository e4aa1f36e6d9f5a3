//! The parts that a language is defined by.

use crate::{bindings::Bindings, lexed::Lexed};

/// The parts of a language.
pub(crate) struct Definition {
    /// Name as people write it.
    pub name: &'static str,
    /// Names that editors give to documents in it.
    pub ids: &'static [&'static str],
    /// Extensions of its files.
    pub extensions: &'static [&'static str],
    /// Programs that a first line with `#!` names.
    pub interpreters: &'static [&'static str],
    /// Splits a file into tokens.
    pub lex: fn(&[u8]) -> Lexed,
    /// Syntax of expressions around literals.
    pub syntax: Syntax,
    /// Calls that take and run scripts.
    pub bindings: fn() -> &'static Bindings,
}

/// The parts of a language's syntax that make one text of several literals.
pub(crate) struct Syntax {
    /// Operators that join two texts.
    pub plus: &'static [&'static str],
    /// True if literals that stand side by side are one text.
    pub joins_adjacent: bool,
    /// True if that holds only with nothing between them (shell).
    pub joins_touching: bool,
    /// True if a line break ends an expression, unless it is within brackets.
    pub ends_at_newline: bool,
    /// True if a literal that is a statement of its own is a comment (docstrings of Python).
    pub has_docstrings: bool,
    /// True if the value of `doc = …` in brackets is a comment (attributes of Rust).
    pub has_doc_attributes: bool,
    /// True if the text of a literal with CRLF cannot be told (C#, PHP, shell).
    pub keeps_cr: bool,
    /// True if arguments follow the name of a call without brackets, up to the end of the command (shell).
    pub has_commands: bool,
    /// Notation of functions.
    pub functions: Functions,
}

/// Notation of functions in a language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Functions {
    /// A word before each, and a body that is indented further (`def` of Python and Ruby).
    Indented(&'static str),
    /// Parameters in brackets and a body in braces behind, with one of these words before the name or the parameters. With no words,
    /// a name is enough.
    Braces(&'static [&'static str]),
}

impl Syntax {
    pub(crate) const DEFAULT: Self = Self {
        plus: &[],
        joins_adjacent: false,
        joins_touching: false,
        ends_at_newline: false,
        has_docstrings: false,
        has_doc_attributes: false,
        keeps_cr: false,
        has_commands: false,
        functions: Functions::Braces(&[]),
    };
}
