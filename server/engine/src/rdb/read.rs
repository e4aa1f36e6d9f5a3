//! Payloads as values, in every layout that the servers have written.

use commands::{Family, Target, Version};
use protocol::number::{parse_double, to_usize};

use super::{
    Reader, kind,
    packed::{read_ints, read_listpack, read_ziplist, read_zipmap},
    stream, vectors,
};
use crate::{
    config::Config,
    value::{Hash, List, Set, Text, Value, Zset},
};

/// The value, of a type that the server knows, if there is nothing behind it.
pub(super) fn value(reader: &mut Reader<'_>, target: Target, config: &Config) -> Option<Value> {
    let kind = reader.byte()?;
    if !is_known(kind, target) {
        return None;
    }
    let value = match kind {
        kind::STRING => Value::Text(Text::new(&reader.string()?)),
        kind::LIST | kind::LIST_ZIPLIST | kind::LIST_ZIPLISTS | kind::LIST_LISTPACKS => {
            Value::List(read_list(reader, kind, config)?)
        }
        kind::SET | kind::SET_INTS | kind::SET_LISTPACK => Value::Set(read_set(reader, kind, config)?),
        kind::ZSET | kind::ZSET_BINARY | kind::ZSET_ZIPLIST | kind::ZSET_LISTPACK => {
            Value::Zset(read_zset(reader, kind, config)?)
        }
        kind::HASH | kind::HASH_ZIPMAP | kind::HASH_ZIPLIST | kind::HASH_LISTPACK => {
            Value::Hash(read_hash(reader, kind, config)?)
        }
        kind::HASH_EXPIRING | kind::HASH_METADATA | kind::HASH_LISTPACK_EXPIRING => {
            Value::Hash(read_expiring(reader, kind, config)?)
        }
        kind::STREAM | kind::STREAM_2 | kind::STREAM_3 | kind::STREAM_4 => {
            Value::Stream(stream::read(reader, kind, config)?)
        }
        kind::MODULE => Value::VectorSet(vectors::read(reader)?),
        _ => return None,
    };
    // What follows the value is passed over, as the servers do.
    Some(value)
}

/// Returns true if the server's version reads the type.
fn is_known(kind: u8, target: Target) -> bool {
    let at_least = |major, minor| target.version >= Version::new(major, minor);
    let redis = target.family == Family::Redis;
    match kind {
        kind::HASH_LISTPACK..=kind::STREAM_2 => !redis || at_least(7, 0),
        kind::SET_LISTPACK | kind::STREAM_3 => !redis || at_least(7, 2),
        kind::HASH_EXPIRING => !redis && at_least(9, 0),
        kind::HASH_METADATA | kind::HASH_LISTPACK_EXPIRING => redis && at_least(7, 4),
        kind::MODULE => redis && at_least(8, 0),
        kind::STREAM_4 => redis && at_least(8, 6),
        _ => true,
    }
}

fn read_list(reader: &mut Reader<'_>, kind: u8, config: &Config) -> Option<List> {
    let mut list = List::default();
    let mut push = |item: Vec<u8>| {
        list.grow(1, item.len(), config);
        list.push(item.into(), false);
    };
    match kind {
        kind::LIST => {
            for _ in 0..reader.len()? {
                push(reader.string()?);
            }
        }
        kind::LIST_ZIPLIST => read_ziplist(&reader.string()?)?.into_iter().for_each(push),
        _ => {
            for _ in 0..reader.len()? {
                if kind == kind::LIST_ZIPLISTS {
                    read_ziplist(&reader.string()?)?.into_iter().for_each(&mut push);
                    continue;
                }
                match reader.len()? {
                    1 => push(reader.string()?),
                    2 => read_listpack(&reader.string()?)?.into_iter().for_each(&mut push),
                    _ => return None,
                }
            }
        }
    }
    Some(list)
}

fn read_set(reader: &mut Reader<'_>, kind: u8, config: &Config) -> Option<Set> {
    if kind == kind::SET_INTS {
        let ints = read_ints(&reader.string()?)?;
        if ints.len() <= to_usize(config.set_ints) {
            return Some(Set::Ints(ints));
        }
        return Some(Set::Table(
            ints.iter().map(|int| int.to_string().into_bytes().into()).map(|it| (it, ())).collect(),
        ));
    }
    let members = match kind {
        kind::SET_LISTPACK => read_listpack(&reader.string()?)?,
        _ => {
            let mut members = Vec::new();
            for _ in 0..reader.len()? {
                members.push(reader.string()?);
            }
            members
        }
    };
    let mut set = match (kind, members.first()) {
        (kind::SET_LISTPACK, _) => Set::Compact(crate::value::Dict::default()),
        (_, Some(first)) => Set::for_member(first, members.len(), config),
        _ => return None,
    };
    // A member that comes twice makes the payload no set.
    members.iter().all(|member| set.insert(member, config)).then_some(set)
}

fn read_zset(reader: &mut Reader<'_>, kind: u8, config: &Config) -> Option<Zset> {
    let mut zset = Zset::default();
    let mut add = |member: &[u8], score: f64| !score.is_nan() && zset.insert(member, score, config);
    match kind {
        kind::ZSET | kind::ZSET_BINARY => {
            for _ in 0..reader.len()? {
                let member = reader.string()?;
                let score = if kind == kind::ZSET_BINARY { reader.double()? } else { old_double(reader)? };
                if !add(&member, score) {
                    return None;
                }
            }
        }
        _ => {
            let bytes = reader.string()?;
            let entries = if kind == kind::ZSET_ZIPLIST { read_ziplist(&bytes)? } else { read_listpack(&bytes)? };
            if entries.len() % 2 == 1 {
                return None;
            }
            for pair in entries.chunks(2) {
                if !add(&pair[0], parse_double(&pair[1])?) {
                    return None;
                }
            }
        }
    }
    zset.make_compact_if_fits(config);
    Some(zset)
}

/// A floating-point number as text, as it was written until 3.2.
fn old_double(reader: &mut Reader<'_>) -> Option<f64> {
    match reader.byte()? {
        253 => None,
        254 => Some(f64::INFINITY),
        255 => Some(f64::NEG_INFINITY),
        len => parse_double(reader.raw(usize::from(len))?),
    }
}

fn read_hash(reader: &mut Reader<'_>, kind: u8, config: &Config) -> Option<Hash> {
    let mut hash = Hash::default();
    let entries = match kind {
        kind::HASH => {
            let mut entries = Vec::new();
            for _ in 0..reader.len()? {
                entries.push(reader.string()?);
                entries.push(reader.string()?);
            }
            entries
        }
        kind::HASH_ZIPMAP => read_zipmap(&reader.string()?)?,
        kind::HASH_ZIPLIST => read_ziplist(&reader.string()?)?,
        _ => read_listpack(&reader.string()?)?,
    };
    if entries.len() % 2 == 1 {
        return None;
    }
    for pair in entries.chunks(2) {
        if !hash.set(&pair[0], pair[1].as_slice().into(), config) {
            return None;
        }
    }
    Some(hash)
}

/// A hash with fields that expire.
fn read_expiring(reader: &mut Reader<'_>, kind: u8, config: &Config) -> Option<Hash> {
    let mut fields: Vec<(Vec<u8>, Vec<u8>, Option<i64>)> = Vec::new();
    match kind {
        kind::HASH_LISTPACK_EXPIRING => {
            reader.millis()?;
            let entries = read_listpack(&reader.string()?)?;
            if entries.len() % 3 != 0 {
                return None;
            }
            for entry in entries.chunks(3) {
                let at = protocol::number::parse_int(&entry[2]).filter(|at| *at >= 0)?;
                fields.push((entry[0].clone(), entry[1].clone(), Some(at).filter(|at| *at > 0)));
            }
        }
        kind::HASH_METADATA => {
            let next = reader.millis().filter(|next| *next >= 0)?;
            for _ in 0..reader.len()? {
                let behind = reader.len()?;
                let (name, value) = (reader.string()?, reader.string()?);
                let expires = match behind {
                    0 => None,
                    behind => Some(next.checked_add(i64::try_from(behind).ok()? - 1)?),
                };
                fields.push((name, value, expires));
            }
        }
        _ => {
            for _ in 0..reader.len()? {
                let (name, value) = (reader.string()?, reader.string()?);
                let at = reader.millis()?;
                fields.push((name, value, Some(at).filter(|at| *at >= 0)));
            }
        }
    }
    let mut hash = Hash::default();
    for (name, value, expires) in fields {
        if !hash.set(&name, value.as_slice().into(), config) {
            return None;
        }
        if expires.is_some() {
            hash.set_expiry(&name, expires);
        }
    }
    Some(hash)
}
