//! `textDocument/prepareRename`, `textDocument/rename` and `textDocument/linkedEditingRange`

use std::collections::BTreeMap;

use ide::navigation;
use linter::Edit;
use ls_types::{LinkedEditingRanges, PrepareRenameResponse, WorkspaceEdit};

use crate::{Refused, convert, snapshot::View};

/// Answers `textDocument/prepareRename`.
///
/// # Errors
///
/// Fails if there is nothing to rename.
pub fn prepare(view: View<'_>, offset: u32) -> Result<PrepareRenameResponse, Refused> {
    let range = navigation::prepare_rename(view.project(), view.at, offset).map_err(Refused)?;
    Ok(PrepareRenameResponse::Range(view.out(range)))
}

/// Answers `textDocument/rename`.
///
/// # Errors
///
/// Fails if the name would mean something else, or if not all uses are known.
pub fn answer(view: View<'_>, offset: u32, name: &str) -> Result<WorkspaceEdit, Refused> {
    let places = navigation::rename(view.project(), view.at, offset, name).map_err(Refused)?;
    let mut changes: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
    for place in places {
        changes.entry(place.file).or_default().push(Edit { range: place.range, text: name.to_owned() });
    }
    let edits = changes.into_iter().map(|(at, edits)| Some((view.other(at), view.other(at).edits(&edits)?)));
    let edits = edits.collect::<Option<Vec<_>>>();
    let refused = || Refused("the name is used where a program pastes values into the script".to_owned());
    Ok(convert::workspace_edit(edits.ok_or_else(refused)?))
}

/// Answers `textDocument/linkedEditingRange`.
pub fn linked(view: View<'_>, offset: u32) -> Option<LinkedEditingRanges> {
    let ranges = navigation::linked_editing(view.project(), view.at, offset)?;
    let ranges = ranges.into_iter().map(|range| view.out(range)).collect();
    Some(LinkedEditingRanges { ranges, word_pattern: Some("[A-Za-z_][A-Za-z0-9_]*".to_owned()) })
}
