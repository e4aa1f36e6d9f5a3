//! A document that is being edited.

use ropey::Rope;

use crate::{Encoding, Position};

/// The text and version of an open file.
#[derive(Clone, Debug)]
pub struct Document {
    rope: Rope,
    /// The version that the editor gave it.
    pub version: i32,
}

impl Document {
    /// A document with a text.
    pub fn new(text: &str, version: i32) -> Self {
        Self { rope: Rope::from_str(text), version }
    }

    /// Replaces the text between two positions; all of it if there are none. Positions past the
    /// end of a line or of the text mean that end, and an end before the start is the start.
    pub fn edit(&mut self, range: Option<(Position, Position)>, text: &str, encoding: Encoding) {
        let Some((start, end)) = range else {
            self.rope = Rope::from_str(text);
            return;
        };
        let start = self.char_at(start, encoding);
        let end = self.char_at(end, encoding).max(start);
        self.rope.remove(start..end);
        self.rope.insert(start, text);
    }

    /// The text.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.rope.len_bytes());
        for chunk in self.rope.chunks() {
            bytes.extend_from_slice(chunk.as_bytes());
        }
        bytes
    }

    /// Number of bytes the text has.
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// True if the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the character at a position.
    fn char_at(&self, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        if line >= self.rope.len_lines() {
            return self.rope.len_chars();
        }
        let start = self.rope.line_to_char(line);
        let mut left = position.character;
        let mut at = start;
        for character in self.rope.line(line).chars() {
            let wide = encoding.units(character);
            if matches!(character, '\n' | '\r') || left < wide {
                break;
            }
            left -= wide;
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(document: &Document) -> String {
        String::from_utf8_lossy(&document.bytes()).into_owned()
    }

    #[test]
    fn edits_at_places_of_every_encoding() {
        for (encoding, at) in [(Encoding::Utf8, 6), (Encoding::Utf16, 4), (Encoding::Utf32, 3)] {
            let mut document = Document::new("-\u{e9}\u{1F600}", 1);
            let at = at + u32::from(encoding == Encoding::Utf8);
            document.edit(
                Some((Position { line: 0, character: at }, Position { line: 0, character: at })),
                "!",
                encoding,
            );
            assert_eq!(text(&document), "-\u{e9}\u{1F600}!", "{encoding:?}");
        }
    }

    #[test]
    fn places_outside_are_the_nearest_inside() {
        let mut document = Document::new("ab\r\nc", 1);
        let place = |line, character| Position { line, character };
        document.edit(Some((place(0, 99), place(0, 99))), "!", Encoding::Utf16);
        assert_eq!(text(&document), "ab!\r\nc");
        document.edit(Some((place(99, 0), place(99, 9))), "?", Encoding::Utf16);
        assert_eq!(text(&document), "ab!\r\nc?");
        document.edit(Some((place(1, 1), place(0, 0))), "x", Encoding::Utf16);
        assert_eq!(text(&document), "ab!\r\ncx?");
        document.edit(None, "new", Encoding::Utf16);
        assert_eq!((text(&document).as_str(), document.len()), ("new", 3));
    }
}
