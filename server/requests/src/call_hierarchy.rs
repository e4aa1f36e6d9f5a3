//! `textDocument/prepareCallHierarchy`, `callHierarchy/incomingCalls` and `callHierarchy/outgoingCalls`

use ide::symbols::{self, CallEdge, Callable};
use ls_types::{CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, Range, SymbolKind};
use text::TextRange;

use crate::snapshot::View;

fn item(view: View<'_>, it: &Callable) -> CallHierarchyItem {
    let view = view.other(it.file);
    CallHierarchyItem {
        name: it.name.clone(),
        kind: if it.selection.is_empty() { SymbolKind::FILE } else { SymbolKind::FUNCTION },
        tags: None,
        detail: Some(if it.detail.is_empty() { view.file().path.clone() } else { it.detail.clone() }),
        uri: view.uri().clone(),
        range: view.out(it.range),
        selection_range: view.out(it.selection),
        data: None,
    }
}

/// Answers `textDocument/prepareCallHierarchy`.
pub fn prepare(view: View<'_>, offset: u32) -> Option<Vec<CallHierarchyItem>> {
    let callable = symbols::callable(view.project(), view.at, offset)?;
    Some(vec![item(view, &callable)])
}

/// The name of the item as a range of its file.
fn selection(view: View<'_>, item: &CallHierarchyItem) -> TextRange {
    view.inside(item.selection_range)
}

fn ranges(view: View<'_>, file: usize, places: &[TextRange]) -> Vec<Range> {
    let view = view.other(file);
    places.iter().map(|&place| view.out(place)).collect()
}

/// Answers `callHierarchy/incomingCalls`.
pub fn incoming(view: View<'_>, of: &CallHierarchyItem) -> Option<Vec<CallHierarchyIncomingCall>> {
    let edges = symbols::incoming(view.project(), view.at, selection(view, of));
    let call = |edge: &CallEdge| CallHierarchyIncomingCall {
        from: item(view, &edge.with),
        from_ranges: ranges(view, edge.with.file, &edge.places),
    };
    Some(edges.iter().map(call).collect())
}

/// Answers `callHierarchy/outgoingCalls`.
pub fn outgoing(view: View<'_>, of: &CallHierarchyItem) -> Option<Vec<CallHierarchyOutgoingCall>> {
    let edges = symbols::outgoing(view.project(), view.at, selection(view, of));
    let call = |edge: &CallEdge| CallHierarchyOutgoingCall {
        to: item(view, &edge.with),
        from_ranges: ranges(view, view.at, &edge.places),
    };
    Some(edges.iter().map(call).collect())
}
