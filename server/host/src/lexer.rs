//! The parts of lexers that languages share.

use text::TextRange;

use crate::lexed::{Hole, Holes, Lexed, Literal, Style, Token, TokenKind};

/// Depth to which templates in holes of templates are read; deeper ones are text.
const MAX_DEPTH: u32 = 48;

/// A lexer over the bytes of a file. Each language has a function that takes the next token.
pub(crate) struct Lexer<'s> {
    pub source: &'s [u8],
    /// Offset of the next byte.
    pub at: usize,
    pub out: Lexed,
    /// Takes the next token or white space; must advance.
    step: fn(&mut Self),
    depth: u32,
    /// Number of open brackets of any kind.
    pub brackets: u32,
}

impl<'s> Lexer<'s> {
    /// Lexes `source` with `step`.
    pub(crate) fn run(source: &'s [u8], step: fn(&mut Self)) -> Lexed {
        let mut lexer = Self { source, at: 0, out: Lexed::default(), step, depth: 0, brackets: 0 };
        while lexer.at < source.len() {
            lexer.step();
        }
        lexer.out
    }

    /// Takes one token.
    fn step(&mut self) {
        let before = self.at;
        (self.step)(self);
        // A lexer that does not advance would never end.
        self.at = self.at.max(before + 1);
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
        let is_part = |it: &&u8| it.is_ascii_alphanumeric() || **it == b'_' || **it >= 0x80 || also.contains(it);
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
        if next.is_ascii_whitespace() || next == 0 || next == 0x0b {
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

    /// Takes a literal that begins at `start`, whose opening quote ends here, up to `close`.
    pub(crate) fn literal(&mut self, start: usize, style: &'static Style, close: &[u8]) {
        let nth = self.open_literal(start, style, close);
        self.body(nth, style, close);
    }

    /// Adds a literal whose body begins here. Returns its index.
    pub(crate) fn open_literal(&mut self, start: usize, style: &'static Style, close: &[u8]) -> u32 {
        let nth = self.out.literals.len() as u32;
        self.push(TokenKind::Literal(nth), start);
        self.out.literals.push(Literal {
            range: range(start, self.at),
            body: range(self.at, self.at),
            style,
            close: close.into(),
            holes: (0, 0),
            indent: 0,
            is_closed: false,
        });
        nth
    }

    /// Reads the body of a literal up to `close`, and closes it.
    fn body(&mut self, nth: u32, style: &'static Style, close: &[u8]) {
        let mut holes = Vec::new();
        let mut is_closed = false;
        while self.at < self.source.len() {
            let next = self.peek(0);
            if self.sees(close) {
                if style.doubles_quote && self.rest()[close.len()..].starts_with(close) {
                    self.at += 2 * close.len();
                    continue;
                }
                is_closed = true;
                break;
            }
            if next == b'\\' && (style.escapes.is_some() || style.guards_quote) {
                // A line break behind it counts where the literal may go on.
                let len = if self.rest()[1..].starts_with(b"\r\n") { 3 } else { 2 };
                self.at = (self.at + len).min(self.source.len());
            } else if next == b'\n' && !style.is_multiline {
                break;
            } else if !self.hole(style.holes, &mut holes) {
                self.at += 1;
            }
        }
        let end = self.at;
        if is_closed {
            // In a run of quotes the last ones close it (Kotlin, C#).
            self.at += close.len();
        }
        self.close_literal(nth, end, is_closed, holes);
    }

    /// Ends a literal whose body ends at `end`, and the token of it here.
    pub(crate) fn close_literal(&mut self, nth: u32, end: usize, is_closed: bool, holes: Vec<Hole>) {
        let first = self.out.holes.len() as u32;
        self.out.holes.extend(holes);
        let last = self.out.holes.len() as u32;
        let Some(literal) = self.out.literals.get_mut(nth as usize) else { return };
        literal.body.end = end as u32;
        literal.range.end = self.at as u32;
        literal.is_closed = is_closed;
        literal.holes = (first, last);
        let range = literal.range;
        if let Some(token) = self.out.tokens.iter_mut().rev().find(|it| it.kind == TokenKind::Literal(nth)) {
            token.range = range;
        }
    }

    /// Takes a hole, if one comes next.
    pub(crate) fn hole(&mut self, syntax: Holes, holes: &mut Vec<Hole>) -> bool {
        let (next, second) = (self.peek(0), self.peek(1));
        match (syntax, next, second) {
            (Holes::DollarBrace | Holes::DollarName | Holes::Php | Holes::Shell, b'$', b'{') => {
                self.braces(2, b"}", holes)
            }
            (Holes::Hash, b'#', b'{') => self.braces(2, b"}", holes),
            (Holes::Php, b'{', b'$') => self.braces(1, b"}", holes),
            (Holes::Shell, b'$', b'(') => self.braces(2, b")", holes),
            (Holes::Shell, b'`', _) => {
                let start = self.at;
                self.at += 1;
                self.skip_past(b"`");
                holes.push(Hole {
                    range: range(start, self.at),
                    expression: range(start + 1, (self.at - 1).max(start + 1)),
                });
                true
            }
            (Holes::DollarName | Holes::Php | Holes::Shell, b'$', second) => {
                let is_special = syntax == Holes::Shell && (b"@*#?$!-".contains(&second) || second.is_ascii_digit());
                if !(second.is_ascii_alphabetic() || second == b'_' || second >= 0x80 || is_special) {
                    return false;
                }
                self.dollar_name(syntax, is_special, holes);
                true
            }
            (Holes::Braces(count), b'{', _) => {
                let run = self.rest().iter().take_while(|&&it| it == b'{').count();
                let count = usize::from(count);
                if run < count {
                    return false;
                }
                if count == 1 && run >= 2 {
                    self.at += 2;
                    return true;
                }
                // The first braces of a longer run are text.
                self.at += run - count;
                self.braces(count, &b"}}}}}}}}"[..count.min(8)], holes)
            }
            _ => false,
        }
    }

    /// Takes `$name`, with what may follow it in PHP.
    fn dollar_name(&mut self, syntax: Holes, is_special: bool, holes: &mut Vec<Hole>) {
        let start = self.at;
        self.at += 2;
        let is_part = |it: &&u8| it.is_ascii_alphanumeric() || **it == b'_' || **it >= 0x80;
        let word = |from: &[u8]| from.iter().take_while(is_part).count();
        if !is_special {
            self.at += word(self.rest());
        }
        if syntax == Holes::Php {
            if self.peek(0) == b'[' {
                let inner = self.rest().iter().take_while(|&&it| it != b']' && it != b'\n').count();
                if self.peek(inner) == b']' {
                    self.at += inner + 1;
                }
            } else if self.sees(b"->") && (self.peek(2).is_ascii_alphabetic() || self.peek(2) == b'_') {
                self.at += 2;
                self.at += word(self.rest());
            }
        }
        holes.push(Hole { range: range(start, self.at), expression: range(start + 1, self.at) });
    }

    /// Takes a hole with an opening mark of `open` bytes: code up to `close` at the depth of no bracket.
    fn braces(&mut self, open: usize, close: &[u8], holes: &mut Vec<Hole>) -> bool {
        if self.depth >= MAX_DEPTH {
            return false;
        }
        let start = self.at;
        let (brackets, tokens) = (self.brackets, self.out.tokens.len());
        self.at += open;
        self.depth += 1;
        self.brackets = 0;
        let mut is_format = false;
        while self.at < self.source.len() && !(self.brackets == 0 && self.sees(close)) {
            // What follows a colon in a hole of Python or C# is a format, in which `#` and quotes mean nothing.
            if is_format {
                self.at += 1;
                continue;
            }
            let is_colon =
                open < 2 && close[0] == b'}' && self.brackets == 0 && self.peek(0) == b':' && self.peek(1) != b':';
            is_format = is_colon && self.source.get(start) == Some(&b'{') && self.source.get(start + 1) != Some(&b'$');
            self.step();
        }
        let end = self.at.min(self.source.len());
        self.at = (end + close.len()).min(self.source.len());
        self.depth -= 1;
        self.brackets = brackets;
        self.out.tokens.truncate(tokens);
        holes.push(Hole { range: range(start, self.at), expression: range(start + open, end) });
        true
    }
}

/// A range of offsets.
pub(crate) fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(start as u32, end as u32)
}
