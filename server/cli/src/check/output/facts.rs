//! Summary of a script as JSON.

use semantic::facts::{Access, Carries, Judgement, Reason, Served, Verdict, Words};
use serde_json::{Value, json};
use text::LineIndex;

use crate::check::checked::{Checked, ScriptFacts};

/// JSON of one script, or of one function of a library. Unknown facts are `null`.
pub(super) fn json(file: &Checked, index: &LineIndex, script: &ScriptFacts) -> Value {
    let path = file.path.as_str();
    let facts = &script.facts;
    let start = index.line_col(&file.source, script.start);
    let (writes, why) = match &facts.access {
        Access::Nothing | Access::Reads => (Value::Bool(false), &[][..]),
        Access::Writes(by) => (Value::Bool(true), &by[..]),
        Access::Unknown(why) => (Value::Null, &why[..]),
    };
    let keys: Vec<Value> = facts
        .keys
        .iter()
        .map(|key| {
            let does = [(key.read, "read"), (key.write, "write"), (key.delete, "delete")];
            let does: Vec<&str> = does.iter().filter(|(does, _)| *does).map(|(_, name)| *name).collect();
            json!({
                "key": key.template.to_string(),
                "from": key.source.as_str(),
                "access": does,
                "types": key.types,
                "first": reason(path, &key.first),
            })
        })
        .collect();
    let commands: Vec<Value> = facts
        .commands
        .iter()
        .map(|command| {
            json!({
                "command": command.spec.name,
                "complexity": command.complexity,
                "words": match command.words {
                    Words::Other => Value::Null,
                    Words::Fixed => json!("fixed"),
                    Words::Open => json!("open"),
                },
                "loop": command.looped,
                "unbounded": command.unbounded,
                "calls": reasons(path, &command.calls),
            })
        })
        .collect();
    let flags: Vec<Value> = facts
        .flags
        .iter()
        .map(|flag| {
            let fits = match flag.carries {
                Carries::Fits => Value::Bool(true),
                Carries::Unfit => Value::Bool(false),
                Carries::Unknown => Value::Null,
            };
            json!({ "flag": flag.name, "fits": fits, "present": flag.present, "reason": flag.reason })
        })
        .collect();
    json!({
        "path": path,
        "script": script.script,
        "start": { "line": start.line, "column": start.column },
        "function": facts.function,
        "line": facts.line(),
        "incomplete": facts.incomplete,
        "returns": facts.returns,
        "writes": writes,
        "writesBy": reasons(path, why),
        "keys": keys,
        "commands": commands,
        "unknown": reasons(path, &facts.unknown),
        "cost": facts.cost(),
        "deterministic": judgement(path, &facts.deterministic),
        "cluster": judgement(path, &facts.cluster),
        "flags": flags,
        "servers": {
            "redis": served(path, &facts.servers.redis),
            "valkey": served(path, &facts.servers.valkey),
            "unsure": reasons(path, &facts.servers.unsure),
            "broken": reasons(path, &facts.servers.broken),
        },
    })
}

fn reason(path: &str, reason: &Reason) -> Value {
    json!({ "text": reason.text, "path": reason.path.as_deref().unwrap_or(path), "line": reason.line })
}

fn reasons(path: &str, all: &[Reason]) -> Vec<Value> {
    all.iter().map(|it| reason(path, it)).collect()
}

fn judgement(path: &str, it: &Judgement) -> Value {
    let verdict = match it.verdict {
        Verdict::Yes => "yes",
        Verdict::If => "if",
        Verdict::Unknown => "unknown",
        Verdict::No => "no",
    };
    json!({ "verdict": verdict, "reasons": reasons(path, &it.reasons), "note": it.note })
}

fn served(path: &str, it: &Served) -> Value {
    json!({
        "oldest": it.oldest.map(|version| version.to_string()),
        "newest": it.newest.map(|version| version.to_string()),
        "needs": reasons(path, &it.needs),
        "lost": reasons(path, &it.lost),
    })
}
