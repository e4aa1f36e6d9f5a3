//! `textDocument/inlayHint` and `inlayHint/resolve`

use ls_types::{InlayHint, InlayHintKind, InlayHintLabel, InlayHintTooltip, Range, Uri};

use crate::{
    markup::markup,
    snapshot::{Snapshot, View},
};

/// Answers `textDocument/inlayHint` for a part of the document.
pub fn answer(view: View<'_>, range: Range) -> Vec<InlayHint> {
    let Some(range) = view.covered(range) else { return Vec::new() };
    let embedding = view.document().embedding.as_ref();
    let told = crate::run::show::inlays(view, range);
    ide::inlay_hint::inlay_hints(view.project(), view.at, range)
        .into_iter()
        .filter(|hint| embedding.is_none_or(|it| it.out(hint.about).is_some()))
        .map(|hint| InlayHint {
            position: view.out_at(hint.offset),
            label: InlayHintLabel::String(hint.label),
            kind: hint.is_parameter.then_some(InlayHintKind::PARAMETER),
            text_edits: None,
            tooltip: None,
            padding_left: None,
            padding_right: Some(hint.is_parameter),
            data: serde_json::to_value((view.name(), hint.about.start)).ok(),
        })
        .chain(told)
        .collect()
}

/// Answers `inlayHint/resolve` with the tooltip.
pub fn resolve(snapshot: &Snapshot, mut hint: InlayHint) -> InlayHint {
    let data = hint.data.clone().and_then(|data| serde_json::from_value::<(Uri, u32)>(data).ok());
    let text = data.and_then(|(uri, offset)| {
        let view = snapshot.view(&uri)?;
        ide::inlay_hint::resolve(view.project(), view.at, offset)
    });
    // Hints of runs have theirs.
    if hint.tooltip.is_some() {
        return hint;
    }
    hint.tooltip = text.map(|value| InlayHintTooltip::MarkupContent(markup(snapshot.client, value)));
    hint
}
