//! `textDocument/completion` at calls: names of functions, of commands that a program defines, and the next key or argument.

use host::Runs;
use ls_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionResponse, CompletionTextEdit, Documentation,
    TextDocumentPositionParams, TextEdit,
};
use text::TextRange;

use super::{
    call_at::CallAt,
    navigate::sites_of,
    tell::{self, Place},
};
use crate::{
    convert,
    snapshot::{Snapshot, View},
};

/// Answers `textDocument/completion` at a call: in the name of a function those of the libraries of the root, among the words what
/// the script wants there.
pub fn completion(call: CallAt<'_>) -> Option<CompletionResponse> {
    response(functions(call).or_else(|| words(call))?)
}

fn functions(call: CallAt<'_>) -> Option<Vec<CompletionItem>> {
    let Runs::Function { range, .. } = &call.site.call.runs else { return None };
    if call.offset <= range.start || call.offset >= range.end {
        return None;
    }
    // Within the quotes.
    let inner = TextRange::new(range.start + 1, range.end - 1);
    let documents = 0..call.program.root.documents.len();
    let libraries = documents.map(|at| call.program.other(at)).filter(|view| view.file().script.library.is_some());
    let items = libraries.flat_map(|view| {
        let library = view.file().script.library.as_ref();
        let names = library.into_iter().flat_map(|it| it.registrations.iter().filter_map(|it| it.name.clone()));
        names.map(move |name| CompletionItem {
            kind: Some(CompletionItemKind::FUNCTION),
            detail: Some(view.file().path.clone()),
            ..item(call.program, inner, name)
        })
    });
    Some(items.collect())
}

/// Answers `textDocument/completion` behind a client on which a program defines commands: these.
pub fn defined_commands(snapshot: &Snapshot, place: &TextDocumentPositionParams) -> Option<CompletionResponse> {
    let program = snapshot.program(&place.text_document.uri)?;
    let host = program.document().program.as_ref()?;
    let offset = host.lines.offset(&host.source, convert::text_position(place.position), program.encoding);
    let (client, range) = host.document.member_at(&host.source, offset)?;
    let all = host.document.defined_commands(&host.source);
    let of_client = all.iter().filter(|it| it.client == client);
    let items = of_client.map(|it| CompletionItem {
        kind: Some(CompletionItemKind::METHOD),
        detail: Some("a command that this file defines".to_owned()),
        ..item(program, range, it.name.clone())
    });
    response(items.collect())
}

/// Candidates for the key or argument at a place: names of the program that are like its description, and what other calls give.
fn words(call: CallAt<'_>) -> Option<Vec<CompletionItem>> {
    let host = call.program.document().program.as_ref()?;
    let script = call.target()?;
    let place = tell::place(&call)?;
    let before = &host.source[..call.offset as usize];
    let is_part = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'$');
    let start = before.iter().rposition(|it| !is_part(it)).map_or(0, |at| at + 1) as u32;
    let range = TextRange::new(start, call.offset);
    // Within a string the program's own words go on.
    if matches!(before.get(..start as usize).and_then(<[u8]>::last), Some(b'"' | b'\'' | b'`' | b'.' | b':')) {
        return None;
    }
    let (label, text) = place.label(script);
    let documentation = (!text.is_empty()).then(|| Documentation::String(text.clone()));
    let wanted = words_of(&text);
    let is_like = |name: &String| words_of(name).iter().any(|it| wanted.contains(it));
    let names =
        host.document.names_at(&host.source, call.offset).into_iter().filter(is_like).map(|name| CompletionItem {
            kind: Some(CompletionItemKind::VARIABLE),
            detail: Some(label.clone()),
            sort_text: Some(format!("0{name}")),
            documentation: documentation.clone(),
            ..item(call.program, range, name)
        });
    let mut items: Vec<CompletionItem> = names.collect();
    for text in elsewhere(call, script, place) {
        if items.iter().all(|it| it.label != text) {
            items.push(CompletionItem {
                kind: Some(CompletionItemKind::VALUE),
                detail: Some(format!("{label}, as elsewhere")),
                sort_text: Some(format!("1{text}")),
                documentation: documentation.clone(),
                ..item(call.program, range, text)
            });
        }
    }
    Some(items)
}

/// The strings that other calls in programs of the language give there.
fn elsewhere(call: CallAt<'_>, script: View<'_>, place: Place) -> Vec<String> {
    let language = call.program.document().program.as_ref().map(|it| it.document.language);
    let mut found = Vec::new();
    for (program, nth) in sites_of(script, call.function()) {
        let site = &program.file().script.sites[nth];
        let Some(host) = program.document().program.as_ref().filter(|it| Some(it.document.language) == language) else {
            continue;
        };
        let is_here = program.at == call.program.at && site.call.range == call.site.call.range;
        let word = place.words(&site.call).words.get(place.index()).filter(|it| !is_here && it.text.is_some());
        let text = word.map(|it| String::from_utf8_lossy(it.range.slice(&host.source)).into_owned());
        found.extend(text.filter(|text| !found.contains(text)));
    }
    found
}

/// The words of a name or description, in lower case, without those that say nothing.
fn words_of(text: &str) -> Vec<String> {
    const NOTHING: &[&str] = &["the", "a", "an", "of", "to", "in", "is", "for", "and", "or", "that", "this", "it"];
    let mut found = host::words(text);
    found.retain(|it| it.len() > 1 && !NOTHING.contains(&it.as_str()));
    found
}

fn item(program: View<'_>, range: TextRange, text: String) -> CompletionItem {
    let edit = TextEdit { range: program.out(range), new_text: text.clone() };
    CompletionItem { label: text, text_edit: Some(CompletionTextEdit::Edit(edit)), ..CompletionItem::default() }
}

fn response(items: Vec<CompletionItem>) -> Option<CompletionResponse> {
    (!items.is_empty()).then_some(CompletionResponse::List(CompletionList { is_incomplete: false, items }))
}
