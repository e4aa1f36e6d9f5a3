//! What a server tells of scripts.

use std::collections::BTreeMap;

use protocol::Reply;
use remote::{Connection, Error, Product, Session, field};
use serde_json::{Value, json};

use super::entry::Entry;

/// Commands that run scripts, as `INFO commandstats` names them.
const COMMANDS: [&str; 6] = ["eval", "eval_ro", "evalsha", "evalsha_ro", "fcall", "fcall_ro"];

/// Answers of the masters of a server.
#[derive(Default)]
pub(super) struct Seen {
    /// Slow commands.
    pub slow: Vec<Entry>,
    /// Commands with large replies, in Valkey 8.1 and later.
    pub replies: Vec<Entry>,
    /// Calls of the commands that run scripts.
    pub commands: BTreeMap<String, Stat>,
    /// Scripts that run now.
    pub running: Vec<String>,
    /// Events with the milliseconds of the worst.
    pub latency: Vec<(String, i64)>,
}

/// Calls of a command since the server began.
#[derive(Clone, Copy, Default)]
pub(super) struct Stat {
    /// Number of calls.
    pub calls: u64,
    /// Microseconds of all.
    pub micros: u64,
}

impl Stat {
    /// Microseconds of a call on average.
    pub(super) const fn mean(self) -> u64 {
        match self.micros.checked_div(self.calls) {
            Some(mean) => mean,
            None => 0,
        }
    }
}

impl Seen {
    pub(super) fn commands_json(&self) -> Value {
        let row =
            |(name, it): (&String, &Stat)| (name.clone(), json!({ "calls": it.calls, "microseconds": it.micros }));
        Value::Object(self.commands.iter().map(row).collect())
    }

    pub(super) fn latency_json(&self) -> Value {
        self.latency.iter().map(|(event, worst)| json!({ "event": event, "worst": worst })).collect()
    }
}

/// Asks all masters. Only the log of slow commands must be readable: what else a user may not ask for is left out.
pub(super) fn read(session: &mut Session, entries: u32) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    let count = entries.to_string();
    for place in session.masters() {
        let connection = session.connection(&place)?;
        let reply = connection.call(&["SLOWLOG", "GET", &count])?;
        if let Reply::Error(text) = &reply {
            return Err(connection.refused(text, "SLOWLOG GET"));
        }
        seen.slow.extend(read_entries(&reply));
        let is_valkey = connection.identity().is_some_and(|it| it.product == Product::Valkey && it.since(8, 1));
        if is_valkey {
            seen.replies.extend(read_entries(&connection.call(&["COMMANDLOG", "GET", &count, "large-reply"])?));
        }
        stats(connection, &mut seen)?;
        running(connection, &mut seen)?;
        latency(connection, &mut seen)?;
    }
    seen.slow.sort_by_key(|it| it.at);
    Ok(seen)
}

fn read_entries(reply: &Reply) -> Vec<Entry> {
    match reply {
        Reply::Array(items) => items.iter().filter_map(Entry::read).collect(),
        _ => Vec::new(),
    }
}

/// Reads lines such as `cmdstat_eval:calls=12,usec=340,usec_per_call=28.33,…`.
fn stats(connection: &mut Connection, seen: &mut Seen) -> Result<(), Error> {
    let (Reply::Bulk(text) | Reply::Verbatim { text, .. }) = connection.call(&["INFO", "commandstats"])? else {
        return Ok(());
    };
    for line in String::from_utf8_lossy(&text).lines() {
        let Some((name, values)) = line.strip_prefix("cmdstat_").and_then(|it| it.split_once(':')) else { continue };
        if !COMMANDS.contains(&name) {
            continue;
        }
        let value = |key: &str| {
            let mut all = values.split(',').filter_map(|it| it.split_once('='));
            all.find(|(name, _)| *name == key).and_then(|(_, it)| it.trim().parse::<u64>().ok()).unwrap_or(0)
        };
        let stat = seen.commands.entry(name.to_ascii_uppercase()).or_default();
        stat.calls += value("calls");
        stat.micros += value("usec");
    }
    Ok(())
}

/// Reads `running_script` of FUNCTION STATS, from Redis 7.0 on.
fn running(connection: &mut Connection, seen: &mut Seen) -> Result<(), Error> {
    if !connection.identity().is_some_and(|it| it.since(7, 0)) {
        return Ok(());
    }
    let reply = connection.call(&["FUNCTION", "STATS"])?;
    let Some(script) = field(&reply, "running_script") else { return Ok(()) };
    let text = |name: &str| match field(script, name) {
        Some(Reply::Bulk(text) | Reply::Status(text)) => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    };
    let Some(Reply::Int(millis)) = field(script, "duration_ms") else { return Ok(()) };
    seen.running.push(format!("{} for {millis} ms", text("name")));
    Ok(())
}

fn latency(connection: &mut Connection, seen: &mut Seen) -> Result<(), Error> {
    let Reply::Array(items) = connection.call(&["LATENCY", "LATEST"])? else { return Ok(()) };
    for item in items {
        let Reply::Array(parts) = item else { continue };
        if let [Reply::Bulk(event), _, _, Reply::Int(worst), ..] = &parts[..] {
            seen.latency.push((String::from_utf8_lossy(event).into_owned(), *worst));
        }
    }
    Ok(())
}
