//! A call at a place of a program.

use host::Runs;
use ls_types::TextDocumentPositionParams;
use semantic::{Site, SiteTarget};
use text::TextRange;

use crate::snapshot::{Snapshot, View};

/// A call at a place of a program.
#[derive(Clone, Copy)]
pub struct CallAt<'a> {
    /// The program.
    pub program: View<'a>,
    /// The call.
    pub site: &'a Site,
    /// The place in the program's file.
    pub offset: u32,
}

/// The innermost call around a position of a program; none in scripts, and elsewhere.
pub fn at<'a>(snapshot: &'a Snapshot, place: &TextDocumentPositionParams) -> Option<CallAt<'a>> {
    let program = snapshot.program(&place.text_document.uri)?;
    let host = program.document().program.as_ref()?;
    let position = text::Position { line: place.position.line, character: place.position.character };
    let offset = host.lines.offset(&host.source, position, program.encoding);
    let around = |site: &&Site| site.call.range.start <= offset && offset <= site.call.range.end;
    let all = program.file().script.sites.iter().filter(around);
    let site = all.min_by_key(|site| site.call.range.end - site.call.range.start)?;
    Some(CallAt { program, site, offset })
}

impl<'a> CallAt<'a> {
    /// The script or the library that it runs.
    pub(super) fn target(&self) -> Option<View<'a>> {
        target(self.program, self.site)
    }

    /// The function that it calls; none if it runs a script.
    pub(super) fn function(&self) -> Option<&'a str> {
        match &self.site.call.runs {
            Runs::Function { name, .. } => Some(name),
            _ => None,
        }
    }

    /// True on the called name, or on what says which script it is.
    pub(super) fn is_named(&self) -> bool {
        let touches = |range: TextRange| range.start <= self.offset && self.offset <= range.end;
        touches(self.site.call.name) || touches(self.site.call.what)
    }
}

/// The script or the library that a call of a program runs.
pub(super) fn target<'a>(program: View<'a>, site: &Site) -> Option<View<'a>> {
    let file = match &site.target {
        SiteTarget::Script { path, .. } | SiteTarget::Function { path, .. } => program.project().find(path)?,
        _ => return None,
    };
    Some(program.other(file))
}
