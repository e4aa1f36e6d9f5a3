//! Characters that look like Lua's but are not: typographic quotes, wide punctuation, special spaces.

use text::TextRange;

use super::{Scanner, symbol};
use crate::{
    SyntaxError,
    lexer::{Token, TokenKind},
};

impl Scanner<'_> {
    /// A character that starts no token.
    pub(super) fn character(&mut self, token: Token) {
        let range = token.range;
        let bytes = range.slice(self.source);
        let character = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next());
        match character {
            Some('“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»' | '‹' | '›' | '´' | '″' | '′') => {
                self.quoted(range)
            }
            Some(c) if is_space(c) => {
                if !self.told_on_this_line(range.start) {
                    let error = SyntaxError::new(
                        range,
                        format!("{} (U+{:04X}) stands here in the place of a space", called(c), c as u32),
                    )
                    .fix("Write a space", range, " ");
                    self.error(error);
                }
                self.leave_out();
            }
            Some(c) => match ascii(c) {
                Some(plain) => {
                    self.wide(range);
                    self.plain(range, plain);
                }
                None => self.other(range, Some(c)),
            },
            None => self.other(range, None),
        }
    }

    /// Reports a wide or typographic character, together with those right before it.
    fn wide(&mut self, range: TextRange) {
        let is_wide = |error: &SyntaxError| error.range.end == range.start && error.message.contains("not Lua's");
        let before = self.out.errors.pop_if(|error| is_wide(error));
        let range = TextRange::new(before.map_or(range.start, |error| error.range.start), range.end);
        let shown = String::from_utf8_lossy(range.slice(self.source)).into_owned();
        let plain: String = shown.chars().filter_map(ascii).collect();
        let mut codes: Vec<String> = shown.chars().map(|c| format!("U+{:04X}", c as u32)).collect();
        codes.dedup();
        let are = if shown.chars().nth(1).is_some() { "are" } else { "is" };
        let message = format!("`{shown}` ({}) {are} not Lua's `{plain}`", codes.join(", "));
        self.error(SyntaxError::new(range, message).fix(format!("Write `{plain}`"), range, plain));
    }

    fn plain(&mut self, range: TextRange, plain: &str) {
        match plain {
            "(" | "[" | "{" => self.push(1, range),
            ")" | "]" | "}" => self.pop(),
            _ => {}
        }
        self.take_for(range, symbol(plain));
    }

    fn other(&mut self, range: TextRange, character: Option<char>) {
        if !self.told_on_this_line(range.start) {
            let message = match character {
                Some(c) if c.is_ascii_graphic() => {
                    format!("`{c}` does not belong in Lua source outside a string or comment")
                }
                Some(c) if !c.is_control() && c != char::REPLACEMENT_CHARACTER => {
                    format!("`{c}` (U+{:04X}) does not belong in Lua source outside a string or comment", c as u32)
                }
                _ => format!(
                    "the byte 0x{:02X} does not belong in Lua source outside a string or comment",
                    self.source[range.start as usize]
                ),
            };
            self.error(SyntaxError::new(range, message));
        }
        self.leave_out();
    }

    /// True if the last mistake is the same kind of character on the same line.
    fn told_on_this_line(&self, at: u32) -> bool {
        let Some(last) = self.out.errors.last() else { return false };
        let between = TextRange::new(last.range.start, at).slice(self.source);
        let is_kind = last.message.contains("U+") || last.message.contains("does not belong");
        is_kind && memchr::memchr2(b'\n', b'\r', between).is_none()
    }

    /// Handles a typographic quote: the string up to the next one of its line.
    fn quoted(&mut self, range: TextRange) {
        let line = self.rest_of_line(range.end);
        let text = String::from_utf8_lossy(line.slice(self.source)).into_owned();
        let ends = text
            .char_indices()
            .find(|(_, c)| matches!(c, '“' | '”' | '„' | '‘' | '’' | '»' | '«' | '›' | '‹' | '´' | '″' | '′'));
        let shown = String::from_utf8_lossy(range.slice(self.source)).into_owned();
        let message = format!("a string is quoted with `'` or `\"` in Lua, not with `{shown}`");
        // Replaced bytes would shift the places.
        let is_same = text.len() == line.len() as usize;
        let (whole, kind) = match ends.filter(|_| is_same) {
            Some((at, end)) => {
                let whole = TextRange::new(range.start, range.end + (at + end.len_utf8()) as u32);
                let inner = &text[..at];
                let mut error = SyntaxError::new(whole, message);
                if !inner.contains(['"', '\\']) {
                    error = error.fix("Write `\"`", whole, format!("\"{inner}\""));
                }
                self.error(error);
                (whole, TokenKind::String)
            }
            None => {
                self.error(SyntaxError::new(range, message));
                (TextRange::new(range.start, line.end), TokenKind::UnterminatedString)
            }
        };
        self.take_for(whole, kind);
        self.resume(whole);
    }
}

fn is_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{2060}' | '\u{3000}' | '\u{feff}'
    )
}

fn called(c: char) -> &'static str {
    match c {
        '\u{a0}' | '\u{202f}' => "a no-break space",
        '\u{200b}'..='\u{200d}' | '\u{2060}' => "an invisible character",
        '\u{feff}' => "a byte order mark",
        '\u{2028}' | '\u{2029}' => "a line separator",
        '\u{3000}' => "a wide space",
        _ => "another kind of space",
    }
}

/// Lua's own character that a wide or typographic one stands for.
fn ascii(c: char) -> Option<&'static str> {
    Some(match c {
        '，' | '、' => ",",
        '；' => ";",
        '：' => ":",
        '（' => "(",
        '）' => ")",
        '［' | '【' => "[",
        '］' | '】' => "]",
        '｛' => "{",
        '｝' => "}",
        '＝' => "=",
        '＋' => "+",
        '－' | '–' | '—' | '−' | '‐' | '‑' => "-",
        '×' | '＊' => "*",
        '÷' | '／' => "/",
        '＜' => "<",
        '＞' => ">",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "~=",
        '…' => "...",
        '。' | '．' => ".",
        '＃' => "#",
        _ => return None,
    })
}
