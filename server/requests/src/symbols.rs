//! `textDocument/documentSymbol` and `workspace/symbol`

use ide::symbols::{Symbol, SymbolKind as Kind};
use ls_types::{
    DocumentSymbol, DocumentSymbolResponse, Location, SymbolInformation, SymbolKind, WorkspaceSymbolResponse,
};

use crate::snapshot::{Snapshot, View};

const fn kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Function => SymbolKind::FUNCTION,
        Kind::Method => SymbolKind::METHOD,
        Kind::Field => SymbolKind::FIELD,
        Kind::Registered => SymbolKind::EVENT,
        Kind::Variable => SymbolKind::VARIABLE,
        Kind::Constant => SymbolKind::CONSTANT,
        Kind::Parameter => SymbolKind::KEY,
    }
}

/// Answers `textDocument/documentSymbol`.
pub fn document(view: View<'_>) -> DocumentSymbolResponse {
    let symbols = ide::symbols::document(view.file());
    if view.client.nested_symbols {
        return DocumentSymbolResponse::Nested(symbols.into_iter().map(|symbol| nested(view, symbol)).collect());
    }
    let mut flat = Vec::new();
    let mut todo: Vec<(Symbol, Option<String>)> = symbols.into_iter().rev().map(|symbol| (symbol, None)).collect();
    while let Some((mut symbol, container)) = todo.pop() {
        let children = std::mem::take(&mut symbol.children);
        todo.extend(children.into_iter().rev().map(|child| (child, Some(symbol.name.clone()))));
        flat.push(information(view, symbol, container));
    }
    DocumentSymbolResponse::Flat(flat)
}

#[expect(deprecated, reason = "the type has a field that is deprecated")]
fn information(view: View<'_>, symbol: Symbol, container_name: Option<String>) -> SymbolInformation {
    let range = view.out(symbol.selection);
    SymbolInformation {
        name: symbol.name,
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        location: Location { uri: view.uri().clone(), range },
        container_name,
    }
}

#[expect(deprecated, reason = "the type has a field that is deprecated")]
fn nested(view: View<'_>, symbol: Symbol) -> DocumentSymbol {
    let children: Vec<DocumentSymbol> = symbol.children.into_iter().map(|child| nested(view, child)).collect();
    DocumentSymbol {
        name: symbol.name,
        detail: (!symbol.detail.is_empty()).then_some(symbol.detail),
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: view.out(symbol.range.cover(symbol.selection)),
        selection_range: view.out(symbol.selection),
        children: (!children.is_empty()).then_some(children),
    }
}

/// Answers `workspace/symbol`.
pub fn workspace(snapshot: &Snapshot, query: &str) -> WorkspaceSymbolResponse {
    let mut found = Vec::new();
    for (nth, root) in snapshot.roots.iter().enumerate() {
        for (at, symbol) in ide::symbols::workspace(&root.project, query) {
            let view = snapshot.view_at(nth, at);
            found.push(information(view, symbol, Some(view.file().path.clone())));
        }
    }
    WorkspaceSymbolResponse::Flat(found)
}
