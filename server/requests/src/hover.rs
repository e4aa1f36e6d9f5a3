//! `textDocument/hover`

use ls_types::{Hover, HoverContents};

use crate::{markup::markup, snapshot::View};

/// Answers `textDocument/hover`, with the last run of the line for clients that show it nowhere else.
pub fn answer(view: View<'_>, offset: u32) -> Option<Hover> {
    let hover = ide::hover::hover(view.project(), view.at, offset);
    let (mut parts, range) = match hover {
        Some(hover) => (vec![view.text(hover.markdown)], Some(view.out(hover.range))),
        None => (Vec::new(), None),
    };
    // A message is gone with the next key, and some clients cut it to a line: here all of the last run can be read.
    if !view.client.inputs {
        let line = |offset: u32| view.file().lines.line(offset);
        let key = view.key();
        let ran = view.runs.ran(key);
        parts
            .extend(ran.filter(|ran| line(ran.at) == line(offset)).map(|ran| format!("**Last run**\n{}", ran.tooltip)));
    }
    (!parts.is_empty())
        .then(|| Hover { contents: HoverContents::Markup(markup(view.client, parts.join("\n\n---\n\n"))), range })
}
