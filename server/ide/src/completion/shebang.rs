//! The first line: `#!lua name=… flags=…`.

use text::TextRange;

use super::{Completion, CompletionKind, Completions};
use crate::File;

/// The flags of scripts and functions, with their effects.
const FLAGS: &[(&str, &str)] = &[
    ("no-writes", "Refuses commands that write; runs on read-only replicas and when memory is full"),
    ("allow-oom", "Runs when memory is full, and may write then"),
    ("allow-stale", "Runs on a replica that has lost its primary"),
    ("no-cluster", "Refused where the server is a cluster's node"),
    ("allow-cross-slot-keys", "May use keys of several slots that its node has"),
];

/// Returns the completions on the shebang line, or None on any other.
pub(super) fn completions(file: &File, offset: u32) -> Option<Completions> {
    let before = file.source().get(..offset as usize).filter(|before| before.starts_with(b"#!"))?;
    if before.contains(&b'\n') {
        return None;
    }
    let line = String::from_utf8_lossy(before);
    let word = line.rsplit([' ', '\t']).next().unwrap_or_default();
    if word.len() == line.len() {
        let items = vec![Completion::new("lua", CompletionKind::Keyword)];
        return Some(Completions { range: TextRange::new(2, offset), items });
    }
    if let Some(list) = word.strip_prefix("flags=") {
        let typed = list.rsplit(',').next().unwrap_or_default();
        let given: Vec<&str> = list.split(',').filter(|flag| *flag != typed).collect();
        let items = flags().filter(|item| !given.contains(&item.label.as_str())).collect();
        return Some(Completions { range: TextRange::new(offset - typed.len() as u32, offset), items });
    }
    let mut items = Vec::new();
    if !word.contains('=') {
        for (option, detail) in [("name=", "Name of the library"), ("flags=", "Flags of the script")] {
            // A library gives its flags to each function.
            let has = |option: &str| line.contains(&format!(" {option}"));
            if !has(option) && (option == "name=" || !has("name=")) {
                items.push(Completion {
                    detail: detail.to_owned(),
                    rank: 10 + items.len() as u32,
                    ..Completion::new(option, CompletionKind::Field)
                });
            }
        }
    }
    Some(Completions { range: TextRange::new(offset - word.len() as u32, offset), items })
}

/// The flags, in the order of the servers' documentation.
pub(super) fn flags() -> impl Iterator<Item = Completion> {
    FLAGS.iter().enumerate().map(|(nth, (flag, effect))| Completion {
        detail: (*effect).to_owned(),
        rank: nth as u32,
        ..Completion::new(*flag, CompletionKind::Option)
    })
}
