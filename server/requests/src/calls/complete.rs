//! `textDocument/completion` at calls.

use host::Runs;
use ls_types::{CompletionItem, CompletionItemKind, CompletionList, CompletionResponse, CompletionTextEdit, TextEdit};
use text::TextRange;

use super::call_at::CallAt;

/// Answers `textDocument/completion` in the name of a function: those of the libraries of the root.
pub fn completion(call: CallAt<'_>) -> Option<CompletionResponse> {
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
            text_edit: Some(CompletionTextEdit::Edit(TextEdit {
                range: call.program.out(inner),
                new_text: name.clone(),
            })),
            label: name,
            ..CompletionItem::default()
        })
    });
    let items: Vec<CompletionItem> = items.collect();
    if items.is_empty() {
        return None;
    }
    Some(CompletionResponse::List(CompletionList { is_incomplete: false, items }))
}
