//! The embedded engine against what real servers replied: `cargo xtask record` wrote it down, `tests/conformance` has it.

use std::collections::{BTreeMap, BTreeSet};

use commands::Target;
use protocol::{resp, split_line};
use script::Server;
use tests::{SERVERS, root};

/// A call with the replies of the servers, the last of which is that of all that are not named.
struct Call {
    line: String,
    replies: Vec<(Vec<String>, String)>,
}

fn recorded(text: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for line in text.lines() {
        if let Some(call) = line.strip_prefix("> ") {
            calls.push(Call { line: call.to_owned(), replies: Vec::new() });
        } else if let (Some((who, reply)), Some(call)) = (line.split_once(": "), calls.last_mut()) {
            call.replies.push((who.split(' ').map(str::to_owned).collect(), reply.to_owned()));
        }
    }
    calls
}

impl Call {
    fn reply_of(&self, server: &str) -> &str {
        let of = |(who, _): &&(Vec<String>, String)| who.iter().any(|name| name == server || name == "*");
        self.replies.iter().find(of).map_or("", |(_, reply)| reply)
    }
}

/// Differences that are known, each with its reason: `group: server: call` in the lines of `known.txt`.
fn known() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join("tests/conformance/known.txt")).unwrap_or_default();
    let mut known = BTreeMap::new();
    let mut reason = String::new();
    for line in text.lines() {
        match line.strip_prefix("# ") {
            Some(words) => reason = words.to_owned(),
            None if line.is_empty() => reason.clear(),
            None => {
                assert!(!reason.is_empty(), "known.txt: no reason stands above `{line}`");
                known.insert(line.to_owned(), reason.clone());
            }
        }
    }
    known
}

#[test]
fn the_engine_replies_as_the_servers_did() {
    let folder = root().join("tests/conformance/recorded");
    let mut files: Vec<_> = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    files.sort();
    assert!(files.len() >= 14, "only {} recordings in {}", files.len(), folder.display());
    let known = known();
    let (mut met, mut count, mut wrong) = (BTreeSet::new(), 0, Vec::new());
    for file in files {
        let group = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let calls = recorded(&std::fs::read_to_string(&file).unwrap_or_default());
        for server in SERVERS {
            let Ok(target) = server.parse::<Target>() else { panic!("{server} is no target") };
            for resp3 in [false, true] {
                let label = if resp3 { format!("{server}+3") } else { (*server).to_owned() };
                let (mut engine, mut db) = (Server::new(target), 0);
                for call in &calls {
                    count += 1;
                    let Ok(words) = split_line(call.line.as_bytes()) else { panic!("{group}: {}", call.line) };
                    let mut bytes = Vec::new();
                    resp::encode(&engine.call(&words, &mut db, resp3), resp3, &mut bytes);
                    let ours = bytes.escape_ascii().to_string();
                    if ours == call.reply_of(&label) {
                        continue;
                    }
                    let name = format!("{group}: {server}: {}", call.line);
                    if known.contains_key(&name) {
                        met.insert(name);
                    } else {
                        wrong.push(format!(
                            "{name}\n  RESP{}: {}\n  engine: {ours}",
                            if resp3 { 3 } else { 2 },
                            call.reply_of(&label)
                        ));
                    }
                }
            }
        }
    }
    for name in known.keys().filter(|name| !met.contains(*name)) {
        wrong.push(format!("known.txt has a difference that is none any more: {name}"));
    }
    assert!(count > 45_000, "only {count} replies were compared");
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.iter().take(400).cloned().collect::<Vec<_>>().join("\n")
    );
}
