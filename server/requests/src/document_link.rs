//! `textDocument/documentLink`

use ide::links::Target;
use ls_types::DocumentLink;

use crate::snapshot::View;

/// Answers `textDocument/documentLink`.
pub fn answer(view: View<'_>) -> Vec<DocumentLink> {
    ide::links::links(view.project(), view.at)
        .into_iter()
        .map(|link| DocumentLink {
            range: view.out(link.range),
            target: match link.target {
                Target::File(at) => view.root.documents.get(at).map(|it| it.uri.clone()),
                Target::Page(page) => page.parse().ok(),
            },
            tooltip: Some(link.tooltip),
            data: None,
        })
        .collect()
}
