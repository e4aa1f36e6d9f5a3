//! Between our byte offsets and the protocol's types. Its positions are known here and nowhere else.

use std::collections::HashMap;

use ide::Location as Place;
use linter::{Diagnostic, Edit, Level, Tag};
use ls_types::{
    CodeDescription, Diagnostic as LspDiagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentChanges, Location, NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier, Position, Range,
    TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};
use text::TextRange;

use crate::snapshot::View;

/// The position as `text` has it.
pub const fn text_position(position: Position) -> text::Position {
    text::Position { line: position.line, character: position.character }
}

/// The edits of a document: its URI, the version of an open one, and the edits.
pub type Edited = (Uri, Option<i32>, Vec<TextEdit>);

/// Edits of several documents, as a client takes them: with the versions of those that are open where it can.
pub fn workspace_edit(edits: Vec<(View<'_>, Vec<TextEdit>)>) -> WorkspaceEdit {
    let versions = edits.first().is_some_and(|(view, _)| view.client.document_changes);
    let documents = edits.into_iter().map(|(view, edits)| (view.uri().clone(), view.document().version, edits));
    edit_of_documents(documents, versions)
}

/// Edits of several documents; `versions` is true for a client that accepts versioned documents.
pub fn edit_of_documents(documents: impl Iterator<Item = Edited>, versions: bool) -> WorkspaceEdit {
    if !versions {
        let changes: HashMap<Uri, Vec<TextEdit>> = documents.map(|(uri, _, edits)| (uri, edits)).collect();
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let document = |(uri, version, edits): Edited| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    };
    let changes = DocumentChanges::Edits(documents.map(document).collect());
    WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
}

/// Conversions between positions of the document, as the client has it, and offsets of the script.
impl View<'_> {
    /// The place in the script of a position in the document.
    pub fn offset(&self, position: Position) -> u32 {
        if let Some(embedding) = &self.document().embedding {
            let start = embedding.script().range.start;
            return self.inner_offset(position).unwrap_or_else(|| embedding.script().map.inside(start).unwrap_or(0));
        }
        self.file().lines.offset(self.file().source(), text_position(position), self.encoding)
    }

    /// The place in a script of a string of a position in the document; none if it is outside of the script.
    pub fn inner_offset(&self, position: Position) -> Option<u32> {
        let embedding = self.document().embedding.as_ref()?;
        let host = &embedding.host;
        let offset = host.lines.offset(&host.source, text_position(position), self.encoding);
        embedding.script().map.inside(offset)
    }

    /// The part of the script that a range of the document covers; none if they have nothing in common.
    pub fn covered(&self, range: Range) -> Option<TextRange> {
        let Some(embedding) = &self.document().embedding else { return Some(self.inside(range)) };
        let host = &embedding.host;
        let (start, end) = (text_position(range.start), text_position(range.end));
        embedding.script().map.inside_range(host.lines.range(&host.source, start, end, self.encoding))
    }

    /// The part of the script that a range of the document covers.
    pub fn inside(&self, range: Range) -> TextRange {
        if self.document().embedding.is_some() {
            return self.covered(range).unwrap_or_default();
        }
        let (start, end) = (text_position(range.start), text_position(range.end));
        self.file().lines.range(self.file().source(), start, end, self.encoding)
    }

    /// The position in the document of a place in the script.
    pub fn out_at(&self, offset: u32) -> Position {
        if self.document().embedding.is_some() {
            return self.out(TextRange::at(offset)).start;
        }
        let place = self.file().lines.position(self.file().source(), offset, self.encoding);
        Position { line: place.line, character: place.character }
    }

    /// The range of the document that a part of the script is.
    ///
    /// In a string, what only comes from values that a program pastes in is all of the places of these.
    pub fn out(&self, range: TextRange) -> Range {
        if let Some(embedding) = &self.document().embedding {
            let script = embedding.script();
            return self.host_range(script.map.cover(range).unwrap_or(TextRange::at(script.range.start)));
        }
        if self.document().program.is_some() {
            return self.host_range(range);
        }
        Range { start: self.out_at(range.start), end: self.out_at(range.end) }
    }

    /// Edits of the script as edits of the document; none if they would change anything but the script, see
    /// [`workspace::Embedding::edits`].
    pub fn edits(&self, edits: &[Edit]) -> Option<Vec<TextEdit>> {
        let Some(embedding) = &self.document().embedding else {
            let edit = |edit: &Edit| TextEdit { range: self.out(edit.range), new_text: edit.text.clone() };
            return Some(edits.iter().map(edit).collect());
        };
        let edits = embedding.edits(edits)?;
        Some(
            edits
                .into_iter()
                .map(|edit| TextEdit { range: self.host_range(edit.range), new_text: edit.text })
                .collect(),
        )
    }

    /// One edit of the script that a client may make while the user types, by the literal alone.
    pub fn typed(&self, range: TextRange, text: &str) -> Option<TextEdit> {
        let Some(embedding) = &self.document().embedding else {
            return Some(TextEdit { range: self.out(range), new_text: text.to_owned() });
        };
        let (range, new_text) = embedding.edit(range, text)?;
        Some(TextEdit { range: self.host_range(range), new_text })
    }

    /// A range of the file of another language as the protocol has it.
    pub(crate) fn host_range(&self, range: TextRange) -> Range {
        let Some(host) = self.document().host() else { return Range::default() };
        let at = |offset: u32| {
            let place = host.lines.position(&host.source, offset, self.encoding);
            Position { line: place.line, character: place.character }
        };
        Range { start: at(range.start), end: at(range.end) }
    }

    /// A text about the script, with the lines of the document in place of the script's.
    pub fn text(&self, text: String) -> String {
        self.document().embedding.as_ref().map(|it| it.with_host_lines(&text)).unwrap_or(text)
    }

    /// The line of the document, from 1, of a line of the script, from 1.
    pub fn line(&self, line: u32) -> u32 {
        let inner = line.checked_sub(1);
        let embedding = self.document().embedding.as_ref();
        embedding.zip(inner).and_then(|(it, inner)| it.line(inner)).map_or(line, |line| line + 1)
    }

    /// False for a finding of what a program pastes into a script in a string.
    pub fn is_told(&self, finding: &Diagnostic) -> bool {
        self.document().embedding.as_ref().is_none_or(|embedding| embedding.is_told(finding))
    }

    /// The protocol's location of a place in the same root.
    pub fn location(&self, place: Place) -> Option<Location> {
        let uri = self.root.documents.get(place.file)?.uri.clone();
        Some(Location { uri, range: self.other(place.file).out(place.range) })
    }

    /// A finding as the protocol has it.
    pub fn diagnostic(&self, finding: &Diagnostic) -> LspDiagnostic {
        let related = finding
            .related
            .iter()
            .filter_map(|related| {
                let at = match &related.path {
                    Some(path) => self.root.project.find(path)?,
                    None => self.at,
                };
                let location = self.location(Place { file: at, range: related.range })?;
                Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
            })
            .collect::<Vec<_>>();
        let message = match &finding.help {
            Some(help) => format!("{}\n{help}", finding.message),
            None => finding.message.clone(),
        };
        let message = self.text(message);
        let page = linter::registry::rule(finding.code).and_then(|rule| rule.page().parse::<Uri>().ok());
        LspDiagnostic {
            range: self.out(finding.range),
            severity: Some(match finding.level {
                Level::Error => DiagnosticSeverity::ERROR,
                Level::Warning => DiagnosticSeverity::WARNING,
                Level::Hint => DiagnosticSeverity::HINT,
            }),
            code: Some(NumberOrString::String(finding.code.to_owned())),
            code_description: page.map(|href| CodeDescription { href }),
            source: Some("redlua".to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            tags: finding.tag.map(|tag| {
                vec![match tag {
                    Tag::Unused => DiagnosticTag::UNNECESSARY,
                    Tag::Deprecated => DiagnosticTag::DEPRECATED,
                }]
            }),
            data: None,
        }
    }
}
