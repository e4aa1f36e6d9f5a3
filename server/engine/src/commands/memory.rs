//! `MEMORY`. Sizes are about those of a server: the engine stores values otherwise.

use protocol::Reply;

use super::help;
use crate::{
    call::{Answer, Call},
    engine::Engine,
    size,
};

const HELP: &[(&str, &str)] = &[
    ("DOCTOR", "Troubles with memory."),
    ("MALLOC-STATS", "What the allocator counts."),
    ("PURGE", "Gives back what is free."),
    ("STATS", "What is used for what."),
    ("USAGE <key> [SAMPLES <count>]", "About how many bytes a key takes."),
];

/// Estimated memory in use, in bytes (`used_memory`).
pub(super) fn used(engine: &mut Engine) -> u64 {
    engine.used_memory()
}

pub(crate) fn usage(call: &mut Call<'_>) -> Answer {
    let (mut at, mut samples) = (3, size::SAMPLES);
    while at < call.count() {
        if !call.is(at, "SAMPLES") || at + 1 >= call.count() {
            return call.syntax();
        }
        let Ok(count) = usize::try_from(call.int(at + 1)?) else { return call.syntax() };
        // None means all.
        samples = if count == 0 { usize::MAX } else { count };
        at += 2;
    }
    let key = call.word(2);
    Ok(call.entry(key).map_or(Reply::Nil, |entry| Reply::Int(size::of_key(key, &entry.value, samples) as i64)))
}

pub(crate) fn stats(call: &mut Call<'_>) -> Answer {
    let used = used(call.engine) as i64;
    let keys: usize = (0..call.engine.keyspace.databases()).map(|db| call.engine.keyspace.len(db)).sum();
    let data = used - size::EMPTY as i64;
    let fields = [
        ("peak.allocated", call.engine.peak_memory as i64),
        ("total.allocated", used),
        ("startup.allocated", size::EMPTY as i64),
        ("replication.backlog", 0),
        ("clients.normal", 0),
        ("aof.buffer", 0),
        ("lua.caches", 0),
        ("overhead.total", size::EMPTY as i64),
        ("keys.count", keys as i64),
        ("keys.bytes-per-key", data / (keys as i64).max(1)),
        ("dataset.bytes", data),
    ];
    Ok(Reply::map(fields.iter().map(|(name, value)| (Reply::bulk(name), Reply::Int(*value)))))
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
