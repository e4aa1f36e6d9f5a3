//! `workspace/willRenameFiles`: the edits of includes that go with the rename of a file or folder.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    str::FromStr as _,
};

use ls_types::{FileRename, Position, Range, TextEdit, Uri, WorkspaceEdit};
use text::LineIndex;
use workspace::{MovedFile, Moves, Settings};

use crate::{
    convert::{self, Edited},
    disk::Disk,
    snapshot::{Snapshot, path_of, uri_of},
};

/// The path of a file that may be a link itself, its folder without links.
fn path(uri: &str, disk: &dyn Disk) -> Option<PathBuf> {
    let path = path_of(&Uri::from_str(uri).ok()?)?;
    Some(disk.canonical(path.parent()?).join(path.file_name()?))
}

/// Returns nothing if no include is concerned.
pub fn answer(snapshot: &Snapshot, files: &[FileRename]) -> Option<WorkspaceEdit> {
    let disk = &*snapshot.disk;
    let pairs =
        files.iter().filter_map(|file| Some((path(&file.old_uri, disk)?, path(&file.new_uri, disk)?))).collect();
    let moves = Moves::new(pairs);
    let mut changes: Vec<Edited> = Vec::new();
    let mut seen: HashSet<&Path> = HashSet::new();
    for (nth, root) in snapshot.roots.iter().enumerate() {
        let path = |at: &usize| root.documents[*at].path.as_path();
        let all = &root.project.files;
        let paths = |targets: &Vec<usize>| targets.iter().map(path).collect();
        let targets: Vec<Vec<Vec<&Path>>> =
            (0..all.len()).map(|at| root.project.included(at).iter().map(paths).collect()).collect();
        let files: Vec<MovedFile<'_>> = all
            .iter()
            .zip(&root.documents)
            .zip(&targets)
            .map(|((file, document), targets)| MovedFile {
                path: &document.path,
                includes: &file.script.includes,
                targets,
            })
            .collect();
        let mut last = None;
        for edit in moves.edits(&files, &root.settings) {
            // A file outside of all folders may be read for several.
            if last != Some(edit.file) && !seen.insert(path(&edit.file)) {
                continue;
            }
            let view = snapshot.view_at(nth, edit.file);
            let range = view.out(edit.range);
            let edit_of = TextEdit { range, new_text: edit.path };
            match changes.last_mut().filter(|_| last == Some(edit.file)) {
                Some((.., edits)) => edits.push(edit_of),
                None => changes.push((view.uri().clone(), view.document().version, vec![edit_of])),
            }
            last = Some(edit.file);
        }
        if let Some(file) = root.settings.file.as_deref().filter(|file| seen.insert(file)) {
            changes.extend(mappings(&moves, &root.settings, file, snapshot));
        }
    }
    (!changes.is_empty()).then(|| convert::edit_of_documents(changes.into_iter(), snapshot.client.document_changes))
}

/// The edits of a `redlua.toml` that maps folders which move. Reads the file.
fn mappings(moves: &Moves, settings: &Settings, file: &Path, snapshot: &Snapshot) -> Option<Edited> {
    let text = snapshot.disk.text(file)?;
    let index = LineIndex::new(text.as_bytes());
    let place = |offset: u32| {
        let place = index.position(text.as_bytes(), offset, snapshot.client.encoding);
        Position { line: place.line, character: place.character }
    };
    let edits: Vec<TextEdit> = moves
        .mappings(settings, &text)
        .into_iter()
        .map(|edit| TextEdit {
            range: Range { start: place(edit.range.start), end: place(edit.range.end) },
            new_text: edit.value,
        })
        .collect();
    (!edits.is_empty()).then_some((uri_of(file)?, None, edits))
}
