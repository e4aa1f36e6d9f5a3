//! Values as payloads, in the layout that each server's version gives them.

use commands::{Family, Target, Version};

use super::{
    Writer, kind,
    packed::{Listpack, Ziplist, write_ints},
    stream, vectors,
};
use crate::{
    config::Config,
    double::digits,
    value::{Bytes, Hash, List, Set, Text, Value, Zset},
};

/// A compact form: a listpack, or a ziplist before 7.0.
enum Packed {
    Listpack(Listpack),
    Ziplist(Ziplist),
}

impl Packed {
    fn new(config: &Config) -> Self {
        if config.has_listpacks { Self::Listpack(Listpack::new()) } else { Self::Ziplist(Ziplist::new()) }
    }

    fn push(&mut self, text: &[u8]) {
        match self {
            Self::Listpack(list) => list.push(text),
            Self::Ziplist(list) => list.push(text),
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Listpack(list) => list.into_bytes(),
            Self::Ziplist(list) => list.into_bytes(),
        }
    }

    /// Size in bytes that the server expects after adding a text of this length.
    fn size_with(&self, len: usize) -> usize {
        match self {
            Self::Listpack(list) => list.size() + len + 8,
            Self::Ziplist(list) => {
                let link = if len < 254 { 1 } else { 5 };
                let head = match len {
                    0..=63 => 1,
                    64..=16_383 => 2,
                    _ => 5,
                };
                list.size() + len + link + head
            }
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Listpack(list) => list.count(),
            Self::Ziplist(list) => list.count(),
        }
    }
}

/// Writes the type and the value.
pub(super) fn value(out: &mut Writer, value: &Value, target: Target, config: &Config) {
    match value {
        Value::Text(text) => write_text(out, text),
        Value::List(list) => write_list(out, list, target, config),
        Value::Set(set) => write_set(out, set),
        Value::Hash(hash) => write_hash(out, hash, target, config),
        Value::Zset(zset) => write_zset(out, zset, target, config),
        Value::Stream(it) => stream::write(out, it, target, config),
        Value::VectorSet(set) => {
            out.byte(kind::MODULE);
            vectors::write(out, set);
        }
    }
}

fn write_text(out: &mut Writer, text: &Text) {
    out.byte(kind::STRING);
    text.with(|bytes| out.string(bytes));
}

/// A list is a chain of compact pieces. They are filled here from the head on, as `RPUSH` does; the pieces of a list that was
/// built otherwise are visible only in the payload.
pub(super) fn pieces(list: &List, target: Target, config: &Config) -> Vec<(bool, Vec<u8>)> {
    let (limit, most) = config.list_limits();
    // What is longer than a piece stands alone, as it is: since 7.0 from a gigabyte on, since 7.4 and Valkey 8.0 from
    // the size of a piece on.
    let stands_alone = match target.family {
        Family::Redis => target.version >= Version::new(7, 4),
        Family::Valkey => target.version >= Version::new(8, 0),
    };
    let is_plain = |item: &[u8]| config.has_listpacks && stands_alone && item.len() > limit;
    let mut nodes: Vec<(bool, Vec<u8>)> = Vec::new();
    let mut open = Packed::new(config);
    for item in list.iter() {
        let plain = is_plain(item);
        let full = open.count() > 0 && (plain || open.size_with(item.len()) > limit || open.count() >= most);
        if full {
            nodes.push((false, std::mem::replace(&mut open, Packed::new(config)).into_bytes()));
        }
        if plain {
            nodes.push((true, meter::copy(item)));
        } else {
            open.push(item);
        }
    }
    if open.count() > 0 {
        nodes.push((false, open.into_bytes()));
    }
    nodes
}

fn write_list(out: &mut Writer, list: &List, target: Target, config: &Config) {
    let nodes = pieces(list, target, config);
    out.byte(if config.has_listpacks { kind::LIST_LISTPACKS } else { kind::LIST_ZIPLISTS });
    out.len(nodes.len() as u64);
    for (plain, bytes) in nodes {
        if config.has_listpacks {
            out.len(if plain { 1 } else { 2 });
        }
        out.string(&bytes);
    }
}

fn write_set(out: &mut Writer, set: &Set) {
    match set {
        Set::Ints(ints) => {
            out.byte(kind::SET_INTS);
            out.string(&write_ints(ints));
        }
        Set::Compact(members) => {
            out.byte(kind::SET_LISTPACK);
            let mut packed = Listpack::new();
            members.iter().for_each(|(member, ())| packed.push(member));
            out.string(&packed.into_bytes());
        }
        Set::Table(members) => {
            out.byte(kind::SET);
            out.len(members.len() as u64);
            members.iter().for_each(|(member, ())| out.string(member));
        }
    }
}

fn write_hash(out: &mut Writer, hash: &Hash, target: Target, config: &Config) {
    let next = hash.iter().filter_map(|(_, field)| field.expires).min();
    let valkey = target.family == Family::Valkey;
    if hash.is_compact() && hash.had_expiries() && !valkey {
        out.byte(kind::HASH_LISTPACK_EXPIRING);
        out.millis(next.unwrap_or(0));
        let mut packed = Listpack::new();
        for (name, field) in hash.iter() {
            packed.push(name);
            packed.push(&field.value);
            packed.push_int(field.expires.unwrap_or(0));
        }
        return out.string(&packed.into_bytes());
    }
    if hash.is_compact() && next.is_none() {
        out.byte(if config.has_listpacks { kind::HASH_LISTPACK } else { kind::HASH_ZIPLIST });
        let mut packed = Packed::new(config);
        for (name, field) in hash.iter() {
            packed.push(name);
            packed.push(&field.value);
        }
        return out.string(&packed.into_bytes());
    }
    match next {
        Some(next) if !valkey => {
            out.byte(kind::HASH_METADATA);
            out.millis(next);
        }
        Some(_) => out.byte(kind::HASH_EXPIRING),
        None => out.byte(kind::HASH),
    }
    out.len(hash.len() as u64);
    for (name, field) in hash.iter() {
        if let (Some(next), false) = (next, valkey) {
            // Counted from the earliest, so that most are short; zero is for none.
            out.len(field.expires.map_or(0, |at| (at - next) as u64 + 1));
        }
        out.string(name);
        out.string(&field.value);
        if next.is_some() && valkey {
            out.millis(field.expires.unwrap_or(-1));
        }
    }
}

fn write_zset(out: &mut Writer, zset: &Zset, target: Target, config: &Config) {
    if zset.is_compact() {
        let shortest = target.family == Family::Valkey || target.version >= Version::new(7, 2);
        out.byte(if config.has_listpacks { kind::ZSET_LISTPACK } else { kind::ZSET_ZIPLIST });
        let mut packed = Packed::new(config);
        for (member, score) in zset.iter() {
            packed.push(member);
            let int = score as i64;
            // Listpacks keep whole numbers as such, which ziplists only do where the digits are written out.
            let whole = config.has_listpacks && int as f64 == score && int.unsigned_abs() <= i64::MAX as u64 / 2;
            let text = if whole { int.to_string() } else { digits(score, shortest) };
            packed.push(text.as_bytes());
        }
        return out.string(&packed.into_bytes());
    }
    out.byte(kind::ZSET_BINARY);
    out.len(zset.len() as u64);
    // From the highest on, so that a reader always inserts at the beginning.
    let members: Vec<(&Bytes, f64)> = meter::collect(zset.iter().rev());
    for (member, score) in members {
        out.string(member);
        out.double(score);
    }
}
