//! `OBJECT`: properties of a key besides its value.

use protocol::Reply;

use super::help;
use crate::{
    call::{Answer, Call},
    keyspace::Entry,
    value::{Text, Value},
};

/// Integers below this are one object for all keys, where objects do not carry their key.
const SHARED: i64 = 10_000;

const HELP: &[(&str, &str)] = &[
    ("ENCODING <key>", "How the value is kept."),
    ("FREQ <key>", "How often the key is used, with an LFU policy."),
    ("IDLETIME <key>", "For how many seconds nobody has used the key."),
    ("REFCOUNT <key>", "How many hold the value."),
];

fn with(call: &mut Call<'_>, of: impl FnOnce(&Call<'_>, &Entry) -> Answer) -> Answer {
    match call.entry(call.word(2)).cloned() {
        None => Ok(Reply::Nil),
        Some(entry) => of(call, &entry),
    }
}

fn is_lfu(call: &Call<'_>) -> bool {
    call.engine.config.get("maxmemory-policy").is_some_and(|policy| policy.contains("lfu"))
}

pub(crate) fn encoding(call: &mut Call<'_>) -> Answer {
    with(call, |call, entry| {
        let name = match &*entry.value {
            Value::Text(Text::Bytes(bytes)) if call.valkey(8, 1) || call.redis(8, 2) => {
                let room = embedded_size(call.word(2).len(), entry.expires.is_some() && !call.redis(8, 6), bytes.len());
                // 9.1 uses the place of the pointer too, and allows two cache lines.
                let limit = if call.valkey(9, 1) { 128 + 8 } else { 64 };
                if room <= limit { "embstr" } else { "raw" }
            }
            value => value.encoding(&call.engine.config),
        };
        Ok(Reply::bulk(name))
    })
}

/// Size in bytes of an object that embeds its key, expiry and text (Valkey 8.1, Redis 8.2). Redis 8.6 keeps the expiry
/// elsewhere.
fn embedded_size(key: usize, expires: bool, text: usize) -> usize {
    let key_header = if key < 32 { 1 } else { 3 };
    let key = 1 + key_header + key + 1;
    16 + key + if expires { 8 } else { 0 } + 3 + text + 1
}

pub(crate) fn refcount(call: &mut Call<'_>) -> Answer {
    with(call, |call, entry| {
        // Since Redis 8.2 and Valkey 8.1 a value and its key are one object, which no other key can share.
        let shares = !call.redis(8, 2) && !call.valkey(8, 1);
        let shared = matches!(&*entry.value, Value::Text(Text::Int(0..SHARED)));
        Ok(Reply::Int(if shares && shared { i64::from(i32::MAX) } else { 1 }))
    })
}

pub(crate) fn idletime(call: &mut Call<'_>) -> Answer {
    with(call, |call, entry| {
        if is_lfu(call) {
            return Err("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when \
                        switching between policies at runtime LRU and LFU data will take some time to adjust."
                .into());
        }
        Ok(Reply::Int((call.now() - entry.used).max(0) / 1000))
    })
}

pub(crate) fn freq(call: &mut Call<'_>) -> Answer {
    with(call, |call, entry| {
        if !is_lfu(call) {
            return Err("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that \
                        when switching between policies at runtime LRU and LFU data will take some time to adjust."
                .into());
        }
        let lfu = call.engine.keyspace.lfu.as_ref();
        Ok(Reply::Int(lfu.map_or(entry.frequency, |lfu| lfu.frequency(entry, call.now())).into()))
    })
}

pub(crate) fn help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}
