//! `textDocument/hover`

use tower_lsp_server::ls_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use crate::{convert, snapshot::View};

pub(crate) fn answer(view: View<'_>, offset: u32) -> Option<Hover> {
    let hover = ide::hover::hover(view.project(), view.at, offset)?;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: hover.markdown }),
        range: Some(convert::range(view.file(), hover.range, view.encoding)),
    })
}
