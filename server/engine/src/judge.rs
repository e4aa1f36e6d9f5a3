//! Calls that are refused whatever is in the keyspace: tried on an empty one and with keys of the right type.

use std::cell::RefCell;

use commands::{CommandId, CommandSpec, Flags, Target, lookup, subcommand};
use protocol::Reply;
use rustc_hash::FxHashMap;

use crate::Engine;

/// Maximum number of judgements that a thread remembers for each target.
const MOST: usize = 16_384;
/// Counts and offsets from here on make some commands take long, or much memory.
const LARGE: i64 = 100_000;

/// A server that tries calls.
struct Judge {
    target: Target,
    engine: Engine,
    known: FxHashMap<Vec<Vec<u8>>, Option<String>>,
}

thread_local! {
    static JUDGES: RefCell<Vec<Judge>> = RefCell::default();
}

/// The error with which a server refuses a call in every keyspace, as far as two tell: an empty one, and one with a key of
/// the command's type at each of `keys`, places among the words. None for calls that are not tried: those that wait, or may
/// take much.
pub fn refusal(target: Target, words: &[Vec<u8>], keys: &[usize]) -> Option<String> {
    let spec = spec(words).filter(|spec| is_tried(spec, target, words))?;
    JUDGES.with_borrow_mut(|judges| {
        let at = judges.iter().position(|it| it.target == target).unwrap_or_else(|| {
            judges.push(Judge { target, engine: Engine::new(target), known: FxHashMap::default() });
            judges.len() - 1
        });
        let Judge { engine, known, .. } = &mut judges[at];
        if let Some(known) = known.get(words) {
            return known.clone();
        }
        let refused = tried(engine, words, &[], spec)
            .filter(|first| keys.is_empty() || tried(engine, words, keys, spec).as_ref() == Some(first));
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(words.to_vec(), refused.clone());
        refused
    })
}

fn spec(words: &[Vec<u8>]) -> Option<&'static CommandSpec> {
    let spec = lookup(words.first()?)?;
    match spec.subcommands.is_empty() {
        true => Some(spec),
        false => subcommand(spec, words.get(1)?),
    }
}

fn is_tried(spec: &CommandSpec, target: Target, words: &[Vec<u8>]) -> bool {
    use CommandId as Id;
    let flags = spec.flags(target);
    let waits = flags.has(Flags::BLOCKING) || flags.has(Flags::NOSCRIPT) || flags.has(Flags::ADMIN);
    // A payload is judged by its checksum.
    let other = matches!(spec.id, Id::Restore | Id::Migrate | Id::Wait | Id::Waitaof | Id::Object);
    let of_data = spec.data_type().is_some() || spec.group == "generic";
    let is_large = |word: &Vec<u8>| {
        let number = std::str::from_utf8(word).ok().and_then(|text| text.parse::<i64>().ok());
        number.is_some_and(|number| number.unsigned_abs() >= LARGE.unsigned_abs())
    };
    let may_grow = matches!(
        spec.id,
        Id::Setrange | Id::Setbit | Id::Bitfield | Id::Srandmember | Id::Zrandmember | Id::Hrandfield | Id::Vrandmember
    );
    let takes_much = may_grow && words.iter().any(is_large);
    of_data && !waits && !other && !takes_much
}

/// The error of a call with keys of the right type at `keys`, where it speaks of the call and not of what is missing.
fn tried(engine: &mut Engine, words: &[Vec<u8>], keys: &[usize], spec: &CommandSpec) -> Option<String> {
    let mut db = 0;
    engine.call(&[b"FLUSHALL".to_vec()], &mut db, false);
    for &key in keys {
        for call in fill(spec) {
            let call: Vec<Vec<u8>> =
                call.split(' ').map(|word| if word == "@" { words[key].clone() } else { word.into() }).collect();
            engine.call(&call, &mut db, false);
        }
    }
    let Reply::Error(text) = engine.call(words, &mut db, false) else { return None };
    let text = String::from_utf8_lossy(&text).into_owned();
    let of_data = ["no such key", "index out of range", "key to exist", "not found", "doesn't exist", "needs key"];
    (text.starts_with("ERR ") && !of_data.iter().any(|part| text.contains(part))).then_some(text)
}

/// The calls that make a key, `@`, of a command's type.
fn fill(spec: &CommandSpec) -> &'static [&'static str] {
    match spec.group {
        "geo" => &["GEOADD @ 13.3 38.1 a 15 37 b"],
        "hyperloglog" => &["PFADD @ a b"],
        "hash" => &["HSET @ f 5 a 1"],
        "list" => &["RPUSH @ a b 1"],
        "set" => &["SADD @ a b 1"],
        "sorted-set" => &["ZADD @ 1 a 2 b 3 c"],
        "stream" => &["XADD @ 1-1 a 1", "XGROUP CREATE @ g 0"],
        "vector_set" => &["VADD @ VALUES 2 1 1 a"],
        _ => &["SET @ 10"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(call: &str, keys: &[usize]) -> Option<String> {
        let words: Vec<Vec<u8>> = call.split(' ').map(Into::into).collect();
        refusal(Target::redis(7, 2), &words, keys)
    }

    #[test]
    fn what_no_data_helps() {
        let bit = Some("ERR bit is not an integer or out of range".to_owned());
        assert_eq!(refused("SETBIT k 5 2", &[1]), bit);
        assert_eq!(refused("SETBIT k 5 2", &[1]), bit);
        assert_eq!(refused("SET k v EX 0", &[1]).as_deref(), Some("ERR invalid expire time in 'set' command"));
        assert!(refused("ZRANGEBYLEX k a z", &[1]).is_some());
        for call in [
            "GET k",
            "SETBIT k 5 1",
            "LSET k 9 v",
            "SETRANGE k 500000000 x",
            "BLPOP k 0",
            "RESTORE k 0 x",
            "XGROUP SETID k g 0",
        ] {
            assert_eq!(refused(call, &[1]), None, "{call}");
        }
    }
}
