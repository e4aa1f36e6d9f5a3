//! Fields of the JSON attributes of an element, read as leniently as the servers read them: up to the field alone.

use protocol::number::strtod;

use super::operand::{Operand, is_space};

/// Deepest nesting of a list that is read; the servers have no limit but their stack.
const MAX_DEPTH: usize = 128;
/// Longest number, in bytes.
const LONGEST_NUMBER: usize = 255;

/// The value of a field of an object. Nothing if it is not there, is an object, or what stands before it is no JSON.
pub(super) fn field(json: &[u8], name: &[u8]) -> Option<Operand> {
    let mut reader = Reader { json, at: 0 };
    reader.expect(b'{')?;
    loop {
        reader.skip_spaces();
        // Names are compared as they are written, escapes and all.
        let start = reader.at + 1;
        reader.skip_string()?;
        let found = json.get(start..reader.at - 1)? == name;
        reader.expect(b':')?;
        if found {
            return reader.value(0);
        }
        reader.skip_value()?;
        reader.expect(b',')?;
    }
}

struct Reader<'a> {
    json: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_spaces();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Passes over a text with its quotes.
    fn skip_string(&mut self) -> Option<()> {
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    fn skip_value(&mut self) -> Option<()> {
        self.skip_spaces();
        match self.peek()? {
            b'"' => self.skip_string(),
            b'{' => self.skip_nested(b'{', b'}'),
            b'[' => self.skip_nested(b'[', b']'),
            b't' => self.skip_word(b"true"),
            b'f' => self.skip_word(b"false"),
            b'n' => self.skip_word(b"null"),
            _ => (!self.number_text().is_empty()).then_some(()),
        }
    }

    /// Skips an object or a list. Only brackets of its own kind are counted.
    fn skip_nested(&mut self, open: u8, close: u8) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                byte if byte == open => depth += 1,
                byte if byte == close => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_word(&mut self, word: &[u8]) -> Option<()> {
        self.json[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    /// Passes over the characters of numbers.
    fn number_text(&mut self) -> &[u8] {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit() || b"-+.eE".contains(&byte)) {
            self.at += 1;
        }
        &self.json[start..self.at]
    }

    fn value(&mut self, depth: usize) -> Option<Operand> {
        self.skip_spaces();
        match self.peek()? {
            b'"' => self.string(),
            b'[' => self.list(depth),
            b't' => self.word(b"true", Operand::Number(1.0)),
            b'f' => self.word(b"false", Operand::Number(0.0)),
            b'n' => self.word(b"null", Operand::Null),
            b'0'..=b'9' | b'-' | b'+' => {
                let text = self.number_text();
                strtod(&text[..text.len().min(LONGEST_NUMBER)]).map(Operand::Number)
            }
            _ => None,
        }
    }

    fn string(&mut self) -> Option<Operand> {
        let start = self.at + 1;
        self.skip_string()?;
        let mut text = Vec::new();
        let mut bytes = self.json.get(start..self.at - 1)?.iter();
        while let Some(byte) = bytes.next() {
            text.push(match byte {
                b'\\' => match bytes.next()? {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    // Other escapes lose their backslash alone.
                    other => *other,
                },
                other => *other,
            });
        }
        Some(Operand::Text(text))
    }

    /// `true`, `false` or `null`, if a value may end there.
    fn word(&mut self, word: &[u8], value: Operand) -> Option<Operand> {
        self.skip_word(word)?;
        let ends = self.peek().is_none_or(|byte| is_space(byte) || matches!(byte, b',' | b']' | b'}'));
        ends.then_some(value)
    }

    fn list(&mut self, depth: usize) -> Option<Operand> {
        if depth == MAX_DEPTH {
            return None;
        }
        self.at += 1;
        self.skip_spaces();
        let mut elements = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Some(Operand::List(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.skip_spaces();
            self.at += 1;
            match self.json.get(self.at - 1)? {
                b',' => {}
                b']' => return Some(Operand::List(elements)),
                _ => return None,
            }
        }
    }
}
