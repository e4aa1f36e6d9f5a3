//! Positions in an editor: a line from 0, and units of an encoding within it.

use crate::{LineIndex, TextRange};

/// The unit that an editor uses for columns.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every client knows.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

/// A place in a text as an editor gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Position {
    /// Line, from 0.
    pub line: u32,
    /// Units of the encoding before it on its line.
    pub character: u32,
}

impl Encoding {
    /// Number of units a character takes.
    pub const fn units(self, character: char) -> u32 {
        match self {
            Self::Utf8 => character.len_utf8() as u32,
            Self::Utf16 => character.len_utf16() as u32,
            Self::Utf32 => 1,
        }
    }

    /// The units of `bytes`; each byte that is not part of UTF-8 is one character, as in editors.
    fn count(self, bytes: &[u8]) -> u32 {
        if self == Self::Utf8 {
            return bytes.len() as u32;
        }
        bytes
            .utf8_chunks()
            .map(|chunk| chunk.valid().chars().map(|it| self.units(it)).sum::<u32>() + chunk.invalid().len() as u32)
            .sum()
    }

    /// Number of bytes the first `units` units of `line` take; a place within a character is its start.
    fn bytes(self, line: &[u8], units: u32) -> u32 {
        let (mut left, mut at) = (units, 0);
        for chunk in line.utf8_chunks() {
            for character in chunk.valid().chars() {
                let wide = self.units(character);
                if left < wide {
                    return at;
                }
                left -= wide;
                at += character.len_utf8() as u32;
            }
            let stray = (chunk.invalid().len() as u32).min(left);
            left -= stray;
            at += stray;
            if left == 0 {
                return at;
            }
        }
        at
    }
}

impl LineIndex {
    /// The editor's position of an offset. An offset past the end is the end.
    pub fn position(&self, source: &[u8], offset: u32, encoding: Encoding) -> Position {
        let offset = offset.min(source.len() as u32);
        let line = self.line(offset);
        let before = source.get(self.line_start(line) as usize..offset as usize).unwrap_or_default();
        Position { line, character: encoding.count(before) }
    }

    /// The offset of an editor's position. A column past the line's end is its end, a line past the last the end of the
    /// text.
    pub fn offset(&self, source: &[u8], position: Position, encoding: Encoding) -> u32 {
        if position.line >= self.line_count() {
            return source.len() as u32;
        }
        let line = self.line_range(source, position.line);
        line.start + encoding.bytes(line.slice(source), position.character)
    }

    /// The range of two editor's positions.
    pub fn range(&self, source: &[u8], start: Position, end: Position, encoding: Encoding) -> TextRange {
        TextRange::new(self.offset(source, start, encoding), self.offset(source, end, encoding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_both_ways_in_every_encoding() {
        let source = "aé\u{1F600}b\r\nx\n".as_bytes();
        let index = LineIndex::new(source);
        for (encoding, of_b) in [(Encoding::Utf8, 7), (Encoding::Utf16, 4), (Encoding::Utf32, 3)] {
            let position = index.position(source, 7, encoding);
            assert_eq!(position, Position { line: 0, character: of_b });
            assert_eq!(index.offset(source, position, encoding), 7);
        }
        let at = |line, character| index.offset(source, Position { line, character }, Encoding::Utf16);
        // Within the pair of the emoji, past the line, past the text.
        assert_eq!((at(0, 3), at(0, 99), at(9, 0), at(2, 0)), (3, 8, 12, 12));
    }

    #[test]
    fn bytes_that_are_no_text_count_one() {
        let source = b"\xff\xfeb";
        let index = LineIndex::new(source);
        assert_eq!(index.position(source, 2, Encoding::Utf16).character, 2);
        assert_eq!(index.offset(source, Position { line: 0, character: 1 }, Encoding::Utf16), 1);
    }
}
