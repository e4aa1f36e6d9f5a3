//! Requests about a `redlua.toml`: completion, hover and quick fixes.

use ide::settings::{Item, Kind};
use ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionResponse, CompletionItem, CompletionItemKind,
    CompletionResponse, CompletionTextEdit, Documentation, Hover, HoverContents, InsertTextFormat, Position, Range,
    TextEdit,
};

use crate::{client::ClientAbilities, convert, markup::markup, settings_file::SettingsFile};

/// Answers `textDocument/completion` in a settings file.
pub fn completion(file: &SettingsFile, position: Position, client: ClientAbilities) -> Option<CompletionResponse> {
    let (items, range) = ide::settings::completions(&file.text, file.offset(position, client.encoding));
    let range = file.range(range, client.encoding);
    let items = items.into_iter().enumerate().map(|(rank, it)| item(it, rank, range, client)).collect();
    Some(CompletionResponse::Array(items))
}

fn item(it: Item, rank: usize, range: Range, client: ClientAbilities) -> CompletionItem {
    let (new_text, format) = match client.snippets {
        true => (it.snippet, InsertTextFormat::SNIPPET),
        false => (it.text, InsertTextFormat::PLAIN_TEXT),
    };
    CompletionItem {
        kind: Some(match it.kind {
            Kind::Table => CompletionItemKind::MODULE,
            Kind::Key => CompletionItemKind::PROPERTY,
            Kind::Value => CompletionItemKind::VALUE,
        }),
        detail: (!it.detail.is_empty()).then_some(it.detail),
        documentation: (!it.docs.is_empty()).then(|| Documentation::MarkupContent(markup(client, it.docs))),
        sort_text: Some(format!("{rank:04}")),
        filter_text: Some(it.label.clone()),
        insert_text_format: Some(format),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
        label: it.label,
        ..CompletionItem::default()
    }
}

/// Answers `textDocument/hover` in a settings file.
pub fn hover(file: &SettingsFile, position: Position, client: ClientAbilities) -> Option<Hover> {
    let (told, range) = ide::settings::hover(&file.text, file.offset(position, client.encoding))?;
    let range = Some(file.range(range, client.encoding));
    Some(Hover { contents: HoverContents::Markup(markup(client, told)), range })
}

/// Fixes that replace misspelt text by what is most likely meant.
pub fn code_actions(file: &SettingsFile, range: Range, client: ClientAbilities) -> CodeActionResponse {
    let range = file.offset(range.start, client.encoding)..file.offset(range.end, client.encoding);
    let here = file.problems.iter().filter_map(|problem| Some((file.bytes(problem), problem.meant.as_ref()?)));
    let here = here.filter(|(at, _)| at.start <= range.end && range.start <= at.end);
    here.map(|(at, meant)| {
        let quote = file.text[at.clone()].chars().next().filter(|c| matches!(c, '"' | '\'')).map(String::from);
        let quote = quote.unwrap_or_default();
        let edit = TextEdit { range: file.range(at, client.encoding), new_text: format!("{quote}{meant}{quote}") };
        let edited = std::iter::once((file.uri.clone(), None, vec![edit]));
        CodeActionOrCommand::CodeAction(CodeAction {
            title: format!("Replace by `{meant}`"),
            kind: Some(CodeActionKind::QUICKFIX),
            edit: Some(convert::edit_of_documents(edited, false)),
            is_preferred: Some(true),
            ..CodeAction::default()
        })
    })
    .collect()
}
