//! `textDocument/prepareRename`, `textDocument/rename` and `textDocument/linkedEditingRange`

use std::collections::BTreeMap;

use ide::navigation;
use tower_lsp_server::{
    jsonrpc::{Error, ErrorCode, Result},
    ls_types::{LinkedEditingRanges, PrepareRenameResponse, TextEdit, WorkspaceEdit},
};

use crate::{convert, snapshot::View};

fn refused(message: String) -> Error {
    Error { code: ErrorCode::ServerError(-32803), message: message.into(), data: None }
}

pub(crate) fn prepare(view: View<'_>, offset: u32) -> Result<PrepareRenameResponse> {
    let range = navigation::prepare_rename(view.project(), view.at, offset).map_err(refused)?;
    Ok(PrepareRenameResponse::Range(view.out(range)))
}

pub(crate) fn answer(view: View<'_>, offset: u32, name: &str) -> Result<WorkspaceEdit> {
    let places = navigation::rename(view.project(), view.at, offset, name).map_err(refused)?;
    let mut changes: BTreeMap<usize, Vec<TextEdit>> = BTreeMap::new();
    for place in places {
        let range = view.other(place.file).out(place.range);
        changes.entry(place.file).or_default().push(TextEdit { range, new_text: name.to_owned() });
    }
    Ok(convert::workspace_edit(changes.into_iter().map(|(at, edits)| (view.other(at), edits)).collect()))
}

pub(crate) fn linked(view: View<'_>, offset: u32) -> Option<LinkedEditingRanges> {
    let ranges = navigation::linked_editing(view.project(), view.at, offset)?;
    let ranges = ranges.into_iter().map(|range| view.out(range)).collect();
    Some(LinkedEditingRanges { ranges, word_pattern: Some("[A-Za-z_][A-Za-z0-9_]*".to_owned()) })
}
