//! `textDocument/foldingRange`

use ide::folding::FoldKind;
use ls_types::{FoldingRange, FoldingRangeKind};

use crate::snapshot::View;

/// Answers `textDocument/foldingRange`.
pub fn answer(view: View<'_>) -> Vec<FoldingRange> {
    let whole_lines = view.client.folds_lines;
    ide::folding::folding(view.file(), whole_lines)
        .into_iter()
        .map(|fold| {
            let range = view.out(fold.range);
            let hidden = range.end.line - u32::from(whole_lines && fold.closed);
            FoldingRange {
                start_line: range.start.line,
                start_character: Some(range.start.character).filter(|_| !whole_lines),
                end_line: hidden,
                end_character: Some(range.end.character).filter(|_| !whole_lines),
                kind: match fold.kind {
                    FoldKind::Code => None,
                    FoldKind::Comment => Some(FoldingRangeKind::Comment),
                    FoldKind::Imports => Some(FoldingRangeKind::Imports),
                    FoldKind::Region => Some(FoldingRangeKind::Region),
                },
                collapsed_text: None,
            }
        })
        .collect()
}
