//! Streams with their consumer groups.

use std::collections::{BTreeMap, BTreeSet};

use protocol::number::to_usize;

pub use super::stream_id::{Id, parse_id, parse_partial_id};
use super::{Bytes, idempotency::Idempotency, listpack};
use crate::config::Config;

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Fields with their values.
    pub fields: Vec<(Bytes, Bytes)>,
    node: Id,
}

/// The servers keep entries in nodes and trim by whole nodes where they are not asked to be exact.
#[derive(Clone, Debug)]
struct Node {
    live: usize,
    deleted: usize,
    bytes: usize,
    /// The id of its last entry, even of one that was deleted.
    last: Id,
    /// The fields of the first entry; entries with the same do not repeat them.
    fields: Vec<Bytes>,
}

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The consumer that received it.
    pub consumer: Bytes,
    /// Time of the last delivery, in milliseconds since 1970.
    pub delivered: i64,
    /// Delivery count.
    pub count: i64,
}

/// A consumer of a group.
#[derive(Clone, Default, Debug)]
pub struct Consumer {
    /// Time of its last request, in milliseconds since 1970.
    pub seen: i64,
    /// Time of the last delivery to it, in milliseconds since 1970; −1 for never.
    pub active: i64,
    /// Entries that it has not acknowledged.
    pub pending: BTreeSet<Id>,
}

/// A consumer group.
#[derive(Clone, Default, Debug)]
pub struct Group {
    /// The last entry delivered.
    pub last_id: Id,
    /// Number of entries that were read, if that is known.
    pub entries_read: Option<u64>,
    /// Entries that nobody has acknowledged.
    pub pending: BTreeMap<Id, Pending>,
    /// The consumers by name.
    pub consumers: BTreeMap<Bytes, Consumer>,
}

impl Group {
    /// Removes a pending entry. Returns true if there was one.
    pub fn acknowledge(&mut self, id: Id) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// Notes that an entry was delivered to a consumer, taking it from its previous one.
    pub fn deliver(&mut self, id: Id, consumer: &Bytes, delivered: i64, count: i64) {
        self.acknowledge(id);
        self.pending.insert(id, Pending { consumer: consumer.clone(), delivered, count });
        if let Some(consumer) = self.consumers.get_mut(consumer) {
            consumer.pending.insert(id);
        }
    }
}

/// Target of a trim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trim {
    /// To a number of entries.
    MaxLen(u64),
    /// To the entries from an id on.
    MinId(Id),
}

/// Treatment of groups with a pending entry that is deleted (Redis 8.2).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum References {
    /// The entry stays pending.
    #[default]
    Keep,
    /// The entry is no longer pending.
    Delete,
    /// The entry is not deleted before all groups have acknowledged it.
    Acknowledged,
}

/// A stream.
#[derive(Clone, Default, Debug)]
pub struct Stream {
    entries: BTreeMap<Id, Entry>,
    nodes: BTreeMap<Id, Node>,
    /// The greatest id that was ever added.
    pub last_id: Id,
    /// The greatest id that was deleted.
    pub max_deleted: Id,
    /// Number of entries that were ever added.
    pub added: u64,
    /// The groups by name.
    pub groups: BTreeMap<Bytes, Group>,
    /// The idempotent IDs (Redis 8.6).
    pub idempotency: Idempotency,
}

impl Stream {
    /// An empty stream with the settings of a server.
    pub fn new(config: &Config) -> Self {
        let mut stream = Self::default();
        if let (Some(duration), Some(size)) = (config.int("stream-idmp-duration"), config.int("stream-idmp-maxsize")) {
            stream.idempotency.configure(duration, size);
        }
        stream
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of nodes the server would keep the entries in.
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
        self.entries.range(bounds).map(|(id, entry)| (*id, entry)).filter(move |_| {
            meter::tick(1);
            from <= to
        })
    }

    /// Number of nodes the radix tree has in which the server keeps them: the ids of their first entries are its keys.
    pub fn radix_nodes(&self) -> usize {
        let keys: Vec<[u8; 16]> =
            self.nodes.keys().map(|id| (u128::from(id.ms) << 64 | u128::from(id.seq)).to_be_bytes()).collect();
        if keys.is_empty() { 1 } else { radix_nodes(&keys, 0) }
    }

    /// The last entry's id, zero if there is none.
    pub fn top_id(&self) -> Id {
        self.entries.keys().next_back().copied().unwrap_or_default()
    }

    /// Adds an entry; its id must be greater than the last.
    pub fn push(&mut self, id: Id, fields: Vec<(Bytes, Bytes)>, config: &Config) {
        meter::tick(1 + fields.len());
        let lengths: usize = fields.iter().map(|(field, value)| field.len() + value.len()).sum();
        let max_bytes = match config.stream_bytes {
            bytes @ 1..=LARGEST_NODE => to_usize(bytes),
            _ => to_usize(LARGEST_NODE),
        };
        let last = self.nodes.last_entry().filter(|node| {
            let node = node.get();
            node.bytes + lengths < max_bytes
                && (config.stream_entries <= 0 || ((node.live + node.deleted) as i64) < config.stream_entries)
        });
        let master = match last {
            Some(node) => *node.key(),
            None => {
                let names: Vec<Bytes> = fields.iter().map(|(field, _)| field.clone()).collect();
                let bytes = listpack::EMPTY
                    + 3 * listpack::int(0)
                    + listpack::int(names.len() as i64)
                    + names.iter().map(|name| listpack::entry(name)).sum::<usize>();
                self.nodes.insert(id, Node { live: 0, deleted: 0, bytes, last: id, fields: names });
                id
            }
        };
        if let Some(node) = self.nodes.get_mut(&master) {
            let same = node.fields.len() == fields.len() && node.fields.iter().zip(&fields).all(|(a, (b, _))| a == b);
            let count = fields.len() as i64;
            node.bytes -= listpack::int(node.live as i64);
            node.live += 1;
            node.last = id;
            // Behind the values stands how many pieces the entry has.
            node.bytes += listpack::int(node.live as i64)
                + listpack::int(0)
                + listpack::int(id.ms.wrapping_sub(master.ms) as i64)
                + listpack::int(id.seq.wrapping_sub(master.seq) as i64)
                + if same { listpack::int(count + 3) } else { listpack::int(count) + listpack::int(2 * count + 4) };
            node.bytes += fields
                .iter()
                .map(|(field, value)| listpack::entry(value) + if same { 0 } else { listpack::entry(field) })
                .sum::<usize>();
        }
        self.entries.insert(id, Entry { fields, node: master });
        self.last_id = id;
        self.added += 1;
    }

    /// Deletes an entry. Returns true if it was there.
    pub fn delete(&mut self, id: Id) -> bool {
        let Some(entry) = self.entries.remove(&id) else { return false };
        if let Some(node) = self.nodes.get_mut(&entry.node) {
            node.bytes -= listpack::int(node.live as i64) + listpack::int(node.deleted as i64);
            node.live -= 1;
            node.deleted += 1;
            node.bytes += listpack::int(node.live as i64) + listpack::int(node.deleted as i64);
            if node.live == 0 {
                self.nodes.remove(&entry.node);
            }
        }
        true
    }

    /// True if a group has yet to read or to acknowledge an entry.
    pub fn is_referenced(&self, id: Id) -> bool {
        self.groups.values().any(|group| id > group.last_id || group.pending.contains_key(&id))
    }

    /// Makes an entry pending no more, in all groups.
    pub fn forget(&mut self, id: Id) {
        for group in self.groups.values_mut() {
            group.acknowledge(id);
        }
    }

    /// Removes entries from the beginning, whole nodes only where `approximate` and references are kept, at most `limit` of
    /// them (0 for any number). Returns how many were removed.
    pub fn trim(&mut self, trim: Trim, approximate: bool, limit: u64, references: References) -> u64 {
        let mut deleted = 0;
        let mut from = Id::MIN;
        while let Some((&master, node)) = self.nodes.range(from..).next() {
            meter::tick(1 + node.live);
            let (len, live, last) = (self.entries.len() as u64, node.live as u64, node.last);
            if matches!(trim, Trim::MaxLen(max) if len <= max) || (limit > 0 && deleted + live > limit) {
                break;
            }
            let whole = match trim {
                Trim::MaxLen(max) => len - live >= max,
                Trim::MinId(id) => last < id,
            };
            // Where it looks at each entry anyway Redis 8.4 trims exactly, but for the limit.
            if !whole && approximate && references == References::Keep {
                break;
            }
            let mut kept = false;
            let ids: Vec<Id> = self.entries.range(master..=last).map(|(id, _)| *id).collect();
            for id in ids {
                let done = match trim {
                    Trim::MaxLen(max) => self.entries.len() as u64 <= max,
                    Trim::MinId(min) => id >= min,
                };
                if done && !whole {
                    break;
                }
                if references == References::Acknowledged && self.is_referenced(id) {
                    kept = true;
                    continue;
                }
                if references == References::Delete {
                    self.forget(id);
                }
                if let Some(entry) = self.entries.remove(&id)
                    && let Some(node) = self.nodes.get_mut(&entry.node)
                {
                    node.live -= 1;
                    node.deleted += 1;
                }
                deleted += 1;
            }
            if whole && !kept {
                self.nodes.remove(&master);
            }
            if !whole {
                // The node stays, even with nothing left in it.
                break;
            }
            let Some(next) = last.next() else { break };
            from = next;
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

/// Nodes are never larger than this, in bytes.
const LARGEST_NODE: i64 = 1 << 30;

/// The nodes of a radix tree of sorted keys that are the same up to `depth`: one for what they share, one where they part,
/// and a leaf each.
fn radix_nodes(keys: &[[u8; 16]], depth: usize) -> usize {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return 0 };
    if first == last {
        return usize::from(depth < 16) + 1;
    }
    let shared = first.iter().zip(last).take_while(|(a, b)| a == b).count();
    let children: usize = keys.chunk_by(|a, b| a[shared] == b[shared]).map(|keys| radix_nodes(keys, shared + 1)).sum();
    usize::from(shared > depth) + 1 + children
}
