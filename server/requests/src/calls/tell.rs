//! `textDocument/hover` and `textDocument/signatureHelp` at calls.

use host::Words;
use ls_types::{
    Documentation, Hover, HoverContents, ParameterInformation, ParameterLabel, SignatureHelp, SignatureInformation,
};

use super::call_at::CallAt;
use crate::{markup::markup, snapshot::View};

/// Answers `textDocument/hover` at a call: the script's keys and arguments, what it does, and what this language receives.
pub fn hover(call: CallAt<'_>) -> Option<Hover> {
    if !call.is_named() {
        return None;
    }
    let view = call.target()?;
    let facts = ide::summary::facts(view.project(), view.at);
    let facts = facts.iter().find(|it| it.function.as_deref() == call.function())?;
    let mut lines = vec![match call.function() {
        Some(name) => format!("**{name}** of {}", view.file().path),
        None => format!("**{}**", view.file().path),
    }];
    if call.function().is_none() {
        lines.extend(words(view).into_iter().map(|(label, text)| match text.is_empty() {
            true => format!("`{label}`"),
            false => format!("`{label}` {text}"),
        }));
    }
    lines.push(facts.line());
    let types = call.program.document().program.as_ref().and_then(|it| it.document.language.bindings().types.as_ref());
    if let Some((types, returns)) = types.zip(facts.returns.as_ref()) {
        let received = types.of(returns);
        if !received.is_empty() {
            lines.push(format!("The program receives {received}."));
        }
    }
    Some(Hover {
        contents: HoverContents::Markup(markup(call.program.client, lines.join("\n\n"))),
        range: Some(call.program.out(call.site.call.name)),
    })
}

/// The keys and arguments of a script, with their descriptions.
fn words(view: View<'_>) -> Vec<(String, String)> {
    let script = &view.file().script;
    let text = |entries: &[semantic::Entry], index: u32| {
        entries
            .iter()
            .find(|it| it.index == index)
            .map_or_else(String::new, |it| script.text_of(it.text).trim().to_owned())
    };
    let highest = |entries: &[semantic::Entry]| entries.iter().map(|it| it.index).max().unwrap_or(0);
    let keys = (1..=script.keys.highest().max(highest(&script.header.keys)).min(MAX_WORDS))
        .map(|at| (format!("KEYS[{at}]"), text(&script.header.keys, at)));
    let args = (1..=script.argv.highest().max(highest(&script.header.args)).min(MAX_WORDS))
        .map(|at| (format!("ARGV[{at}]"), text(&script.header.args, at)));
    keys.chain(args).collect()
}

/// Keys, or arguments, that are listed.
const MAX_WORDS: u32 = 64;

/// Answers `textDocument/signatureHelp` in the words of a call.
pub fn signature(call: CallAt<'_>) -> Option<SignatureHelp> {
    let site = &call.site.call;
    if call.function().is_some() || call.offset <= site.what.end {
        return None;
    }
    let view = call.target()?;
    let all = words(view);
    let mut label = format!("{}(", view.file().path);
    let mut parameters = Vec::new();
    for (nth, (name, text)) in all.iter().enumerate() {
        if nth > 0 {
            label.push_str(", ");
        }
        let start = label.encode_utf16().count() as u32;
        label.push_str(name);
        let end = label.encode_utf16().count() as u32;
        parameters.push(ParameterInformation {
            label: ParameterLabel::LabelOffsets([start, end]),
            documentation: (!text.is_empty()).then(|| Documentation::String(text.clone())),
        });
    }
    label.push(')');
    let keys = all.iter().filter(|(name, _)| name.starts_with("KEYS")).count();
    let active = active(&site.keys, call.offset).or_else(|| active(&site.args, call.offset).map(|at| keys + at));
    let active_parameter = active.filter(|at| *at < parameters.len()).map(|at| at as u32);
    let signature = SignatureInformation { label, documentation: None, parameters: Some(parameters), active_parameter };
    Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter })
}

/// The index of the word at an offset.
fn active(words: &Words, offset: u32) -> Option<usize> {
    words.words.iter().position(|it| it.range.start <= offset && offset <= it.range.end)
}
