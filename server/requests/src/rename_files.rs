//! `workspace/willRenameFiles`: the edits of includes, and of paths in programs, that go with the rename of a file or folder.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    str::FromStr as _,
};

use host::Runs;
use ls_types::{FileRename, Position, Range, TextEdit, Uri, WorkspaceEdit};
use semantic::SiteTarget;
use text::{LineIndex, TextRange};
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
    let pairs: Vec<(PathBuf, PathBuf)> =
        files.iter().filter_map(|file| Some((path(&file.old_uri, disk)?, path(&file.new_uri, disk)?))).collect();
    let moves = Moves::new(pairs.clone());
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
        changes.extend(programs(snapshot, nth, &pairs));
        if let Some(file) = root.settings.file.as_deref().filter(|file| seen.insert(file)) {
            changes.extend(mappings(&moves, &root.settings, file, snapshot));
        }
    }
    (!changes.is_empty()).then(|| convert::edit_of_documents(changes.into_iter(), snapshot.client.document_changes))
}

/// The edits of programs that load scripts which move.
fn programs(snapshot: &Snapshot, nth: usize, pairs: &[(PathBuf, PathBuf)]) -> Vec<Edited> {
    let root = &snapshot.roots[nth];
    let mut changes = Vec::new();
    for (at, document) in root.documents.iter().enumerate() {
        let Some(host) = &document.program else { continue };
        let view = snapshot.view_at(nth, at);
        let edits = view.file().script.sites.iter().filter_map(|site| {
            let (Runs::File { range, path }, SiteTarget::Script { file, .. }) = (&site.call.runs, &site.target) else {
                return None;
            };
            let old = root.documents.get(*file)?.path.as_path();
            let (from, to) = pairs.iter().find(|(from, _)| old.starts_with(from))?;
            let rest = old.strip_prefix(from).ok()?;
            let new = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
            // A program that moves along keeps what is beside it.
            let program = match pairs.iter().find(|(from, _)| host.path.starts_with(from)) {
                Some((from, to)) => to.join(host.path.strip_prefix(from).ok()?),
                None => host.path.clone(),
            };
            let text = loaded_path(path, (&host.path, old), (&program, &new)).filter(|it| it != path)?;
            let inner = memchr::memmem::find(range.slice(&host.source), path.as_bytes())? as u32;
            let place = TextRange::new(range.start + inner, range.start + inner + path.len() as u32);
            Some(TextEdit { range: view.out(place), new_text: text })
        });
        let mut edits: Vec<TextEdit> = edits.collect();
        edits.sort_by_key(|it| (it.range.start.line, it.range.start.character));
        edits.dedup();
        if !edits.is_empty() {
            changes.push((view.uri().clone(), view.document().version, edits));
        }
    }
    changes
}

/// The path by which a program loads a file that was moved, in the way of the old one; none if that says too little.
fn loaded_path(path: &str, old: (&Path, &Path), new: (&Path, &Path)) -> Option<String> {
    let (prefix, bare) = match path.strip_prefix("./") {
        Some(bare) => ("./", bare),
        None => ("", path),
    };
    let folder = old.0.parent()?;
    if semantic::normalise(&folder.join(bare)) == old.1 {
        let mut up = String::new();
        let steps = new.0.parent()?.ancestors().find_map(|it| {
            let found = new.1.strip_prefix(it).ok().map(Path::to_path_buf);
            if found.is_none() {
                up.push_str("../");
            }
            found
        })?;
        let prefix = if up.is_empty() { prefix } else { "" };
        return Some(format!("{prefix}{up}{}", steps.to_str()?.replace('\\', "/")));
    }
    // By the end of the path: what it says of folders must stay.
    let (tail, name) = path.rsplit_once('/').map_or(("", path), |(tail, name)| (tail, name));
    let stays = old.1.parent() == new.1.parent() && old.1.file_name()?.to_str()? == name;
    let name = new.1.file_name()?.to_str()?;
    stays.then(|| if path.contains('/') { format!("{tail}/{name}") } else { name.to_owned() })
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
