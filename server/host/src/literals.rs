//! Literals, as lexers of all languages read them.

use std::borrow::Cow;

use crate::{
    lexed::{Hole, Holes, Literal, Style, TokenKind},
    lexer::{Heredoc, Lexer, range},
};

impl Lexer<'_> {
    /// Takes a literal that begins at `start`, whose opening quote ends here, up to `close`. Returns false if it is not closed.
    pub(crate) fn literal(&mut self, start: usize, style: &'static Style, close: &[u8]) -> bool {
        let nth = self.open_literal(start, style, close);
        self.body(nth, style, close, None)
    }

    /// Takes a literal like [`Self::literal`], in which pairs of brackets may stand (Ruby `%q(…)`).
    pub(crate) fn bracketed(&mut self, start: usize, style: &'static Style, open: u8, close: u8) -> bool {
        let nth = self.open_literal(start, style, &[close]);
        self.body(nth, style, &[close], (open != close).then_some(open))
    }

    /// Adds a literal whose body begins here. Returns its index.
    pub(crate) fn open_literal(&mut self, start: usize, style: &'static Style, close: &[u8]) -> u32 {
        let nth = self.out.literals.len() as u32;
        self.push(TokenKind::Literal(nth), start);
        self.out.literals.push(Literal {
            range: range(start, self.at),
            body: range(self.at, self.at),
            style,
            close: shared(close),
            holes: (0, 0),
            indent: 0,
            is_closed: false,
        });
        nth
    }

    /// Reads the body of a literal up to `close`, and closes it. Returns false if there is no end.
    fn body(&mut self, nth: u32, style: &'static Style, close: &[u8], nested: Option<u8>) -> bool {
        let mut holes = Vec::new();
        let mut depth = 0;
        let mut is_closed = false;
        let stops = Stops::new(style, close[0], nested);
        while stops.seek(self) {
            let next = self.peek(0);
            if depth == 0 && self.sees(close) {
                if style.doubles_quote && self.rest()[close.len()..].starts_with(close) {
                    self.at += 2 * close.len();
                    continue;
                }
                if style.closes_late && self.peek(close.len()) == close[0] {
                    self.at += 1;
                    continue;
                }
                is_closed = true;
                break;
            }
            if nested == Some(next) {
                depth += 1;
                self.at += 1;
            } else if depth > 0 && next == close[0] {
                depth -= 1;
                self.at += 1;
            } else if next == b'\\' && style.has_backslash() {
                if style.escapes.is_some_and(|it| it.quote_only) && self.peek(1) != close[0] {
                    self.at += 1;
                    continue;
                }
                if !style.is_multiline && style.ends_at_line_break() && matches!(self.peek(1), b'\r' | b'\n') {
                    self.at += 1;
                    continue;
                }
                // A line break behind it counts where the literal may go on.
                let len = if self.rest()[1..].starts_with(b"\r\n") { 3 } else { 2 };
                self.at = (self.at + len).min(self.source.len());
            } else if next == b'\n' && !style.is_multiline {
                break;
            } else if !self.hole(style, close, &mut holes) {
                self.at += 1;
            }
        }
        let end = self.at;
        if is_closed {
            self.at += close.len();
        }
        self.close_literal(nth, end, is_closed, holes);
        is_closed
    }

    /// Ends a literal whose body ends at `end`, and the token of it here.
    pub(crate) fn close_literal(&mut self, nth: u32, end: usize, is_closed: bool, holes: Vec<Hole>) {
        self.at = self.at.min(self.source.len());
        self.set_body(nth, end, is_closed, holes);
        let Some(literal) = self.out.literals.get_mut(nth as usize) else { return };
        literal.range.end = self.at as u32;
        let range = literal.range;
        if let Some(token) = self.out.tokens.iter_mut().rev().find(|it| it.kind == TokenKind::Literal(nth)) {
            token.range = range;
        }
    }

    /// Ends the body of a literal at `end`.
    fn set_body(&mut self, nth: u32, end: usize, is_closed: bool, holes: Vec<Hole>) {
        let first = self.out.holes.len() as u32;
        self.out.holes.extend(holes);
        let last = self.out.holes.len() as u32;
        let Some(literal) = self.out.literals.get_mut(nth as usize) else { return };
        literal.body.end = end.min(self.source.len()) as u32;
        literal.is_closed = is_closed;
        literal.holes = (first, last);
        self.unclosed += u32::from(!is_closed);
    }

    /// Makes the token of a literal that ends here another one. Literals in its holes remain.
    pub(crate) fn forget(&mut self, nth: u32) {
        let Some(token) = self.out.tokens.last_mut() else { return };
        token.kind = TokenKind::Other;
        token.range.end = self.at as u32;
        let literal = self.out.literals.remove(nth as usize);
        self.unclosed -= u32::from(!literal.is_closed);
        for heredoc in &mut self.pending {
            heredoc.literal -= u32::from(heredoc.literal > nth);
        }
    }

    /// Reads lines up to the one that ends a heredoc. The lexer is then at that line, or at the end of the file. Returns the holes,
    /// and true if there is such a line.
    pub(crate) fn lines(
        &mut self,
        style: &'static Style,
        tag: &[u8],
        ends: fn(&[u8], &[u8]) -> bool,
    ) -> (Vec<Hole>, bool) {
        let mut holes = Vec::new();
        let stops = Stops::new(style, b'\n', None);
        loop {
            let rest = self.rest();
            let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
            if ends(line.strip_suffix(b"\r").unwrap_or(line), tag) {
                return (holes, true);
            }
            loop {
                if !stops.seek(self) {
                    return (holes, false);
                }
                let next = self.peek(0);
                if next == b'\\' && style.escapes.is_some() && self.peek(1) != b'\n' {
                    self.at = (self.at + 2).min(self.source.len());
                } else if next == b'\n' {
                    self.at += 1;
                    break;
                } else if !self.hole(style, b"\0", &mut holes) {
                    self.at += 1;
                }
            }
        }
    }

    /// Adds a heredoc with a tag that ends here and begins at `start`. Its body is read by [`Self::heredocs`].
    pub(crate) fn heredoc(&mut self, start: usize, style: &'static Style, tag: &[u8], ends: fn(&[u8], &[u8]) -> bool) {
        let literal = self.open_literal(start, style, tag);
        self.pending.push(Heredoc { literal, ends });
    }

    /// Takes a line break, and the bodies of the heredocs that began on the line.
    pub(crate) fn heredocs(&mut self) {
        self.at += 1;
        for Heredoc { literal, ends } in std::mem::take(&mut self.pending) {
            let nth = literal as usize;
            let Some(it) = self.out.literals.get_mut(nth) else { continue };
            it.body = range(self.at, self.at);
            let (style, tag) = (it.style, it.close.clone());
            let (holes, is_closed) = self.lines(style, &tag, ends);
            let end = self.at;
            if is_closed {
                self.skip_line();
                self.at = (self.at + 1).min(self.source.len());
            }
            self.set_body(literal, end, is_closed, holes);
        }
    }
}

/// A closing delimiter; no memory is asked for of those that most literals have.
fn shared(close: &[u8]) -> Cow<'static, [u8]> {
    const COMMON: [&[u8]; 8] = [b"'", b"\"", b"`", b"\"\"\"", b"'''", b")", b"}", b"]"];
    let known = COMMON.into_iter().find(|it| *it == close);
    known.map_or_else(|| Cow::Owned(close.to_vec()), Cow::Borrowed)
}

impl Style {
    /// True if a backslash has a meaning for where the literal ends.
    fn has_backslash(&self) -> bool {
        self.escapes.is_some() || self.guards_quote
    }

    /// True if a backslash does not carry the literal over a line break.
    fn ends_at_line_break(&self) -> bool {
        self.escapes.is_some_and(|it| it.line_break == crate::escape::LineBreak::Keep)
    }
}

/// The bytes of a literal's body that need a look.
struct Stops([u8; 5]);

impl Stops {
    fn new(style: &Style, close: u8, nested: Option<u8>) -> Self {
        let (first, second) = match style.holes {
            Holes::None => (close, close),
            Holes::DollarBrace | Holes::DollarName | Holes::Dollars(_) => (b'$', close),
            Holes::Php => (b'$', b'{'),
            Holes::Shell => (b'$', b'`'),
            Holes::Hash => (b'#', close),
            Holes::Braces(_) => (b'{', close),
        };
        let newline = if style.is_multiline { close } else { b'\n' };
        let backslash = if style.has_backslash() { b'\\' } else { close };
        // A nested bracket is never in a literal of one line.
        Self([close, backslash, nested.unwrap_or(newline), first, second])
    }

    /// Goes to the next of them; false at the end of the file.
    fn seek(&self, lexer: &mut Lexer<'_>) -> bool {
        let [a, b, c, d, e] = self.0;
        let rest = lexer.rest();
        let next = rest.iter().position(|&it| it == a || it == b || it == c || it == d || it == e);
        lexer.at += next.unwrap_or(rest.len());
        next.is_some()
    }
}
