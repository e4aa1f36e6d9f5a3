//! Projects for tests, from text with a `$0` where the cursor is. `--- file: name` begins another file; `--- transcript` on the
//! first line makes the first a transcript.

use std::sync::Arc;

use linter::Options;
use semantic::{Linked, Script};

use crate::{File, Project};

/// The project of a text and the cursor's place, which is in the first file.
pub(crate) fn cursor(source: &str) -> (Project, u32) {
    let at = source.find("$0").unwrap_or_else(|| panic!("no $0 in {source}"));
    let head = if source.starts_with(TRANSCRIPT) { TRANSCRIPT.len() } else { 0 };
    (project(&source.replacen("$0", "", 1)), (at - head) as u32)
}

const TRANSCRIPT: &str = "--- transcript\n";

/// The project of a text.
pub(crate) fn project(source: &str) -> Project {
    let (first, source) = match source.strip_prefix(TRANSCRIPT) {
        Some(rest) => ("main.redis", rest),
        None => ("main.lua", source),
    };
    let mut parts: Vec<(String, String)> = vec![(first.to_owned(), String::new())];
    for line in source.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("--- file: ") {
            parts.push((name.trim().to_owned(), String::new()));
        } else if let Some((_, text)) = parts.last_mut() {
            text.push_str(line);
        }
    }
    let mut linked: Vec<Linked> = parts
        .iter()
        .map(|(path, text)| Linked {
            path: path.clone(),
            script: Script::new(text.as_bytes().into(), Some(path)),
            targets: Vec::new(),
        })
        .collect();
    for file in &mut linked {
        file.targets = file
            .script
            .includes
            .iter()
            .map(|include| parts.iter().position(|(path, _)| *path == include.path).into_iter().collect())
            .collect();
    }
    semantic::link(&mut linked);
    let options = Arc::new(Options::default());
    let included = linked.iter().map(|file| file.targets.clone()).collect();
    let files = linked
        .into_iter()
        .map(|file| {
            let is_script = !crate::is_transcript(&file.path) && file.script.is_redis_lua();
            Arc::new(File::new(file.path, file.script, is_script, Arc::clone(&options)))
        })
        .collect();
    Project::new(files, included)
}
