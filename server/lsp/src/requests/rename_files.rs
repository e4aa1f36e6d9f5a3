//! `workspace/willRenameFiles`: the edits of includes that go with the rename of a file or folder.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    str::FromStr as _,
};

use tower_lsp_server::ls_types::{FileRename, TextEdit, Uri, WorkspaceEdit};
use workspace::{MovedFile, Moves};

use crate::{
    convert,
    snapshot::{Snapshot, path_of},
};

/// The path of a file that may be a link itself, its folder without links.
fn path(uri: &str) -> Option<PathBuf> {
    let path = path_of(&Uri::from_str(uri).ok()?)?;
    Some(workspace::canonical(path.parent()?).join(path.file_name()?))
}

/// Returns nothing if no include is concerned.
pub(crate) fn answer(snapshot: &Snapshot, files: &[FileRename]) -> Option<WorkspaceEdit> {
    let pairs = files.iter().filter_map(|file| Some((path(&file.old_uri)?, path(&file.new_uri)?))).collect();
    let moves = Moves::new(pairs);
    let mut changes: Vec<(_, Vec<TextEdit>)> = Vec::new();
    let mut seen: HashSet<&Path> = HashSet::new();
    for (nth, root) in snapshot.roots.iter().enumerate() {
        let path = |at: &usize| root.paths[*at].as_path();
        let all = &root.project.files;
        let targets: Vec<Vec<Vec<&Path>>> = all
            .iter()
            .map(|file| file.included.iter().map(|targets| targets.iter().map(path).collect()).collect())
            .collect();
        let files: Vec<MovedFile<'_>> = all
            .iter()
            .zip(&root.paths)
            .zip(&targets)
            .map(|((file, path), targets)| MovedFile { path, includes: &file.script.includes, targets })
            .collect();
        let mut last = None;
        for edit in moves.edits(&files, &root.settings) {
            // A file outside of all folders may be read for several.
            if last != Some(edit.file) && !seen.insert(path(&edit.file)) {
                continue;
            }
            let view = snapshot.view_at(nth, edit.file);
            let range = convert::range(view.file(), edit.range, view.encoding);
            let edit_of = TextEdit { range, new_text: edit.path };
            match changes.last_mut().filter(|_| last == Some(edit.file)) {
                Some((_, edits)) => edits.push(edit_of),
                None => changes.push((view, vec![edit_of])),
            }
            last = Some(edit.file);
        }
    }
    (!changes.is_empty()).then(|| convert::workspace_edit(changes))
}
