//! A `redlua.toml` that is open in the editor.

use std::path::PathBuf;

use ls_types::{Position, Range, Uri};
use text::{Encoding, LineCol, LineIndex};
use workspace::Problem;

/// The text of a settings' file at one moment.
#[derive(Debug)]
pub struct SettingsFile {
    /// Its URI as the client has it.
    pub uri: Uri,
    /// Its canonical path.
    pub path: PathBuf,
    /// The text.
    pub text: String,
    lines: LineIndex,
    /// Mistakes in it.
    pub problems: Vec<Problem>,
}

impl SettingsFile {
    /// Reads the text of a settings file.
    pub fn new(uri: Uri, path: PathBuf, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut settings = workspace::Settings::default();
        settings.parse(&text);
        Self { uri, path, lines: LineIndex::new(text.as_bytes()), text, problems: settings.problems }
    }

    /// The offset of a position.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let position = text::Position { line: position.line, character: position.character };
        let mut at = (self.lines.offset(self.text.as_bytes(), position, encoding) as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// A range of bytes, as the client counts.
    pub fn range(&self, range: std::ops::Range<usize>, encoding: Encoding) -> Range {
        let place = |at: usize| {
            let place = self.lines.position(self.text.as_bytes(), at as u32, encoding);
            Position { line: place.line, character: place.character }
        };
        Range { start: place(range.start), end: place(range.end) }
    }

    /// The bytes of a mistake.
    pub fn bytes(&self, problem: &Problem) -> std::ops::Range<usize> {
        let at = |place: LineCol| {
            let position = text::Position { line: place.line - 1, character: place.column - 1 };
            self.lines.offset(self.text.as_bytes(), position, Encoding::Utf32) as usize
        };
        at(problem.start)..at(problem.end)
    }
}
