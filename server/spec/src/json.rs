//! Outcomes as JSON, the form that other programs read; changed only with a note in CHANGELOG.md.

use protocol::{Reply, notation};
use script::{Failure, Outcome, State};
use serde_json::{Map, Value, json};

use crate::{Result, Verdict};

fn text(bytes: &[u8]) -> Value {
    meter::tick(1 + bytes.len() / 64);
    meter::afford(bytes.len().saturating_mul(2));
    Value::String(String::from_utf8_lossy(bytes).into_owned())
}

/// Returns a word that is not UTF-8 as redis-cli quotes it; `None` for others, which [`text`] has whole.
fn quoted(bytes: &[u8]) -> Option<Value> {
    std::str::from_utf8(bytes).is_err().then(|| json!(notation::quote(bytes)))
}

/// Returns a reply as JSON. Texts that are not UTF-8 lose the invalid bytes.
pub fn reply(reply: &Reply) -> Value {
    meter::tick(1);
    match reply {
        Reply::Status(bytes) | Reply::Bulk(bytes) | Reply::BigNumber(bytes) => text(bytes),
        Reply::Verbatim { text: bytes, .. } => text(bytes),
        Reply::Error(bytes) => json!({ "error": text(bytes) }),
        Reply::Int(value) => json!(value),
        Reply::Nil | Reply::NilArray => Value::Null,
        Reply::Bool(truth) => json!(truth),
        Reply::Double(digits) => digits
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())
            .map_or_else(|| json!(digits), |value| json!(value)),
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
            Value::Array(items.iter().map(self::reply).collect())
        }
        Reply::Attributed { reply, .. } => self::reply(reply),
        Reply::Map(pairs) => {
            let key = |key: &Reply| match key {
                Reply::Bulk(bytes) | Reply::Status(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                other => notation::print(other),
            };
            Value::Object(pairs.iter().map(|(name, value)| (key(name), self::reply(value))).collect())
        }
    }
}

/// Most characters of a key's value that are printed.
const LONGEST_VALUE: usize = 10_000;

/// The keys of a keyspace, each with its database.
pub fn keys(keys: &[(usize, Vec<u8>, State)]) -> Value {
    let rows = keys.iter().map(|(db, key, state)| {
        let value = notation::print_start(&state.value, LONGEST_VALUE);
        let mut row = json!({ "key": text(key), "type": state.kind, "value": value, "length": state.len });
        if let Some(quoted) = quoted(key) {
            row["quoted"] = quoted;
        }
        if *db != 0 {
            row["db"] = json!(db);
        }
        if let Some(at) = state.expires {
            row["expires"] = json!(at);
        }
        row
    });
    rows.collect()
}

/// The name of a level of `redis.log`.
pub fn level(level: u8) -> &'static str {
    match level {
        0 => "debug",
        1 => "verbose",
        2 => "notice",
        _ => "warning",
    }
}

/// The failure of a script. `place` is that of [`outcome`].
pub fn failure(failure: &Failure, place: &dyn Fn(u32) -> (u32, Option<String>)) -> Value {
    let at = |line: u32| {
        let (line, path) = place(line);
        let mut row = json!({ "line": line });
        if let Some(path) = path {
            row["path"] = json!(path);
        }
        row
    };
    let mut error = failure.line.map_or_else(|| json!({}), at);
    error["message"] = json!(failure.message);
    error["reason"] = json!(failure.reason());
    if !failure.callers.is_empty() {
        error["callers"] = failure.callers.iter().copied().map(at).collect();
    }
    if failure.stopped {
        error["stopped"] = json!(true);
    }
    error
}

/// An outcome. `place` says where a line of what ran is in the files: the line, and the path where it is not the script's.
pub fn outcome(outcome: &Outcome, place: &dyn Fn(u32) -> (u32, Option<String>)) -> Value {
    let mut out = Map::new();
    out.insert("reply".into(), json!(notation::print(&outcome.reply)));
    out.insert("resp".into(), reply(&outcome.reply));
    if let Some(failure) = &outcome.failure {
        out.insert("error".into(), self::failure(failure, place));
    }
    let commands = outcome.trace.iter().map(|traced| {
        let (line, path) = place(traced.line);
        let argv: Vec<Value> = traced.words.iter().map(|word| text(word)).collect();
        let mut row = json!({ "line": line, "argv": argv, "reply": notation::print(&traced.reply) });
        if let Some(path) = path {
            row["path"] = json!(path);
        }
        if traced.words.iter().any(|word| quoted(word).is_some()) {
            row["quoted"] = traced.words.iter().map(|word| json!(notation::quote_word(word))).collect();
        }
        row
    });
    out.insert("commands".into(), commands.collect());
    let state = |state: &Option<State>| match state {
        None => Value::Null,
        Some(state) => json!(notation::print(&state.value)),
    };
    let expires =
        |state: &Option<State>| state.as_ref().and_then(|state| state.expires).map_or(Value::Null, |at| json!(at));
    let changes = outcome.changes.iter().map(|change| {
        let kind = change.after.as_ref().or(change.before.as_ref()).map_or("none", |state| state.kind);
        let mut row = json!({
            "key": text(&change.key), "type": kind, "before": state(&change.before), "after": state(&change.after),
        });
        if let Some(quoted) = quoted(&change.key) {
            row["quoted"] = quoted;
        }
        if change.db != 0 {
            row["db"] = json!(change.db);
        }
        for (name, at) in [("expiresBefore", expires(&change.before)), ("expires", expires(&change.after))] {
            if !at.is_null() {
                row[name] = at;
            }
        }
        row
    });
    out.insert("changes".into(), changes.collect());
    let log = outcome.log.iter().map(|line| json!({ "level": level(line.level), "text": text(&line.text) }));
    out.insert("log".into(), log.collect());
    let published = outcome
        .published
        .iter()
        .map(|(channel, message)| json!({ "channel": text(channel), "message": text(message) }));
    out.insert("published".into(), published.collect());
    out.insert(
        "cost".into(),
        json!({
            "commands": outcome.cost.commands,
            "instructions": outcome.cost.instructions,
            "memory": outcome.cost.memory,
            "microseconds": outcome.cost.micros,
        }),
    );
    Value::Object(out)
}

/// The verdicts on examples.
pub fn verdicts(verdicts: &[Verdict]) -> Value {
    verdicts
        .iter()
        .map(|verdict| {
            let mut row = json!({
                "line": verdict.example.line,
                "lastLine": verdict.example.last_line,
                "command": verdict.example.command,
                "passed": verdict.result == Result::Passed,
            });
            match &verdict.result {
                Result::Passed => {}
                Result::Differs { expected, got } => {
                    row["expected"] = json!(expected);
                    row["got"] = json!(got);
                }
                Result::Broken(why) => row["error"] = json!(why),
            }
            row
        })
        .collect()
}
