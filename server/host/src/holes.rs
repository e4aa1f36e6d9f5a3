//! Holes of templates.

use crate::{
    lexed::{Hole, Holes, Style, TokenKind},
    lexer::{Lexer, range},
};

/// Depth to which templates in holes of templates are read; deeper ones are text.
const MAX_DEPTH: u32 = 48;

/// Bytes of a hole in a literal of one line; what opens a longer one is text, as the rest is probably yet to be typed.
const MAX_IN_LINE: usize = 4096;

impl Lexer<'_> {
    /// Takes a hole of a literal that ends with `close`, if one comes next.
    pub(crate) fn hole(&mut self, style: &'static Style, close: &[u8], holes: &mut Vec<Hole>) -> bool {
        let syntax = style.holes;
        let (next, second) = (self.peek(0), self.peek(1));
        let outer = (style, close);
        match (syntax, next, second) {
            (Holes::DollarBrace | Holes::DollarName | Holes::Php | Holes::Shell, b'$', b'{') => {
                self.braces(2, b"}", outer, holes)
            }
            (Holes::Hash, b'#', b'{') => self.braces(2, b"}", outer, holes),
            // `#@name`, `#@@name`, `#$name`.
            (Holes::Hash, b'#', b'@' | b'$') => {
                let signs = 1 + usize::from(second == b'@' && self.peek(2) == b'@');
                let begins = self.peek(1 + signs);
                if !(begins.is_ascii_alphabetic() || begins == b'_' || begins >= 0x80) {
                    return false;
                }
                let start = self.at;
                self.at += 1 + signs;
                self.at += self.rest().iter().take_while(|it| is_name_part(it)).count();
                holes.push(Hole { range: range(start, self.at), expression: range(start + 1, self.at) });
                true
            }
            (Holes::Dollars(count), b'$', _) => {
                let run = self.rest().iter().take_while(|&&it| it == b'$').count();
                let count = usize::from(count);
                let begins = self.peek(run);
                let is_name = begins.is_ascii_alphabetic() || begins == b'_' || begins >= 0x80;
                if run < count || !(is_name || begins == b'{') {
                    self.at += run;
                    return true;
                }
                // The first signs of a longer run are text.
                self.at += run - count;
                if begins == b'{' {
                    return self.braces(count + 1, b"}", outer, holes);
                }
                let start = self.at;
                self.at += count;
                self.at += self.rest().iter().take_while(|it| is_name_part(it)).count();
                holes.push(Hole { range: range(start, self.at), expression: range(start + count, self.at) });
                true
            }
            (Holes::Php, b'{', b'$') => self.braces(1, b"}", outer, holes),
            (Holes::Shell, b'$', b'(') => self.braces(2, b")", outer, holes),
            (Holes::Shell, b'`', _) => {
                let start = self.at;
                self.at += 1;
                self.skip_past(b"`");
                let expression = range(start + 1, (self.at - 1).max(start + 1));
                holes.push(Hole { range: range(start, self.at), expression });
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
                    self.at += run;
                    return true;
                }
                if count == 1 && run >= 2 {
                    self.at += 2;
                    return true;
                }
                // The first braces of a longer run are text.
                self.at += run - count;
                self.braces(count, &b"}}}}}}}}"[..count.min(8)], outer, holes)
            }
            _ => false,
        }
    }

    /// Takes `$name`, with what may follow it in PHP.
    fn dollar_name(&mut self, syntax: Holes, is_special: bool, holes: &mut Vec<Hole>) {
        let start = self.at;
        self.at += 2;
        let word = |from: &[u8]| from.iter().take_while(|it| is_name_part(it)).count();
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

    /// Takes a hole with an opening mark of `open` bytes: code up to `close` at the depth of no bracket. False if it is text.
    fn braces(
        &mut self,
        open: usize,
        close: &[u8],
        (style, quote): (&'static Style, &[u8]),
        holes: &mut Vec<Hole>,
    ) -> bool {
        let is_in_line = !style.is_multiline;
        if self.depth >= MAX_DEPTH || (is_in_line && self.spare == 0) {
            return false;
        }
        let start = self.at;
        let before = self.mark();
        let (brackets, unclosed) = (std::mem::take(&mut self.brackets), self.unclosed);
        let has_format = matches!(style.holes, Holes::Braces(_));
        self.at += open;
        // So that what comes next is taken for the beginning of an expression.
        self.push(TokenKind::Punct, start);
        self.depth += 1;
        // Braces within the format behind a colon (Python, C#), in which quotes and `#` mean nothing.
        let mut format = None;
        let mut is_text = false;
        while self.at < self.source.len() {
            let is_end = format.unwrap_or(self.brackets) == 0 && self.sees(close);
            if is_end {
                break;
            }
            is_text = is_in_line && (self.at - start > MAX_IN_LINE || self.unclosed > unclosed);
            if let Some(depth) = &mut format {
                match self.source[self.at] {
                    b'{' => *depth += 1,
                    b'}' => *depth = depth.saturating_sub(1),
                    b'\n' if is_in_line => is_text = true,
                    next if next == quote[0] && self.source[self.at..].starts_with(quote) => is_text = true,
                    _ => {}
                }
                self.at += 1;
            } else {
                let is_colon = has_format && self.brackets == 0 && self.peek(0) == b':';
                if is_colon && self.peek(1) != b':' && self.source[self.at - 1] != b':' {
                    format = Some(0);
                    self.at += 1;
                } else {
                    self.step();
                }
            }
            if is_text {
                break;
            }
        }
        let end = self.at.min(self.source.len());
        let is_closed = self.sees(close);
        self.depth -= 1;
        self.brackets = brackets;
        if is_in_line && (is_text || !is_closed || self.unclosed > unclosed) {
            self.spare = self.spare.saturating_sub(end - start);
            self.back_to(&before);
            return false;
        }
        self.at = (end + close.len()).min(self.source.len());
        self.out.tokens.truncate(before.tokens);
        holes.push(Hole { range: range(start, self.at), expression: range(start + open, end) });
        true
    }
}

/// True for a byte of a name.
fn is_name_part(it: &u8) -> bool {
    it.is_ascii_alphanumeric() || *it == b'_' || *it >= 0x80
}
