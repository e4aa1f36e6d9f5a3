//! `textDocument/hover` and `textDocument/signatureHelp` at calls.

use host::{ScriptCall, Words};
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

/// A key or an argument of a call, by its index from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// A key.
    Key(usize),
    /// An argument.
    Arg(usize),
}

impl Place {
    /// Its index in its list.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Key(at) | Self::Arg(at) => at,
        }
    }

    /// The keys or the arguments of a call.
    pub(super) fn words(self, call: &ScriptCall) -> &Words {
        match self {
            Self::Key(_) => &call.keys,
            Self::Arg(_) => &call.args,
        }
    }

    /// The element of KEYS or ARGV, with its description.
    pub(super) fn label(self, script: View<'_>) -> (String, String) {
        let label = match self {
            Self::Key(at) => format!("KEYS[{}]", at + 1),
            Self::Arg(at) => format!("ARGV[{}]", at + 1),
        };
        let text = words(script).into_iter().find(|it| it.0 == label).map(|it| it.1);
        (label, text.unwrap_or_default())
    }
}

/// The key or argument that stands at the place of a call, or that would be written there.
pub(super) fn place(call: &CallAt<'_>) -> Option<Place> {
    let site = &call.site.call;
    let (keys, args) = (&site.keys, &site.args);
    if let Some(at) = active(keys, call.offset) {
        return Some(Place::Key(at));
    }
    if let Some(at) = active(args, call.offset) {
        return Some(Place::Arg(at));
    }
    let before = |words: &Words| words.words.iter().filter(|it| it.range.end < call.offset).count();
    match &site.count {
        // Words behind a count, of which as many are keys.
        Some(count) if call.offset > count.range.end && call.offset < site.range.end => {
            let number = usize::try_from(count.number?).ok()?;
            let given = before(keys) + before(args);
            Some(if given < number { Place::Key(given) } else { Place::Arg(given - number) })
        }
        Some(_) => None,
        None => {
            let is_in = |words: &Words| words.range.start < call.offset && call.offset < words.range.end;
            match (is_in(keys), is_in(args)) {
                (true, _) => Some(Place::Key(before(keys))),
                (_, true) => Some(Place::Arg(before(args))),
                _ => None,
            }
        }
    }
}

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
    let active = place(&call).map(|it| match it {
        Place::Key(at) => at,
        Place::Arg(at) => keys + at,
    });
    let active_parameter = active.filter(|at| *at < parameters.len()).map(|at| at as u32);
    let signature = SignatureInformation { label, documentation: None, parameters: Some(parameters), active_parameter };
    Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter })
}

/// The index of the word at an offset.
fn active(words: &Words, offset: u32) -> Option<usize> {
    words.words.iter().position(|it| it.range.start <= offset && offset <= it.range.end)
}
