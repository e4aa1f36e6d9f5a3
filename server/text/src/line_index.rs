//! From byte offsets to lines and columns, and back.

/// A place for people: both numbers count from 1, the column in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct LineCol {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters (a byte that is not part of UTF-8 counts as one).
    pub column: u32,
}

/// Start offsets of a text's lines. Lines end at `\n`, at `\r\n` and at a lone `\r`, as in Lua's own lexer.
#[derive(Clone, Debug, Default)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
}

impl LineIndex {
    /// Indexes `source`.
    pub fn new(source: &[u8]) -> Self {
        let mut starts = Vec::with_capacity(source.len() / 24 + 1);
        starts.push(0);
        for at in memchr::memchr2_iter(b'\n', b'\r', source) {
            if source[at] == b'\r' && source.get(at + 1) == Some(&b'\n') {
                continue;
            }
            starts.push(at as u32 + 1);
        }
        Self { starts, len: source.len() as u32 }
    }

    /// Number of lines; an empty text has one.
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line of `offset`, from 0. An offset past the end is on the last line.
    pub fn line(&self, offset: u32) -> u32 {
        match self.starts.binary_search(&offset) {
            Ok(line) => line as u32,
            Err(next) => next as u32 - 1,
        }
    }

    /// Offset at which `line` (from 0) starts; the text's length for a line past the end.
    pub fn line_start(&self, line: u32) -> u32 {
        self.starts.get(line as usize).copied().unwrap_or(self.len)
    }

    /// The bytes of `line` (from 0), without its line break.
    pub fn line_range(&self, source: &[u8], line: u32) -> crate::TextRange {
        let start = self.line_start(line);
        let mut end = self.line_start(line + 1);
        while end > start && matches!(source.get(end as usize - 1), Some(b'\n' | b'\r')) {
            end -= 1;
        }
        crate::TextRange::new(start, end)
    }

    /// The place of `offset` for people.
    pub fn line_col(&self, source: &[u8], offset: u32) -> LineCol {
        let offset = offset.min(self.len);
        let line = self.line(offset);
        let before = &source[self.line_start(line) as usize..offset as usize];
        LineCol { line: line + 1, column: chars(before) + 1 }
    }
}

/// Characters in `bytes`: each byte that does not continue a UTF-8 sequence starts one; stray continuation bytes
/// count too, so that a Latin-1 file has sensible columns.
fn chars(bytes: &[u8]) -> u32 {
    bytes.utf8_chunks().map(|chunk| (chunk.valid().chars().count() + chunk.invalid().len()) as u32).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_lua_counts_them() {
        let source = b"a\r\nb\nc\rd";
        let index = LineIndex::new(source);
        assert_eq!(index.line_count(), 4);
        let places: Vec<_> = [0, 3, 5, 7].map(|at| index.line_col(source, at)).into();
        assert_eq!(places.iter().map(|p| (p.line, p.column)).collect::<Vec<_>>(), [(1, 1), (2, 1), (3, 1), (4, 1)]);
        assert_eq!(index.line_range(source, 0).slice(source), b"a");
    }

    #[test]
    fn columns_count_characters() {
        let source = "-- é\u{1F600}x".as_bytes();
        let index = LineIndex::new(source);
        assert_eq!(index.line_col(source, source.len() as u32).column, 7);
        let latin1 = b"-- \xe9\xe9x";
        assert_eq!(LineIndex::new(latin1).line_col(latin1, 5).column, 6);
    }

    #[test]
    fn an_offset_past_the_end_is_the_end() {
        let index = LineIndex::new(b"ab\n");
        assert_eq!(index.line_col(b"ab\n", 99), LineCol { line: 2, column: 1 });
    }
}
