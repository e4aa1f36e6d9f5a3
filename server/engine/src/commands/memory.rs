//! `MEMORY`. What is told is about what a server would use: the engine keeps values otherwise.

use protocol::Reply;

use super::help;
use crate::{
    call::{Answer, Call},
    engine::Engine,
    keyspace::Entry,
    value::{Value, stream::Id},
};

const HELP: &[(&str, &str)] = &[
    ("DOCTOR", "Troubles with memory."),
    ("MALLOC-STATS", "What the allocator counts."),
    ("PURGE", "Gives back what is free."),
    ("STATS", "What is used for what."),
    ("USAGE <key> [SAMPLES <count>]", "About how many bytes a key takes."),
];

/// What an empty server takes, in bytes.
const EMPTY: u64 = 900_000;
/// What a key takes beside its name and value, and an element of a table beside itself, in bytes.
const KEY: u64 = 56;
const ELEMENT: u64 = 40;

fn of_value(value: &Value) -> u64 {
    let table = |count: usize, bytes: usize| bytes as u64 + count as u64 * ELEMENT;
    match value {
        Value::Text(text) => text.len() as u64,
        Value::List(list) => list.iter().map(|item| item.len() as u64 + 11).sum(),
        Value::Set(set) => table(set.len(), set.iter().map(|member| member.len()).sum()),
        Value::Hash(hash) => table(hash.len(), hash.iter().map(|(name, field)| name.len() + field.value.len()).sum()),
        Value::Zset(zset) => table(zset.len(), zset.iter().map(|(member, _)| member.len() + 8).sum()),
        Value::Stream(stream) => stream
            .range(Id::MIN, Id::MAX)
            .flat_map(|(_, entry)| &entry.fields)
            .map(|(field, value)| (field.len() + value.len()) as u64 + 4)
            .sum(),
    }
}

fn of_key(key: &[u8], entry: &Entry) -> u64 {
    KEY + key.len() as u64 + of_value(&entry.value)
}

/// About how many bytes a server with these keys would use. Values are not looked into: `INFO` is asked often.
pub(super) fn used(engine: &Engine) -> u64 {
    let keys: usize = (0..engine.keyspace.databases()).map(|db| engine.keyspace.len(db)).sum();
    EMPTY + keys as u64 * (KEY + 64)
}

pub(crate) fn usage(call: &mut Call<'_>) -> Answer {
    let mut at = 3;
    while at < call.count() {
        if !call.is(at, "SAMPLES") || at + 1 >= call.count() {
            return call.syntax();
        }
        if call.int(at + 1)? < 0 {
            return call.syntax();
        }
        at += 2;
    }
    let key = call.word(2);
    Ok(call.entry(key).map_or(Reply::Nil, |entry| Reply::Int(of_key(key, entry) as i64)))
}

pub(crate) fn stats(call: &mut Call<'_>) -> Answer {
    let used = used(call.engine) as i64;
    let keys: usize = (0..call.engine.keyspace.databases()).map(|db| call.engine.keyspace.len(db)).sum();
    let data = used - EMPTY as i64;
    let fields = [
        ("peak.allocated", used),
        ("total.allocated", used),
        ("startup.allocated", EMPTY as i64),
        ("replication.backlog", 0),
        ("clients.normal", 0),
        ("aof.buffer", 0),
        ("lua.caches", 0),
        ("overhead.total", EMPTY as i64),
        ("keys.count", keys as i64),
        ("keys.bytes-per-key", data / (keys as i64).max(1)),
        ("dataset.bytes", data),
    ];
    Ok(Reply::Map(fields.iter().map(|(name, value)| (Reply::bulk(name), Reply::Int(*value))).collect()))
}

pub(crate) fn doctor(_: &mut Call<'_>) -> Answer {
    let text = b"The engine keeps all keys in the memory of its process: there is nothing to find.\n".to_vec();
    Ok(Reply::Verbatim { format: *b"txt", text })
}

pub(crate) fn malloc_stats(_: &mut Call<'_>) -> Answer {
    Ok(Reply::bulk("Stats not supported for the current allocator"))
}

pub(crate) fn purge(_: &mut Call<'_>) -> Answer {
    Ok(Reply::ok())
}

pub(crate) fn help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}
