//! `textDocument/foldingRange`

use ide::folding::FoldKind;
use tower_lsp_server::ls_types::{FoldingRange, FoldingRangeKind};

use crate::{convert, snapshot::View};

pub(crate) fn answer(view: View<'_>) -> Vec<FoldingRange> {
    ide::folding::folding(view.file())
        .into_iter()
        .map(|(range, kind)| {
            let range = convert::range(view.file(), range, view.encoding);
            FoldingRange {
                start_line: range.start.line,
                start_character: Some(range.start.character),
                end_line: range.end.line,
                end_character: Some(range.end.character),
                kind: match kind {
                    FoldKind::Code => None,
                    FoldKind::Comment => Some(FoldingRangeKind::Comment),
                    FoldKind::Imports => Some(FoldingRangeKind::Imports),
                },
                collapsed_text: None,
            }
        })
        .collect()
}
