//! `textDocument/selectionRange`

use tower_lsp_server::ls_types::{Position, SelectionRange};

use crate::{convert, snapshot::View};

pub(crate) fn answer(view: View<'_>, positions: &[Position]) -> Vec<SelectionRange> {
    positions
        .iter()
        .map(|&position| {
            let offset = convert::offset(view.file(), position, view.encoding);
            let mut outer: Option<Box<SelectionRange>> = None;
            for range in ide::selection::selection(view.file(), offset).into_iter().rev() {
                let range = convert::range(view.file(), range, view.encoding);
                outer = Some(Box::new(SelectionRange { range, parent: outer }));
            }
            let here = tower_lsp_server::ls_types::Range { start: position, end: position };
            outer.map_or(SelectionRange { range: here, parent: None }, |it| *it)
        })
        .collect()
}
