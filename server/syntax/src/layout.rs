//! Lines and their indentation: where the grammar alone leaves open what a broken script means.

/// The lines of a source.
#[derive(Debug)]
pub(crate) struct Layout {
    /// For each line: its first byte, that of its first word, and its indentation in columns.
    lines: Vec<(u32, u32, u32)>,
}

/// Columns of a tab stop.
const TAB: u32 = 4;

impl Layout {
    pub fn new(source: &[u8]) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        loop {
            let rest = &source[start..];
            let mut indent = 0;
            let mut word = start;
            for byte in rest {
                match byte {
                    b' ' => indent += 1,
                    b'\t' => indent = (indent / TAB + 1) * TAB,
                    _ => break,
                }
                word += 1;
            }
            lines.push((start as u32, word as u32, indent));
            match memchr::memchr2(b'\n', b'\r', rest) {
                Some(end) => start += end + 1,
                None => return Self { lines },
            }
        }
    }

    fn line(&self, offset: u32) -> (u32, u32, u32) {
        let next = self.lines.partition_point(|line| line.0 <= offset);
        self.lines[next.saturating_sub(1)]
    }

    /// Indentation of the line that `offset` is on.
    pub fn indent(&self, offset: u32) -> u32 {
        self.line(offset).2
    }

    /// The white space at the beginning of the line that `offset` is on.
    pub fn white(&self, source: &[u8], offset: u32) -> String {
        let (start, word, _) = self.line(offset);
        String::from_utf8_lossy(&source[start as usize..word as usize]).into_owned()
    }

    /// True if a line's first word begins at `offset`.
    pub fn begins_line(&self, offset: u32) -> bool {
        self.line(offset).1 == offset
    }
}
