//! The comment at the top that names keys and arguments: written, or completed.

use linter::Edit;
use semantic::{Entry, TableUse};

use super::{Action, ActionKind};
use crate::File;

/// Writes or completes the header, where something is missing.
pub(super) fn action(file: &File) -> Option<Action> {
    /// A script that reads ARGV[1000000] by mistake does not get as many lines.
    const MOST: u32 = 64;
    let script = &file.script;
    if script.library.is_some() || script.is_fragment() || script.is_definitions() {
        return None;
    }
    let lines = |table: &str, uses: &TableUse, entries: &[Entry], least: u32| -> Vec<String> {
        (1..=uses.highest().max(least).min(MOST))
            .filter(|index| !entries.iter().any(|entry| entry.index == *index))
            .map(|index| {
                let name = uses.name_in(script, index).unwrap_or_default();
                format!("-- {table}[{index}] {name}").trim_end().to_owned()
            })
            .collect()
    };
    let header = &script.header;
    let keys = lines("KEYS", &script.keys, &header.keys, script.named_keys().unwrap_or(0));
    let args = lines("ARGV", &script.argv, &header.args, 0);
    if keys.is_empty() && args.is_empty() {
        return None;
    }
    let crlf = memchr::memmem::find(file.source(), b"\r\n").is_some();
    let ending = if crlf { "\r\n" } else { "\n" };
    let is_new = header.keys.is_empty() && header.args.is_empty();
    let top = if file.source().starts_with(b"#!") { file.lines.line_start(1) } else { 0 };
    let after = |entries: &[Entry]| {
        let last = entries.iter().max_by_key(|entry| entry.range.start)?;
        Some(file.lines.line_start(file.lines.line(last.range.start) + 1))
    };
    // In a long comment our dashes would be part of its text; there the fix of header-mismatch knows the form.
    let long = header.keys.iter().chain(&header.args).any(|entry| {
        let line = file.lines.line_range(file.source(), file.lines.line(entry.range.start));
        !line.slice(file.source()).trim_ascii_start().starts_with(b"--")
    });
    if long {
        return None;
    }
    let at_keys =
        after(&header.keys).or_else(|| header.args.first().map(|entry| line_start(file, entry))).unwrap_or(top);
    let at_args = after(&header.args).or_else(|| after(&header.keys)).unwrap_or(top);
    let text = |lines: Vec<String>| lines.into_iter().map(|line| line + ending).collect::<String>();
    let edits = match (keys.is_empty(), args.is_empty()) {
        (true, _) => vec![Edit::insert(at_args, text(args))],
        (_, true) => vec![Edit::insert(at_keys, text(keys))],
        _ if at_keys == at_args => vec![Edit::insert(at_keys, text(keys) + &text(args))],
        _ => vec![Edit::insert(at_keys, text(keys)), Edit::insert(at_args, text(args))],
    };
    let title = if is_new {
        "Add the comment that names keys and arguments"
    } else {
        "Complete the comment that names keys and arguments"
    };
    Some(Action { title: title.to_owned(), kind: ActionKind::Source, edits, finding: None, preferred: false })
}

fn line_start(file: &File, entry: &Entry) -> u32 {
    file.lines.line_start(file.lines.line(entry.range.start))
}
