//! The parts of lexers that languages share.

use text::TextRange;

use crate::lexed::{Lexed, Token, TokenKind};

/// The bytes of names in all languages.
const IS_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut it = 0;
    while it < 256 {
        table[it] = (it as u8).is_ascii_alphanumeric() || it == b'_' as usize || it >= 0x80;
        it += 1;
    }
    table
};

/// A heredoc whose body follows the line.
pub(crate) struct Heredoc {
    /// Index of its literal.
    pub literal: u32,
    /// True if a line, without its line break, is the closing one; the second argument is the tag.
    pub ends: fn(&[u8], &[u8]) -> bool,
}

/// A lexer over the bytes of a file. Each language has a function that takes the next token.
pub(crate) struct Lexer<'s> {
    pub source: &'s [u8],
    /// Offset of the next byte.
    pub at: usize,
    pub out: Lexed,
    /// Takes the next token or white space; must advance.
    step: fn(&mut Self),
    /// Number of holes around the next byte.
    pub depth: u32,
    /// Number of open brackets of any kind, in the innermost hole.
    pub brackets: u32,
    /// Number of literals without an end.
    pub unclosed: u32,
    /// Heredocs whose bodies follow the line.
    pub pending: Vec<Heredoc>,
    /// Bytes that may be read a second time, so that no input takes longer than twice its length.
    pub spare: usize,
}

/// A place that a lexer can go back to.
pub(crate) struct Mark {
    pub at: usize,
    pub tokens: usize,
    comments: usize,
    pub literals: usize,
    holes: usize,
    brackets: u32,
    unclosed: u32,
    pending: usize,
}

impl<'s> Lexer<'s> {
    /// A lexer that takes tokens with `step`.
    pub(crate) fn new(source: &'s [u8], step: fn(&mut Self)) -> Self {
        Self {
            source,
            at: 0,
            // Code has a token in five to ten bytes.
            out: Lexed { tokens: Vec::with_capacity(source.len() / 8), ..Lexed::default() },
            step,
            depth: 0,
            brackets: 0,
            unclosed: 0,
            pending: Vec::new(),
            spare: source.len() + 0x1_0000,
        }
    }

    /// Lexes `source` with `step`.
    pub(crate) fn run(source: &'s [u8], step: fn(&mut Self)) -> Lexed {
        let mut lexer = Self::new(source, step);
        lexer.rest_of_file();
        lexer.out
    }

    /// Takes all tokens up to the end.
    pub(crate) fn rest_of_file(&mut self) {
        while self.at < self.source.len() {
            self.step();
        }
    }

    /// This place.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            tokens: self.out.tokens.len(),
            comments: self.out.comments.len(),
            literals: self.out.literals.len(),
            holes: self.out.holes.len(),
            brackets: self.brackets,
            unclosed: self.unclosed,
            pending: self.pending.len(),
        }
    }

    /// Goes back to a place, and drops what was read since.
    pub(crate) fn back_to(&mut self, mark: &Mark) {
        self.at = mark.at;
        self.out.tokens.truncate(mark.tokens);
        self.out.comments.truncate(mark.comments);
        self.out.literals.truncate(mark.literals);
        self.out.holes.truncate(mark.holes);
        self.brackets = mark.brackets;
        self.unclosed = mark.unclosed;
        self.pending.truncate(mark.pending);
    }

    /// Takes one token.
    pub(crate) fn step(&mut self) {
        let before = self.at;
        (self.step)(self);
        // A lexer that does not advance would never end.
        self.at = self.at.max(before + 1).min(self.source.len());
    }

    /// The byte `ahead` bytes behind the next; zero past the end.
    pub(crate) fn peek(&self, ahead: usize) -> u8 {
        self.source.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The bytes from the next on.
    pub(crate) fn rest(&self) -> &'s [u8] {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// True if `text` comes next.
    pub(crate) fn sees(&self, text: &[u8]) -> bool {
        self.rest().starts_with(text)
    }

    /// Skips to `text`, and past it; to the end if there is none.
    pub(crate) fn skip_past(&mut self, text: &[u8]) {
        self.at =
            memchr::memmem::find(self.rest(), text).map_or(self.source.len(), |found| self.at + found + text.len());
    }

    /// Skips to the end of the line, before its line break.
    pub(crate) fn skip_line(&mut self) {
        self.at = memchr::memchr(b'\n', self.rest()).map_or(self.source.len(), |found| self.at + found);
    }

    /// Adds a token from `start` to here.
    pub(crate) fn push(&mut self, kind: TokenKind, start: usize) {
        self.out.tokens.push(Token { kind, range: range(start, self.at) });
    }

    /// Adds a comment from `start` to here.
    pub(crate) fn comment(&mut self, start: usize) {
        self.out.comments.push(range(start, self.at));
    }

    /// Takes a comment to the end of the line.
    pub(crate) fn line_comment(&mut self) {
        let start = self.at;
        self.skip_line();
        self.comment(start);
    }

    /// Takes a comment between two marks, which may be nested.
    pub(crate) fn block_comment(&mut self, open: &[u8], close: &[u8], is_nested: bool) {
        let start = self.at;
        self.at += open.len();
        let mut depth = 1;
        while depth > 0 && self.at < self.source.len() {
            if !is_nested {
                self.skip_past(close);
                break;
            }
            let Some(next) = memchr::memchr2(open[0], close[0], self.rest()) else {
                self.at = self.source.len();
                break;
            };
            self.at += next;
            if self.sees(close) {
                depth -= 1;
                self.at += close.len();
            } else if self.sees(open) {
                depth += 1;
                self.at += open.len();
            } else {
                self.at += 1;
            }
        }
        self.comment(start);
    }

    /// Takes a name: letters, digits, `_`, what is not ASCII, and the bytes of `also`.
    pub(crate) fn name(&mut self, also: &[u8]) {
        let start = self.at;
        let is_part = |it: &&u8| IS_NAME[usize::from(**it)] || also.contains(it);
        self.at += self.rest().iter().take_while(is_part).count().max(1);
        self.push(TokenKind::Name, start);
    }

    /// Takes a number, with whatever letters and dots are in it.
    pub(crate) fn number(&mut self) {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric()
            || self.peek(0) == b'_'
            || (self.peek(0) == b'.' && self.peek(1).is_ascii_digit())
        {
            self.at += 1;
        }
        self.push(TokenKind::Number, start);
    }

    /// Takes a character in single quotes; the quote alone if it is none.
    pub(crate) fn character(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let end = match rest.get(1) {
            // The longest are those of a code point: `'\u{10ffff}'`.
            Some(b'\\') => rest.iter().take(14).skip(3).position(|it| *it == b'\'').map(|it| it + 3),
            Some(b'\n' | b'\'') | None => None,
            Some(first) => {
                let len = match first {
                    ..0xc0 => 1,
                    ..0xe0 => 2,
                    ..0xf0 => 3,
                    _ => 4,
                };
                (rest.get(1 + len) == Some(&b'\'')).then_some(1 + len)
            }
        };
        self.at += end.unwrap_or(0) + 1;
        self.push(if end.is_some() { TokenKind::Other } else { TokenKind::Punct }, start);
    }

    /// Takes a comment as C writes it, if one comes next.
    pub(crate) fn c_comment(&mut self, is_nested: bool) -> bool {
        if self.sees(b"//") {
            self.line_comment();
        } else if self.sees(b"/*") {
            self.block_comment(b"/*", b"*/", is_nested);
        } else {
            return false;
        }
        true
    }

    /// Takes one character of punctuation.
    pub(crate) fn punct(&mut self) {
        match self.peek(0) {
            b'(' | b'[' | b'{' => self.brackets += 1,
            b')' | b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        let start = self.at;
        self.at += 1;
        self.push(TokenKind::Punct, start);
    }

    /// Takes the next byte in the way that most languages share: white space, names, numbers, punctuation. `also` are further bytes
    /// of names.
    pub(crate) fn plain(&mut self, also: &[u8]) {
        let next = self.peek(0);
        if next == b' ' || next == b'\t' {
            // Indentation at once; a line break may have a meaning.
            self.at += self.rest().iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
        } else if next.is_ascii_whitespace() || next == 0 || next == 0x0b {
            self.at += 1;
        } else if next.is_ascii_digit() {
            self.number();
        } else if next.is_ascii_alphabetic() || next == b'_' || next >= 0x80 || also.contains(&next) {
            self.name(also);
        } else {
            self.punct();
        }
    }

    /// The last token.
    pub(crate) fn last(&self) -> Option<Token> {
        self.out.tokens.last().copied()
    }

    /// The text of the last token.
    pub(crate) fn last_text(&self) -> &'s [u8] {
        self.last().map_or(&[], |token| token.range.slice(self.source))
    }
}

/// A range of offsets.
pub(crate) fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(start as u32, end as u32)
}
