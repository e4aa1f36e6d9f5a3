//! `textDocument/selectionRange`

use ls_types::{Position, SelectionRange};

use crate::snapshot::View;

/// Answers `textDocument/selectionRange`.
pub fn answer(view: View<'_>, positions: &[Position]) -> Vec<SelectionRange> {
    positions
        .iter()
        .map(|&position| {
            let offset = view.offset(position);
            let mut outer: Option<Box<SelectionRange>> = None;
            for range in ide::selection::selection(view.file(), offset).into_iter().rev() {
                let range = view.out(range);
                outer = Some(Box::new(SelectionRange { range, parent: outer }));
            }
            let here = ls_types::Range { start: position, end: position };
            outer.map_or(SelectionRange { range: here, parent: None }, |it| *it)
        })
        .collect()
}
