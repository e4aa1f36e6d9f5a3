//! `textDocument/references` and `textDocument/documentHighlight`

use ide::{
    highlight::{self, Access},
    navigation,
};
use ls_types::{DocumentHighlight, DocumentHighlightKind, Location};

use crate::snapshot::View;

/// Answers `textDocument/references`; `declaration` includes the declaration.
pub fn answer(view: View<'_>, offset: u32, declaration: bool) -> Option<Vec<Location>> {
    let declared = navigation::definition(view.project(), view.at, offset).map(|it| it.targets).unwrap_or_default();
    let found = navigation::references(view.project(), view.at, offset)
        .into_iter()
        .filter(|reference| declaration || !declared.contains(&reference.location))
        .filter_map(|reference| view.location(reference.location))
        .collect();
    Some(found)
}

/// Answers `textDocument/documentHighlight`.
pub fn highlight(view: View<'_>, offset: u32) -> Option<Vec<DocumentHighlight>> {
    let found = highlight::highlights(view.project(), view.at, offset)
        .into_iter()
        .map(|it| DocumentHighlight {
            range: view.out(it.range),
            kind: Some(match it.access {
                Some(Access::Write) => DocumentHighlightKind::WRITE,
                Some(Access::Read) => DocumentHighlightKind::READ,
                None => DocumentHighlightKind::TEXT,
            }),
        })
        .collect();
    Some(found)
}
