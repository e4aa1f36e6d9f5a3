//! The digests of keys and databases that `DEBUG` gives, which tests compare data with.

use protocol::number::{format_g, format_shortest};
use sha1::{Digest as _, Sha1};

use crate::{
    engine::Engine,
    keyspace::Entry,
    value::{Value, stream::Id},
};

/// A digest.
#[derive(Clone, Copy, Default)]
pub(super) struct Digest(pub(super) [u8; 20]);

impl Digest {
    /// Adds bytes whose order does not matter.
    fn add(&mut self, bytes: &[u8]) {
        for (own, other) in self.0.iter_mut().zip(Sha1::digest(bytes)) {
            *own ^= other;
        }
    }

    /// Adds bytes whose order matters.
    fn mix(&mut self, bytes: &[u8]) {
        self.add(bytes);
        self.0 = Sha1::digest(self.0).into();
    }

    /// The digest of parts in their order, as one element of many.
    fn of(parts: &[&[u8]]) -> Self {
        let mut it = Self::default();
        parts.iter().for_each(|part| it.mix(part));
        it
    }

    /// Adds a value; `shortest` is how scores are written since 7.2.
    fn add_entry(&mut self, entry: &Entry, shortest: bool) {
        let kind: u32 = match &*entry.value {
            Value::Text(_) => 0,
            Value::List(_) => 1,
            Value::Set(_) => 2,
            Value::Zset(_) => 3,
            Value::Hash(_) => 4,
            Value::VectorSet(_) => 5,
            Value::Stream(_) => 6,
        };
        self.mix(&kind.to_be_bytes());
        match &*entry.value {
            Value::Text(text) => text.with(|bytes| self.mix(bytes)),
            Value::List(list) => list.iter().for_each(|item| self.mix(item)),
            Value::Set(set) => set.iter().for_each(|member| self.add(&member)),
            Value::Zset(zset) => {
                for (member, score) in zset.iter() {
                    let digits = if shortest { format_shortest(score) } else { format_g(score, 17) };
                    self.add(&Self::of(&[member, digits.as_bytes()]).0);
                }
            }
            Value::Hash(hash) => {
                for (name, field) in hash.iter() {
                    let mut element = Self::of(&[name, &field.value]);
                    if field.expires.is_some() {
                        element.add(b"!!hexpire!!");
                    }
                    self.add(&element.0);
                }
            }
            Value::VectorSet(set) => {
                let (count, dimension) = (set.len().to_string(), set.dimension().to_string());
                let mut all = Self::default();
                all.add(&Self::of(&[count.as_bytes(), dimension.as_bytes()]).0);
                for (name, element) in set.iter() {
                    let vector = element.vector.to_bytes();
                    let parts = [&vector[..], name].into_iter().chain(element.attributes.as_deref());
                    all.add(&Self::of(&parts.collect::<Vec<_>>()).0);
                }
                self.add(&all.0);
            }
            Value::Stream(stream) => {
                for (id, item) in stream.range(Id::MIN, Id::MAX) {
                    self.mix(format!("{}.{}", id.ms, id.seq).as_bytes());
                    for (field, value) in &item.fields {
                        self.mix(field);
                        self.mix(value);
                    }
                }
            }
        }
        if entry.expires.is_some() {
            self.add(b"!!expire!!");
        }
    }

    /// The digest of a key's value; zeros for none.
    pub(super) fn of_value(entry: Option<&Entry>, engine: &Engine) -> Self {
        let mut it = Self::default();
        if let Some(entry) = entry {
            it.add_entry(entry, engine.since(7, 2));
        }
        it
    }

    /// The digest of all keys.
    pub(super) fn of_all(engine: &Engine) -> Self {
        let mut all = Self::default();
        for db in (0..engine.keyspace.databases()).filter(|db| engine.keyspace.len(*db) > 0) {
            all.mix(&(db as u32).to_be_bytes());
            for (key, entry) in engine.keyspace.keys(db) {
                let mut one = Self::of(&[key]);
                one.add_entry(entry, engine.since(7, 2));
                all.add(&one.0);
            }
        }
        all
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
