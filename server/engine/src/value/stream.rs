//! Streams with their consumer groups.

use std::collections::{BTreeMap, BTreeSet};

use protocol::number::parse_int;

use super::{Bytes, listpack};
use crate::config::Config;

/// The id of an entry: milliseconds and a sequence number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Id {
    /// Milliseconds since 1970, by custom.
    pub ms: u64,
    /// Tells entries of the same millisecond apart.
    pub seq: u64,
}

impl Id {
    /// The least id.
    pub const MIN: Self = Self { ms: 0, seq: 0 };
    /// The greatest id.
    pub const MAX: Self = Self { ms: u64::MAX, seq: u64::MAX };

    /// The next id, unless this is the greatest.
    pub fn next(self) -> Option<Self> {
        match (self.ms, self.seq) {
            (u64::MAX, u64::MAX) => None,
            (ms, u64::MAX) => Some(Self { ms: ms + 1, seq: 0 }),
            (ms, seq) => Some(Self { ms, seq: seq + 1 }),
        }
    }

    /// The id before, unless this is the least.
    pub fn previous(self) -> Option<Self> {
        match (self.ms, self.seq) {
            (0, 0) => None,
            (ms, 0) => Some(Self { ms: ms - 1, seq: u64::MAX }),
            (ms, seq) => Some(Self { ms, seq: seq - 1 }),
        }
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Fields with their values.
    pub fields: Vec<(Bytes, Bytes)>,
    node: u64,
}

/// The servers keep entries in nodes and trim by whole nodes where they are not asked to be exact.
#[derive(Clone, Debug)]
struct Node {
    live: usize,
    /// With those deleted.
    total: usize,
    bytes: usize,
    /// The fields of the first entry; entries with the same do not repeat them.
    fields: Vec<Bytes>,
}

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Debug)]
pub struct Pending {
    /// To whom.
    pub consumer: Bytes,
    /// When, in milliseconds since 1970.
    pub delivered: i64,
    /// How often.
    pub count: i64,
}

/// A consumer of a group.
#[derive(Clone, Default, Debug)]
pub struct Consumer {
    /// When it last asked for something, in milliseconds since 1970.
    pub seen: i64,
    /// When it last got something; −1 for never.
    pub active: i64,
    /// What it has not acknowledged.
    pub pending: BTreeSet<Id>,
}

/// A consumer group.
#[derive(Clone, Default, Debug)]
pub struct Group {
    /// The last entry delivered.
    pub last_id: Id,
    /// How many entries were read, if that is known.
    pub entries_read: Option<u64>,
    /// What nobody has acknowledged.
    pub pending: BTreeMap<Id, Pending>,
    /// The consumers by name.
    pub consumers: BTreeMap<Bytes, Consumer>,
}

impl Group {
    /// Forgets a pending entry; whether there was one.
    pub fn acknowledge(&mut self, id: Id) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// Notes that an entry was delivered to a consumer, taking it from whoever had it.
    pub fn deliver(&mut self, id: Id, consumer: &Bytes, delivered: i64, count: i64) {
        self.acknowledge(id);
        self.pending.insert(id, Pending { consumer: consumer.clone(), delivered, count });
        if let Some(consumer) = self.consumers.get_mut(consumer) {
            consumer.pending.insert(id);
        }
    }
}

/// How a stream is trimmed.
#[derive(Clone, Copy, Debug)]
pub enum Trim {
    /// To a number of entries.
    MaxLen(u64),
    /// To the entries from an id on.
    MinId(Id),
}

/// A stream.
#[derive(Clone, Default, Debug)]
pub struct Stream {
    entries: BTreeMap<Id, Entry>,
    nodes: BTreeMap<u64, Node>,
    /// The greatest id that was ever added.
    pub last_id: Id,
    /// The greatest id that was deleted.
    pub max_deleted: Id,
    /// How many entries were ever added.
    pub added: u64,
    /// The groups by name.
    pub groups: BTreeMap<Bytes, Group>,
}

impl Stream {
    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many nodes the server would keep the entries in.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The first id, zero if there is none.
    pub fn first_id(&self) -> Id {
        self.entries.keys().next().copied().unwrap_or_default()
    }

    /// An entry.
    pub fn get(&self, id: Id) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// The entries from one id to another, both included.
    pub fn range(&self, from: Id, to: Id) -> impl DoubleEndedIterator<Item = (Id, &Entry)> {
        let bounds = if from <= to { from..=to } else { Id::MAX..=Id::MAX };
        self.entries.range(bounds).map(|(id, entry)| (*id, entry)).filter(move |_| from <= to)
    }

    /// Adds an entry; its id must be greater than the last.
    pub fn push(&mut self, id: Id, fields: Vec<(Bytes, Bytes)>, config: &Config) {
        let lengths: usize = fields.iter().map(|(field, value)| field.len() + value.len()).sum();
        let max_bytes = if config.stream_bytes > 0 { config.stream_bytes as usize } else { 1 << 30 };
        let last = self.nodes.last_entry().filter(|node| {
            let node = node.get();
            node.bytes + lengths < max_bytes
                && (config.stream_entries <= 0 || (node.total as i64) < config.stream_entries)
        });
        let number = match last {
            Some(node) => *node.key(),
            None => {
                let number = self.nodes.last_key_value().map_or(0, |(number, _)| number + 1);
                let names: Vec<Bytes> = fields.iter().map(|(field, _)| field.clone()).collect();
                let bytes = listpack::EMPTY + 8 + names.iter().map(|name| listpack::entry(name)).sum::<usize>();
                self.nodes.insert(number, Node { live: 0, total: 0, bytes, fields: names });
                number
            }
        };
        if let Some(node) = self.nodes.get_mut(&number) {
            let same = node.fields.len() == fields.len() && node.fields.iter().zip(&fields).all(|(a, (b, _))| a == b);
            node.live += 1;
            node.total += 1;
            node.bytes += 8 + fields
                .iter()
                .map(|(field, value)| listpack::entry(value) + if same { 0 } else { listpack::entry(field) })
                .sum::<usize>();
        }
        self.entries.insert(id, Entry { fields, node: number });
        self.last_id = id;
        self.added += 1;
    }

    /// Deletes an entry; whether it was there.
    pub fn delete(&mut self, id: Id) -> bool {
        let Some(entry) = self.entries.remove(&id) else { return false };
        if let Some(node) = self.nodes.get_mut(&entry.node) {
            node.live -= 1;
            if node.live == 0 {
                self.nodes.remove(&entry.node);
            }
        }
        true
    }

    /// Removes entries from the beginning, whole nodes only where `approximate`, at most `limit` of them (0 for any
    /// number); how many.
    pub fn trim(&mut self, trim: Trim, approximate: bool, limit: u64) -> u64 {
        let mut deleted = 0;
        while let Some((&number, node)) = self.nodes.first_key_value() {
            let (len, live) = (self.entries.len() as u64, node.live as u64);
            let last_of_node = self.entries.iter().take(node.live).next_back().map_or(Id::MIN, |(id, _)| *id);
            let whole = match trim {
                Trim::MaxLen(max) => len.saturating_sub(live) >= max && len > max,
                Trim::MinId(id) => last_of_node < id,
            };
            if limit > 0 && deleted + live > limit {
                break;
            }
            if !whole {
                break;
            }
            let ids: Vec<Id> = self.entries.keys().take(node.live).copied().collect();
            for id in ids {
                self.entries.remove(&id);
                deleted += 1;
            }
            self.nodes.remove(&number);
        }
        if !approximate {
            while let Some(id) = self.entries.keys().next().copied() {
                let goes = match trim {
                    Trim::MaxLen(max) => self.entries.len() as u64 > max,
                    Trim::MinId(min) => id < min,
                };
                if !goes || (limit > 0 && deleted >= limit) {
                    break;
                }
                self.delete(id);
                deleted += 1;
            }
        }
        deleted
    }

    /// Puts an entry back as it was; for `RESTORE`.
    pub fn restore(&mut self, id: Id, fields: Vec<(Bytes, Bytes)>, config: &Config) {
        let (last_id, added) = (self.last_id, self.added);
        self.push(id, fields, config);
        self.last_id = last_id;
        self.added = added;
    }
}

/// Reads an id: `5-3`, or `5` with the sequence number that is given for it.
pub fn parse_id(text: &[u8], missing: u64) -> Option<Id> {
    let number = |text: &[u8]| match text {
        [b'0'..=b'9', ..] => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => parse_int(text).and_then(|value| u64::try_from(value).ok()),
    };
    match text.iter().position(|byte| *byte == b'-') {
        Some(dash) => Some(Id { ms: number(&text[..dash])?, seq: number(&text[dash + 1..])? }),
        None => Some(Id { ms: number(text)?, seq: missing }),
    }
}
