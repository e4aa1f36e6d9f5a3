//! `textDocument/signatureHelp`

use ls_types::{Documentation, ParameterInformation, ParameterLabel, SignatureHelp, SignatureInformation};

use ide::signature::Signature;

use crate::{markup::markup, snapshot::View};

/// Answers `textDocument/signatureHelp`.
pub fn answer(view: View<'_>, offset: u32) -> Option<SignatureHelp> {
    let found = ide::signature::signatures(view.project(), view.at, offset)?;
    Some(SignatureHelp {
        active_signature: Some(found.active as u32),
        active_parameter: found.all[found.active].active.map(|active| active as u32),
        signatures: found.all.iter().map(|it| information(view, it)).collect(),
    })
}

fn information(view: View<'_>, it: &Signature) -> SignatureInformation {
    // Offsets in a label are UTF-16 units in every encoding of positions.
    let units = |at: usize| it.label[..at].encode_utf16().count() as u32;
    let parameters = it
        .parameters
        .iter()
        .enumerate()
        .map(|(nth, range)| ParameterInformation {
            label: ParameterLabel::LabelOffsets([units(range.start), units(range.end)]),
            documentation: it
                .parameter_docs
                .get(nth)
                .filter(|docs| !docs.is_empty())
                .map(|docs| Documentation::MarkupContent(markup(view.client, docs.clone()))),
        })
        .collect();
    let docs = markup(view.client, it.docs.clone());
    SignatureInformation {
        label: it.label.clone(),
        documentation: Some(Documentation::MarkupContent(docs)),
        parameters: Some(parameters),
        active_parameter: it.active.map(|active| active as u32),
    }
}
