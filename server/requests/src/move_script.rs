//! The code action *Move this script to a file*: a script in a string becomes a file that the program loads.

use std::path::{Path, PathBuf};

use host::{LoadedFrom, Move};
use ls_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CreateFile, CreateFileOptions, DocumentChangeOperation,
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Position, Range, ResourceOp, TextDocumentEdit,
    TextEdit, Uri, WorkspaceEdit,
};

use crate::snapshot::{View, path_of, uri_of};

/// Names that are tried for the file.
const MAX_NAMES: u32 = 99;

/// The action for a script in a string, or the reason for which it cannot be done if the client shows that. None for other files, and
/// for a client that makes no files.
pub fn action(view: View<'_>) -> Option<CodeAction> {
    view.document().embedding.as_ref()?;
    if !view.client.creates_files {
        return None;
    }
    let (title, edit, reason) = match edit(view) {
        Ok((file, edit)) => (format!("Move this script to {file}"), Some(edit), None),
        Err(_) if !view.client.disabled_actions => return None,
        Err(reason) => ("Move this script to a file".to_owned(), None, Some(reason)),
    };
    Some(CodeAction {
        title,
        kind: Some(CodeActionKind::REFACTOR_EXTRACT),
        disabled: reason.map(|reason| CodeActionDisabled { reason }),
        edit,
        ..CodeAction::default()
    })
}

/// The name of the new file, and the edit that makes it and lets the program load it.
fn edit(view: View<'_>) -> Result<(String, WorkspaceEdit), String> {
    let embedding = view.document().embedding.as_ref().ok_or("this is no script in a string")?;
    let host = &embedding.host;
    let (id, document) = (&embedding.script().id, &host.document);
    let program = host.path.file_name().and_then(|it| it.to_str()).ok_or("the program has no name")?;
    path_of(view.uri()).ok_or("the program is not saved yet")?;
    let text = std::str::from_utf8(view.file().source()).map_err(|_| "the script is no UTF-8".to_owned())?;
    let from = document
        .language
        .loads_from()
        .ok_or_else(|| format!("{} has no one way to load a file beside the program", document.language.name()))?;
    let folder = folder(&host.path, from).ok_or("the program is in no folder like src/main/java")?;
    let (file, path) = free_file(view, &folder, &document.file_stem(id, program)).ok_or("all names are taken")?;
    let to = Move { program, file: &file, is_module: is_module(view, &host.path) };
    let edits = document.move_to_file(&host.source, id, to)?;
    let new = uri_of(&path).ok_or("the file's name is no URI")?;
    let edits = edits.into_iter().map(|(range, new_text)| TextEdit { range: view.host_range(range), new_text });
    let text = match view.file().script.has_strings_over_lines() {
        true => text.to_owned(),
        false => dedented(text),
    };
    let create = CreateFile {
        uri: new.clone(),
        options: Some(CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) }),
        annotation_id: None,
    };
    let insert = TextEdit { range: Range::new(Position::new(0, 0), Position::new(0, 0)), new_text: text };
    let operations = vec![
        DocumentChangeOperation::Op(ResourceOp::Create(create)),
        DocumentChangeOperation::Edit(document_edit(new, None, vec![insert])),
        DocumentChangeOperation::Edit(document_edit(view.uri().clone(), view.document().version, edits.collect())),
    ];
    let changes = Some(DocumentChanges::Operations(operations));
    Ok((file, WorkspaceEdit { document_changes: changes, ..WorkspaceEdit::default() }))
}

fn document_edit(uri: Uri, version: Option<i32>, edits: Vec<TextEdit>) -> TextDocumentEdit {
    TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    }
}

/// The folder for files that a program loads.
fn folder(program: &Path, from: LoadedFrom) -> Option<PathBuf> {
    let beside = program.parent()?;
    if from == LoadedFrom::Beside {
        return Some(beside.to_owned());
    }
    let is_sources = |it: &&Path| it.parent().and_then(Path::parent).is_some_and(|it| it.ends_with("src"));
    let sources = beside.ancestors().filter(is_sources).find(|it| it.ends_with("java") || it.ends_with("kotlin"))?;
    Some(sources.parent()?.join("resources"))
}

/// The first name that no file has.
fn free_file(view: View<'_>, folder: &Path, stem: &str) -> Option<(String, PathBuf)> {
    let numbered = (2..MAX_NAMES).map(|number| format!("{stem}_{number}.lua"));
    let names = std::iter::once(format!("{stem}.lua")).chain(numbered);
    let mut free = names.map(|name| (folder.join(&name), name));
    let is_free = |path: &Path| {
        let is_known = view.root.documents.iter().any(|it| it.embedding.is_none() && it.path == path);
        !is_known && view.disk.text(path).is_none()
    };
    free.find(|(path, _)| is_free(path)).map(|(path, name)| (name, path))
}

/// True if the nearest `package.json` says that programs are modules of the language.
fn is_module(view: View<'_>, program: &Path) -> bool {
    let mut settings = program.ancestors().skip(1).filter_map(|it| view.disk.text(&it.join("package.json")));
    let parsed = settings.next().and_then(|it| serde_json::from_str::<serde_json::Value>(&it).ok());
    parsed.is_some_and(|it| it["type"] == "module")
}

/// The text without the indentation that all lines have, and without empty lines at its beginning and end.
fn dedented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_blank = |line: &&str| line.trim().is_empty();
    let first = lines.iter().position(|it| !is_blank(it)).unwrap_or(0);
    let last = lines.iter().rposition(|it| !is_blank(it)).map_or(0, |at| at + 1);
    let lines = lines.get(first..last).unwrap_or_default();
    let width = |line: &&str| line.bytes().take_while(|it| matches!(it, b' ' | b'\t')).count();
    // A first line that begins right behind the quote says nothing of the others.
    let behind_quote = usize::from(first == 0 && lines.first().is_some_and(|it| width(it) == 0));
    let indented = &lines[behind_quote.min(lines.len())..];
    let common = indented.iter().filter(|it| !is_blank(it)).map(width).min().unwrap_or(0);
    let mut out = String::with_capacity(text.len());
    for (nth, line) in lines.iter().enumerate() {
        let cut = if nth < behind_quote { 0 } else { common.min(width(line)) };
        out.push_str(line[cut..].trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_what_all_have() {
        assert_eq!(dedented("\n    local a = 1\n\n      return a  \n  "), "local a = 1\n\n  return a\n");
        assert_eq!(dedented("local a\n    if a then\n      a = 1\n    end"), "local a\nif a then\n  a = 1\nend\n");
        assert_eq!(dedented("return 1"), "return 1\n");
        assert_eq!(dedented(""), "");
    }

    #[test]
    fn resources_have_their_folder() {
        let of = |path: &str, from| folder(Path::new(path), from).map(|it| it.display().to_string());
        let java = "/w/app/src/main/java/org/App.java";
        assert_eq!(of(java, LoadedFrom::Resources).as_deref(), Some("/w/app/src/main/resources"));
        assert_eq!(of(java, LoadedFrom::Beside).as_deref(), Some("/w/app/src/main/java/org"));
        assert_eq!(of("/w/App.java", LoadedFrom::Resources), None);
    }
}
