//! Completions in comments: rule names to allow, the header's keys and arguments, and the files of includes.

use linter::RULES;
use text::TextRange;

use super::{Completion, CompletionKind, Completions, Docs, Trigger};
use crate::{File, Project};

/// The comment that a place is in.
pub(super) fn around(file: &File, offset: u32) -> Option<TextRange> {
    let comments = &file.script.parse.comments;
    comments
        .iter()
        .map(|comment| comment.range)
        .find(|range| range.start < offset && (offset <= range.end && !ends_long(file, *range, offset)))
}

/// True if a place is behind the end of a long comment.
fn ends_long(file: &File, range: TextRange, offset: u32) -> bool {
    offset == range.end && range.slice(file.source()).starts_with(b"--[") && range.slice(file.source()).ends_with(b"]")
}

pub(super) fn completions(
    project: &Project,
    file: usize,
    comment: TextRange,
    offset: u32,
    trigger: Trigger,
) -> Completions {
    let it = &project.files[file];
    let line = it.lines.line_start(it.lines.line(offset)).max(comment.start);
    let typed = TextRange::new(line, offset);
    let text = String::from_utf8_lossy(typed.slice(it.source())).into_owned();
    let lead = text.len() - text.trim_start_matches(['-', ' ', '[', '*', '\t']).len();
    let body = &text[lead..];
    let from = |word: &str| TextRange::new(offset - word.len() as u32, offset);
    if let Some(list) = body
        .strip_prefix("redlua:")
        .map(str::trim_start)
        .and_then(|rest| rest.strip_prefix("allow("))
        .filter(|list| !list.contains(')'))
    {
        let word = list.rsplit([',', ' ']).next().unwrap_or_default();
        let items = RULES
            .iter()
            .map(|rule| {
                // What is found in the file is what one wants to allow.
                let found = it.findings().iter().any(|finding| finding.code == rule.code);
                Completion {
                    detail: rule.summary(),
                    rank: if found { 10 } else { 50 },
                    docs: Docs::Rule(rule.code),
                    ..Completion::new(rule.code, CompletionKind::Rule)
                }
            })
            .collect();
        return Completions { range: from(word), items };
    }
    for directive in ["@include ", "$include("] {
        if let Some(rest) = body.strip_prefix(directive) {
            let path = rest.trim_start_matches(['"', '\'', ' ']);
            let items = include_paths(project, file)
                .into_iter()
                .map(|path| Completion::new(path, CompletionKind::File))
                .collect();
            return Completions { range: from(path), items };
        }
    }
    let mut items = Vec::new();
    // Prose is left alone.
    if !body.contains(' ') && (trigger == Trigger::Invoked || body == "@") {
        header(it, &mut items);
        for (label, insert, detail) in [
            ("redlua: allow", "redlua: allow($1)", "Switches rules off for the next line, or at the top for the file"),
            ("@include", "@include $1", "Pastes another file here"),
        ] {
            items.push(Completion {
                detail: detail.to_owned(),
                insert: insert.to_owned(),
                is_snippet: true,
                rank: 60,
                ..Completion::new(label, CompletionKind::Snippet)
            });
        }
    }
    Completions { range: from(body), items }
}

/// The keys and arguments that the script reads and the header does not name yet.
fn header(file: &File, items: &mut Vec<Completion>) {
    let script = &file.script;
    for (table, uses, entries) in
        [("KEYS", &script.keys, &script.header.keys), ("ARGV", &script.argv, &script.header.args)]
    {
        for index in 1..=uses.highest().min(64) {
            if entries.iter().any(|entry| entry.index == index) {
                continue;
            }
            let name = uses.name_in(script, index).unwrap_or_default();
            let label = format!("{table}[{index}]");
            items.push(Completion {
                filter: Some(table.to_owned()),
                insert: format!("{label} {name}").trim_end().to_owned(),
                detail: name.to_owned(),
                rank: 20 + index,
                ..Completion::new(label, CompletionKind::Element)
            });
        }
    }
}

/// The other files, by their paths from this one's folder.
fn include_paths(project: &Project, file: usize) -> Vec<String> {
    let folder = project.files[file].path.rsplit_once('/').map_or("", |(folder, _)| folder);
    project
        .files
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != file)
        .filter_map(|(_, it)| {
            if folder.is_empty() {
                return Some(it.path.clone());
            }
            it.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned)
        })
        .collect()
}
