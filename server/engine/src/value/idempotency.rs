//! Idempotent IDs of a stream (Redis 8.6): which entry a producer added under which ID, so that it is not added twice.

use std::collections::{BTreeMap, VecDeque};

use sha1::{Digest as _, Sha1};

use super::{Bytes, stream_id::Id};

/// An ID of a producer.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// The idempotent ID.
    pub iid: Bytes,
    /// The entry.
    pub id: Id,
    /// Time when it was recorded, in milliseconds since 1970.
    pub recorded: i64,
}

/// The idempotent IDs of a stream.
#[derive(Clone, PartialEq, Debug)]
pub struct Idempotency {
    /// Time for which an ID is kept, in seconds.
    pub duration: i64,
    /// IDs kept of a producer.
    pub max_size: i64,
    /// The IDs by producer, the oldest first.
    pub producers: BTreeMap<Bytes, VecDeque<Record>>,
    /// IDs ever recorded.
    pub added: u64,
    /// Entries not added, as their ID was known.
    pub duplicates: u64,
}

impl Default for Idempotency {
    fn default() -> Self {
        Self { duration: 100, max_size: 100, producers: BTreeMap::new(), added: 0, duplicates: 0 }
    }
}

impl Idempotency {
    /// Forgets the IDs that are too old. Servers do so now and then, by the ID of the entry.
    pub fn expire(&mut self, now: i64) {
        let oldest = now.saturating_sub(self.duration.saturating_mul(1000));
        for records in self.producers.values_mut() {
            records.retain(|record| record.recorded >= oldest);
        }
        self.producers.retain(|_, records| !records.is_empty());
    }

    /// The entry that a producer added under an ID.
    pub fn find(&self, producer: &[u8], iid: &[u8]) -> Option<Id> {
        self.producers.get(producer)?.iter().find(|record| *record.iid == *iid).map(|record| record.id)
    }

    /// Records an ID, for which a producer that has too many loses its oldest.
    pub fn record(&mut self, producer: &[u8], iid: &[u8], id: Id, now: i64) {
        let records = self.producers.entry(producer.into()).or_default();
        records.push_back(Record { iid: iid.into(), id, recorded: now });
        while records.len() as i64 > self.max_size {
            records.pop_front();
        }
        self.added += 1;
    }

    /// Changes the limits, and forgets all IDs if one differs. Returns true if one did.
    pub fn configure(&mut self, duration: i64, max_size: i64) -> bool {
        let differs = (duration, max_size) != (self.duration, self.max_size);
        if differs {
            (self.duration, self.max_size) = (duration, max_size);
            self.producers.clear();
        }
        differs
    }

    /// IDs kept of all producers.
    pub fn len(&self) -> usize {
        self.producers.values().map(VecDeque::len).sum()
    }

    /// True if no ID is kept.
    pub fn is_empty(&self) -> bool {
        self.producers.is_empty()
    }
}

/// The ID that `IDMPAUTO` makes of the fields of an entry, in whatever order they are. Servers make another of 16 bytes.
pub fn iid_of(pairs: &[Vec<u8>]) -> [u8; 16] {
    let sum = pairs.chunks(2).fold(0u128, |sum, pair| {
        let mut hash = Sha1::new();
        for word in pair {
            hash.update((word.len() as u64).to_le_bytes());
            hash.update(word);
        }
        let digest: [u8; 20] = hash.finalize().into();
        let (half, _) = digest.split_first_chunk::<16>().map_or(([0; 16], &[][..]), |(half, rest)| (*half, rest));
        sum.wrapping_add(u128::from_le_bytes(half))
    });
    sum.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_ids_of_a_producer_go_first() {
        let mut it = Idempotency { max_size: 2, ..Idempotency::default() };
        for (n, iid) in [&b"a"[..], b"b", b"c"].iter().enumerate() {
            it.record(b"p", iid, Id { ms: n as u64, seq: 1 }, 0);
        }
        it.record(b"q", b"a", Id { ms: 9, seq: 9 }, 0);
        assert_eq!((it.find(b"p", b"a"), it.find(b"p", b"c")), (None, Some(Id { ms: 2, seq: 1 })));
        assert_eq!((it.len(), it.added), (3, 4));
        it.expire(100_000);
        assert_eq!(it.len(), 3);
        it.expire(100_001);
        assert!(it.is_empty());
    }

    #[test]
    fn fields_have_one_id_in_any_order() {
        let iid = |words: &[&str]| iid_of(&words.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
        assert_eq!(iid(&["a", "1", "b", "2"]), iid(&["b", "2", "a", "1"]));
        assert_ne!(iid(&["ab", "c"]), iid(&["a", "bc"]));
        assert_ne!(iid(&["x", "1"]), iid(&["x", "1", "x", "1"]));
    }
}
