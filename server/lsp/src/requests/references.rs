//! `textDocument/references` and `textDocument/documentHighlight`

use ide::navigation;
use tower_lsp_server::ls_types::{DocumentHighlight, DocumentHighlightKind, Location};

use crate::{convert, snapshot::View};

pub(crate) fn answer(view: View<'_>, offset: u32, declaration: bool) -> Option<Vec<Location>> {
    let declared = navigation::definition(view.project(), view.at, offset).map(|it| it.targets).unwrap_or_default();
    let found = navigation::references(view.project(), view.at, offset)
        .into_iter()
        .filter(|reference| declaration || !declared.contains(&reference.location))
        .filter_map(|reference| view.location(reference.location))
        .collect();
    Some(found)
}

pub(crate) fn highlight(view: View<'_>, offset: u32) -> Option<Vec<DocumentHighlight>> {
    let found = navigation::references(view.project(), view.at, offset)
        .into_iter()
        .filter(|reference| reference.location.file == view.at)
        .map(|reference| DocumentHighlight {
            range: convert::range(view.file(), reference.location.range, view.encoding),
            kind: Some(if reference.is_write { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
        })
        .collect();
    Some(found)
}
