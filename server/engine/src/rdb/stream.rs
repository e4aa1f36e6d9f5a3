//! Streams as payloads: entries in listpacks, and the consumer groups.

use commands::{Family, Target, Version};
use protocol::number::{parse_int, to_usize};

use super::{Reader, Writer, kind, packed, packed::Listpack};
use crate::{
    config::Config,
    value::{
        Bytes, Stream,
        idempotency::Idempotency,
        stream::{Consumer, Entry, Group, Id},
    },
};

/// Flags of an entry: it was deleted; it has the fields of the first one.
const DELETED: i64 = 1;
const SAME: i64 = 2;

fn id_bytes(id: Id) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&id.ms.to_be_bytes());
    bytes[8..].copy_from_slice(&id.seq.to_be_bytes());
    bytes
}

fn read_id(bytes: &[u8]) -> Option<Id> {
    let (ms, seq) = bytes.split_first_chunk::<8>()?;
    Some(Id { ms: u64::from_be_bytes(*ms), seq: u64::from_be_bytes(seq.try_into().ok()?) })
}

/// One listpack: the count of entries, their common fields, then each entry counted from the first's id.
fn node(entries: &[(Id, &Entry)]) -> Vec<u8> {
    let mut pack = Listpack::new();
    let Some((master, first)) = entries.first() else { return pack.into_bytes() };
    pack.push_int(entries.len() as i64);
    pack.push_int(0);
    pack.push_int(first.fields.len() as i64);
    first.fields.iter().for_each(|(field, _)| pack.push(field));
    pack.push_int(0);
    for (id, entry) in entries {
        let same =
            entry.fields.len() == first.fields.len() && entry.fields.iter().zip(&first.fields).all(|(a, b)| a.0 == b.0);
        pack.push_int(if same { SAME } else { 0 });
        pack.push_int(id.ms.wrapping_sub(master.ms) as i64);
        pack.push_int(id.seq.wrapping_sub(master.seq) as i64);
        if !same {
            pack.push_int(entry.fields.len() as i64);
        }
        for (field, value) in &entry.fields {
            if !same {
                pack.push(field);
            }
            pack.push(value);
        }
        let count = entry.fields.len() as i64;
        pack.push_int(if same { count + 3 } else { count * 2 + 4 });
    }
    pack.into_bytes()
}

pub(super) fn write(out: &mut Writer, stream: &Stream, target: Target, config: &Config) {
    let at_least = |major, minor| target.family == Family::Valkey || target.version >= Version::new(major, minor);
    let has_idempotency = target.redis_since(8, 6);
    out.byte(match (at_least(7, 2), at_least(7, 0)) {
        _ if has_idempotency => kind::STREAM_4,
        (true, _) => kind::STREAM_3,
        (_, true) => kind::STREAM_2,
        _ => kind::STREAM,
    });
    let mut nodes: Vec<Vec<(Id, &Entry)>> = Vec::new();
    let mut bytes = 0;
    for (id, entry) in stream.range(Id::MIN, Id::MAX) {
        let size: usize = entry.fields.iter().map(|(field, value)| field.len() + value.len()).sum();
        let full = nodes.last().is_none_or(|node| {
            (config.stream_entries > 0 && node.len() as i64 >= config.stream_entries)
                || (config.stream_bytes > 0 && bytes + size >= to_usize(config.stream_bytes))
        });
        if full {
            nodes.push(Vec::new());
            bytes = 0;
        }
        bytes += size + 12;
        if let Some(node) = nodes.last_mut() {
            node.push((id, entry));
        }
    }
    out.len(nodes.len() as u64);
    for entries in &nodes {
        if let Some((id, _)) = entries.first() {
            out.string(&id_bytes(*id));
        }
        out.string(&node(entries));
    }
    let id = |out: &mut Writer, id: Id| {
        out.len(id.ms);
        out.len(id.seq);
    };
    out.len(stream.len() as u64);
    id(out, stream.last_id);
    if at_least(7, 0) {
        id(out, stream.first_id());
        id(out, stream.max_deleted);
        out.len(stream.added);
    }
    out.len(stream.groups.len() as u64);
    for (name, group) in &stream.groups {
        out.string(name);
        id(out, group.last_id);
        if at_least(7, 0) {
            // Not known is −1, which as a length takes all bits.
            out.len(group.entries_read.unwrap_or(u64::MAX));
        }
        out.len(group.pending.len() as u64);
        for (id, pending) in &group.pending {
            out.raw(&id_bytes(*id));
            out.millis(pending.delivered);
            out.len(pending.count as u64);
        }
        out.len(group.consumers.len() as u64);
        for (name, consumer) in &group.consumers {
            out.string(name);
            out.millis(consumer.seen);
            if at_least(7, 2) {
                out.millis(consumer.active);
            }
            out.len(consumer.pending.len() as u64);
            consumer.pending.iter().for_each(|id| out.raw(&id_bytes(*id)));
        }
    }
    if has_idempotency {
        let it = &stream.idempotency;
        out.len(it.duration as u64);
        out.len(it.max_size as u64);
        out.len(it.producers.len() as u64);
        for (producer, records) in &it.producers {
            out.string(producer);
            out.len(records.len() as u64);
            for record in records {
                out.string(&record.iid);
                id(out, record.id);
            }
        }
        out.len(it.added);
        out.len(it.duplicates);
    }
}

fn read_idempotency(reader: &mut Reader<'_>) -> Option<Idempotency> {
    let (duration, max_size) = (i64::try_from(reader.len()?).ok()?, i64::try_from(reader.len()?).ok()?);
    if !(1..=86_400).contains(&duration) || !(1..=10_000).contains(&max_size) {
        return None;
    }
    let mut it = Idempotency { duration, max_size, ..Idempotency::default() };
    for _ in 0..reader.len()? {
        let producer = reader.string()?;
        for _ in 0..reader.len()? {
            let iid = reader.string()?;
            let id = Id { ms: reader.len()?, seq: reader.len()? };
            it.record(&producer, &iid, id, i64::try_from(id.ms).unwrap_or(i64::MAX));
        }
    }
    it.added = reader.len()?;
    it.duplicates = reader.len()?;
    Some(it)
}

/// Adds the entries of a listpack to a stream.
fn read_node(stream: &mut Stream, master: Id, bytes: &[u8], config: &Config) -> Option<()> {
    let entries = packed::read_listpack(bytes)?;
    let mut entries = entries.into_iter();
    let int = |entries: &mut std::vec::IntoIter<Vec<u8>>| parse_int(&entries.next()?);
    let mut left = int(&mut entries)?.checked_add(int(&mut entries)?)?;
    let fields = usize::try_from(int(&mut entries)?).ok()?;
    let names: Vec<Bytes> = entries.by_ref().take(fields).map(Into::into).collect();
    if names.len() != fields || int(&mut entries)? != 0 {
        return None;
    }
    while left > 0 {
        let flags = int(&mut entries)?;
        let ms = master.ms.wrapping_add(int(&mut entries)? as u64);
        let seq = master.seq.wrapping_add(int(&mut entries)? as u64);
        let mut pairs: Vec<(Bytes, Bytes)> = Vec::new();
        if flags & SAME != 0 {
            for name in &names {
                pairs.push((name.clone(), entries.next()?.into()));
            }
        } else {
            for _ in 0..int(&mut entries)? {
                pairs.push((entries.next()?.into(), entries.next()?.into()));
            }
        }
        int(&mut entries)?;
        if flags & DELETED == 0 {
            stream.restore(Id { ms, seq }, pairs, config);
        }
        left -= 1;
    }
    entries.next().is_none().then_some(())
}

/// Number of entries a group has read, which servers before 7.0 did not count.
fn estimate_read(stream: &Stream, last: Id) -> Option<u64> {
    let len = stream.len() as u64;
    if stream.added == 0 {
        return Some(0);
    }
    if (len == 0 && last <= stream.last_id) || last == stream.last_id {
        return Some(stream.added);
    }
    match last.cmp(&stream.first_id()) {
        std::cmp::Ordering::Less => Some(stream.added - len),
        std::cmp::Ordering::Equal => Some(stream.added - len + 1),
        std::cmp::Ordering::Greater => None,
    }
}

pub(super) fn read(reader: &mut Reader<'_>, kind: u8, config: &Config) -> Option<Stream> {
    let mut stream = Stream::default();
    for _ in 0..reader.len()? {
        let master = read_id(&reader.string()?)?;
        read_node(&mut stream, master, &reader.string()?, config)?;
    }
    let id = |reader: &mut Reader<'_>| Some(Id { ms: reader.len()?, seq: reader.len()? });
    let len = reader.len()?;
    stream.last_id = id(reader)?;
    if kind == kind::STREAM {
        stream.added = len;
    } else {
        id(reader)?;
        stream.max_deleted = id(reader)?;
        stream.added = reader.len()?;
    }
    if len != stream.len() as u64 {
        return None;
    }
    for _ in 0..reader.len()? {
        let name: Bytes = reader.string()?.into();
        let mut group = Group { last_id: id(reader)?, ..Group::default() };
        group.entries_read = match kind {
            kind::STREAM => estimate_read(&stream, group.last_id),
            _ => Some(reader.len()?).filter(|read| *read != u64::MAX),
        };
        let mut owners = std::collections::BTreeMap::new();
        for _ in 0..reader.len()? {
            let id = read_id(reader.raw(16)?)?;
            owners.insert(id, (reader.millis()?, reader.len()? as i64));
        }
        for _ in 0..reader.len()? {
            let name: Bytes = reader.string()?.into();
            let seen = reader.millis()?;
            let active = if matches!(kind, kind::STREAM_3 | kind::STREAM_4) { reader.millis()? } else { seen };
            group.consumers.insert(name.clone(), Consumer { seen, active, ..Consumer::default() });
            for _ in 0..reader.len()? {
                let id = read_id(reader.raw(16)?)?;
                let (delivered, count) = owners.remove(&id)?;
                group.deliver(id, &name, delivered, count);
            }
        }
        // Each pending entry must have been somebody's, and no group may come twice.
        if !owners.is_empty() || stream.groups.insert(name, group).is_some() {
            return None;
        }
    }
    if kind == kind::STREAM_4 {
        stream.idempotency = read_idempotency(reader)?;
    }
    Some(stream)
}
