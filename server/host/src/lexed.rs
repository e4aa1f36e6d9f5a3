//! Tokens and literals of a host file.

use std::borrow::Cow;

use text::TextRange;

use crate::escape::Escapes;

/// The tokens of a file, with its comments apart.
#[derive(Clone, Default, Debug)]
pub struct Lexed {
    /// Tokens in the order of their starts. Those inside the holes of a literal are left out.
    pub tokens: Vec<Token>,
    /// Comments, in order.
    pub comments: Vec<TextRange>,
    /// String literals in the order of their starts; a literal in a hole of another comes after it.
    pub literals: Vec<Literal>,
    /// Holes of all literals, see [`Literal::holes`].
    pub(crate) holes: Vec<Hole>,
}

/// A token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// Kind of the token.
    pub kind: TokenKind,
    /// Its bytes.
    pub range: TextRange,
}

/// Kinds of tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// A name or keyword.
    Name,
    /// A number.
    Number,
    /// One character of punctuation.
    Punct,
    /// A string literal, with its index in [`Lexed::literals`].
    Literal(u32),
    /// Something else that is one token: a character, a regular expression.
    Other,
}

/// A string literal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Literal {
    /// All of it, with prefix and quotes; without the body for a heredoc, whose body stands apart.
    pub range: TextRange,
    /// The bytes between the quotes.
    pub body: TextRange,
    /// Notation of the body.
    pub style: &'static Style,
    /// The closing delimiter: `"`, `"""`, `)`, or the tag of a heredoc.
    pub close: Cow<'static, [u8]>,
    /// Indices of its holes in [`Lexed::holes`].
    pub(crate) holes: (u32, u32),
    /// Bytes of indentation that each line of the body loses; zero where none is cut.
    pub(crate) indent: u32,
    /// False if the file, or the line of a one-line literal, ended before it.
    pub is_closed: bool,
}

/// A hole of a template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hole {
    /// All of it, with `${` and `}`.
    pub range: TextRange,
    /// The expression in it.
    pub expression: TextRange,
}

/// How the body of a kind of literal is written.
#[derive(PartialEq, Eq, Debug)]
pub struct Style {
    /// Escape sequences; none for raw text.
    pub escapes: Option<&'static Escapes>,
    /// True if a backslash, which is text, keeps a quote behind it from closing the literal (raw strings of Python).
    pub guards_quote: bool,
    /// Syntax of holes.
    pub holes: Holes,
    /// True if a closing quote written twice is one quote of the text (C# `@""`).
    pub doubles_quote: bool,
    /// True if the body may have newlines.
    pub is_multiline: bool,
    /// Indentation that the language cuts.
    pub indent: Indent,
    /// True for bytes, in which an escape above `\x7f` is one byte.
    pub is_bytes: bool,
    /// True if the last quotes of a longer run close it, and those before are text (Kotlin).
    pub closes_late: bool,
    /// True if a carriage return is dropped, and cannot be written (raw strings of Go).
    pub drops_cr: bool,
}

impl Style {
    /// Raw text without holes on one line.
    pub const RAW: Self = Self {
        escapes: None,
        guards_quote: false,
        holes: Holes::None,
        doubles_quote: false,
        is_multiline: false,
        indent: Indent::None,
        is_bytes: false,
        drops_cr: false,
        closes_late: false,
    };
}

/// The syntax of a template's holes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holes {
    /// No holes.
    None,
    /// `${…}` (JavaScript).
    DollarBrace,
    /// `${…}` and `$name` (Kotlin).
    DollarName,
    /// `$$name` and `$${…}` with as many signs as given, fewer of them being text (Kotlin `$$"""`).
    Dollars(u8),
    /// `$name`, `${…}`, `{$…}` with indices and members (PHP).
    Php,
    /// `$name`, `${…}`, `$(…)`, `` `…` `` (shell).
    Shell,
    /// `#{…}`, `#@name` and `#$name` (Ruby).
    Hash,
    /// `{…}` with as many braces as given, fewer of them being text (C# `$$"""`); with one, `{{` is a brace (Python, C#).
    Braces(u8),
}

/// Indentation that a language cuts from the lines of a literal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Indent {
    /// None.
    None,
    /// The least indentation of all lines (Ruby `<<~`).
    Least,
    /// The least of all lines and of the closing quote; the line break after the opening quote is no part of the text, and
    /// spaces at the ends of lines are cut (Java text blocks).
    TextBlock,
    /// That of the line of the closing quote; the line breaks after the opening and before the closing quote are no part of the
    /// text (PHP heredocs, C# raw strings).
    Closing,
    /// All tabs at the beginnings of lines (shell `<<-`).
    Tabs,
}

impl Lexed {
    /// The holes of a literal, in order.
    pub fn holes(&self, literal: &Literal) -> &[Hole] {
        self.holes.get(literal.holes.0 as usize..literal.holes.1 as usize).unwrap_or_default()
    }
}
