//! `textDocument/prepareRename`, `textDocument/rename` and `textDocument/linkedEditingRange`

use std::collections::HashMap;

use ide::navigation;
use tower_lsp_server::{
    jsonrpc::{Error, ErrorCode, Result},
    ls_types::{LinkedEditingRanges, PrepareRenameResponse, TextEdit, Uri, WorkspaceEdit},
};

use crate::{convert, snapshot::View};

fn refused(message: String) -> Error {
    Error { code: ErrorCode::ServerError(-32803), message: message.into(), data: None }
}

pub(crate) fn prepare(view: View<'_>, offset: u32) -> Result<PrepareRenameResponse> {
    let range = navigation::prepare_rename(view.project(), view.at, offset).map_err(refused)?;
    Ok(PrepareRenameResponse::Range(convert::range(view.file(), range, view.encoding)))
}

pub(crate) fn answer(view: View<'_>, offset: u32, name: &str) -> Result<WorkspaceEdit> {
    let places = navigation::rename(view.project(), view.at, offset, name).map_err(refused)?;
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for location in places.into_iter().filter_map(|place| view.location(place)) {
        changes.entry(location.uri).or_default().push(TextEdit { range: location.range, new_text: name.to_owned() });
    }
    Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

pub(crate) fn linked(view: View<'_>, offset: u32) -> Option<LinkedEditingRanges> {
    let ranges = navigation::linked_editing(view.project(), view.at, offset)?;
    let ranges = ranges.into_iter().map(|range| convert::range(view.file(), range, view.encoding)).collect();
    Some(LinkedEditingRanges { ranges, word_pattern: Some("[A-Za-z_][A-Za-z0-9_]*".to_owned()) })
}
