//! Dictionaries in the order of insertion. A large one is copied cheaply: the copy shares all parts that neither of the two
//! has changed since. A run that may be rolled back has the value from before it at hand that way.

use std::{hash::BuildHasher as _, sync::Arc};

use hashbrown::HashTable;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::Bytes;

/// Number of entries from which a dictionary is kept in parts.
const LARGE: usize = 4096;

/// Entries of a part of the order; about as many are in a part of the index.
const PART: usize = 256;

/// A dictionary.
#[derive(Clone, Debug)]
pub struct Dict<V>(Form<V>);

#[derive(Clone, Debug)]
enum Form<V> {
    Whole(IndexMap<Bytes, V, FxBuildHasher>),
    Parts(Parts<V>),
}

/// A large dictionary.
#[derive(Clone, Debug)]
struct Parts<V> {
    len: usize,
    /// The entries in order; all parts but the last have [`PART`].
    order: Vec<Arc<Vec<(Bytes, V)>>>,
    /// The places of the keys, in tables by the upper bits of the keys' hashes. There is a power of two of them.
    index: Vec<Arc<HashTable<Place>>>,
}

/// Position of an entry, with the hash of its key.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: u32,
    hash: u64,
}

impl<V> Default for Dict<V> {
    fn default() -> Self {
        Self(Form::Whole(IndexMap::default()))
    }
}

impl<V: Clone> Dict<V> {
    /// Number of entries.
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Whole(map) => map.len(),
            Form::Parts(parts) => parts.len,
        }
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a key in the order.
    pub fn get_index_of(&self, key: &[u8]) -> Option<usize> {
        meter::tick(1);
        match &self.0 {
            Form::Whole(map) => map.get_index_of(key),
            Form::Parts(parts) => parts.find(key),
        }
    }

    /// True if a key is in it.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.get_index_of(key).is_some()
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        meter::tick(1);
        match &self.0 {
            Form::Whole(map) => map.get(key),
            Form::Parts(parts) => parts.entry(parts.find(key)?).map(|(_, value)| value),
        }
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        self.get_full_mut(key).map(|(_, _, value)| value)
    }

    /// The place of a key, the key as it is kept, and its value, to be changed.
    pub fn get_full_mut(&mut self, key: &[u8]) -> Option<(usize, &Bytes, &mut V)> {
        match &mut self.0 {
            Form::Whole(map) => map.get_full_mut(key),
            Form::Parts(parts) => {
                let at = parts.find(key)?;
                parts.entry_mut(at).map(|(key, value)| (at, &*key, value))
            }
        }
    }

    /// The entry at a place of the order.
    pub fn get_index(&self, at: usize) -> Option<(&Bytes, &V)> {
        match &self.0 {
            Form::Whole(map) => map.get_index(at),
            Form::Parts(parts) => parts.entry(at).map(|(key, value)| (key, value)),
        }
    }

    /// The value at a place of the order, to be changed.
    pub fn get_index_mut(&mut self, at: usize) -> Option<&mut V> {
        match &mut self.0 {
            Form::Whole(map) => map.get_index_mut(at).map(|(_, value)| value),
            Form::Parts(parts) => parts.entry_mut(at).map(|(_, value)| value),
        }
    }

    /// Sets the value of a key; the one that it had. A new key comes last.
    pub fn insert(&mut self, key: Bytes, value: V) -> Option<V> {
        meter::tick(1);
        if let Form::Whole(map) = &mut self.0
            && map.len() >= LARGE
        {
            self.0 = Form::Parts(Parts::new(std::mem::take(map)));
        }
        match &mut self.0 {
            Form::Whole(map) => map.insert(key, value),
            Form::Parts(parts) => match parts.find(&key) {
                Some(at) => parts.entry_mut(at).map(|(_, old)| std::mem::replace(old, value)),
                None => {
                    parts.push(key, value);
                    None
                }
            },
        }
    }

    /// Removes a key; the last one takes its place.
    pub fn swap_remove(&mut self, key: &[u8]) -> Option<V> {
        meter::tick(1);
        match &mut self.0 {
            Form::Whole(map) => map.swap_remove(key),
            Form::Parts(parts) => parts.swap_remove(key),
        }
    }

    /// Removes a key; those behind it move up.
    pub fn shift_remove(&mut self, key: &[u8]) -> Option<V> {
        self.whole(|map| map.shift_remove(key))
    }

    /// Moves the entry at a place to another, and those between by one.
    pub fn move_index(&mut self, from: usize, to: usize) {
        self.whole(|map| map.move_index(from, to));
    }

    /// Keeps the entries only that `keep` holds for.
    pub fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.whole(|map| map.retain(|_, value| keep(value)));
    }

    /// Runs a change that moves most entries anyway on the dictionary as a whole.
    fn whole<R>(&mut self, change: impl FnOnce(&mut IndexMap<Bytes, V, FxBuildHasher>) -> R) -> R {
        meter::tick(self.len());
        if let Form::Parts(parts) = &self.0 {
            meter::afford(parts.len.saturating_mul(size_of::<(Bytes, V)>() + 32));
            self.0 = Form::Whole(parts.order.iter().flat_map(|part| part.iter().cloned()).collect());
        }
        match &mut self.0 {
            Form::Whole(map) => change(map),
            // It was made whole above; an empty map does no harm.
            Form::Parts(_) => change(&mut IndexMap::default()),
        }
    }

    /// The entries in order.
    pub fn iter(&self) -> Iter<'_, V> {
        Iter { dict: self, range: 0..self.len() }
    }
}

impl<V: Clone> FromIterator<(Bytes, V)> for Dict<V> {
    fn from_iter<T: IntoIterator<Item = (Bytes, V)>>(entries: T) -> Self {
        let map: IndexMap<Bytes, V, FxBuildHasher> = entries.into_iter().inspect(|_| meter::tick(1)).collect();
        Self(if map.len() > LARGE { Form::Parts(Parts::new(map)) } else { Form::Whole(map) })
    }
}

/// The entries of a dictionary in order.
pub struct Iter<'a, V> {
    dict: &'a Dict<V>,
    range: std::ops::Range<usize>,
}

impl<'a, V: Clone> Iterator for Iter<'a, V> {
    type Item = (&'a Bytes, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        meter::tick(1);
        self.dict.get_index(self.range.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        self.dict.get_index(self.range.nth(n)?)
    }
}

impl<V: Clone> DoubleEndedIterator for Iter<'_, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        meter::tick(1);
        self.dict.get_index(self.range.next_back()?)
    }
}

impl<V: Clone> ExactSizeIterator for Iter<'_, V> {}

fn hash(key: &[u8]) -> u64 {
    FxBuildHasher.hash_one(key)
}

impl<V: Clone> Parts<V> {
    fn new(entries: impl IntoIterator<Item = (Bytes, V)>) -> Self {
        let mut parts = Self { len: 0, order: Vec::new(), index: vec![Arc::default()] };
        entries.into_iter().for_each(|(key, value)| parts.push(key, value));
        parts
    }

    fn entry(&self, at: usize) -> Option<&(Bytes, V)> {
        self.order.get(at / PART)?.get(at % PART)
    }

    fn entry_mut(&mut self, at: usize) -> Option<&mut (Bytes, V)> {
        Arc::make_mut(self.order.get_mut(at / PART)?).get_mut(at % PART)
    }

    /// The table that a hash belongs to. The tables go by its upper half, and inside of them by other bits.
    fn table(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.index.len() - 1)
    }

    fn find(&self, key: &[u8]) -> Option<usize> {
        let hash = hash(key);
        let is_it = |place: &Place| {
            place.hash == hash && self.entry(place.at as usize).is_some_and(|(other, _)| **other == *key)
        };
        self.index[self.table(hash)].find(spread(hash), is_it).map(|place| place.at as usize)
    }

    fn push(&mut self, key: Bytes, value: V) {
        if self.len >= self.index.len() * PART {
            self.split();
        }
        let hash = hash(&key);
        let table = self.table(hash);
        let place = Place { at: self.len as u32, hash };
        Arc::make_mut(&mut self.index[table]).insert_unique(spread(hash), place, |it| spread(it.hash));
        match self.order.last_mut().filter(|part| part.len() < PART) {
            Some(part) => Arc::make_mut(part).push((key, value)),
            None => {
                let mut part = Vec::with_capacity(PART);
                part.push((key, value));
                self.order.push(Arc::new(part));
            }
        }
        self.len += 1;
    }

    /// Makes twice as many tables.
    fn split(&mut self) {
        let old = std::mem::take(&mut self.index);
        self.index = (0..old.len() * 2).map(|_| Arc::default()).collect();
        for place in old.iter().flat_map(|table| table.iter()) {
            let table = self.table(place.hash);
            if let Some(table) = Arc::get_mut(&mut self.index[table]) {
                table.insert_unique(spread(place.hash), *place, |it| spread(it.hash));
            }
        }
    }

    fn swap_remove(&mut self, key: &[u8]) -> Option<V> {
        let at = self.find(key)?;
        self.forget(hash(key), at);
        let last = Arc::make_mut(self.order.last_mut()?);
        let moved = last.pop()?;
        if last.is_empty() {
            self.order.pop();
        }
        self.len -= 1;
        if at == self.len {
            return Some(moved.1);
        }
        let (hash, from) = (hash(&moved.0), self.len as u32);
        let table = self.table(hash);
        if let Some(place) = Arc::make_mut(&mut self.index[table]).find_mut(spread(hash), |place| place.at == from) {
            place.at = at as u32;
        }
        self.entry_mut(at).map(|entry| std::mem::replace(entry, moved).1)
    }

    fn forget(&mut self, hash: u64, at: usize) {
        let table = self.table(hash);
        let found = Arc::make_mut(&mut self.index[table]).find_entry(spread(hash), |place| place.at as usize == at);
        if let Ok(found) = found {
            found.remove();
        }
    }
}

/// The bits that a table looks at, which must not be those that all its keys share.
fn spread(hash: u64) -> u64 {
    hash.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_as_the_map_in_one_piece() {
        let (mut dict, mut map) = (Dict::default(), IndexMap::<Bytes, u64>::new());
        let mut seed = 88_172_645_463_325_252u64;
        let mut copies = Vec::new();
        for round in 0..60_000u64 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let key: Bytes = (seed % 20_000).to_string().into_bytes().into();
            if seed >> 32 & 3 == 0 {
                assert_eq!(dict.swap_remove(&key), map.swap_remove(&key));
            } else {
                assert_eq!(dict.insert(key.clone(), round), map.insert(key.clone(), round));
            }
            assert_eq!(dict.get(&key), map.get(&key));
            if round % 15_000 == 0 {
                copies.push((dict.clone(), map.clone()));
            }
        }
        copies.push((dict, map));
        for (dict, map) in copies {
            assert!(dict.iter().eq(map.iter()) && dict.len() == map.len());
            assert!(map.keys().enumerate().all(|(at, key)| dict.get_index_of(key) == Some(at)));
        }
    }

    #[test]
    fn empties_and_is_made_whole() {
        let keys = |range: std::ops::Range<u32>| range.map(|n| (Bytes::from(n.to_string().as_bytes()), n));
        let mut dict: Dict<u32> = keys(0..10_000).collect();
        dict.retain(|n| n % 2 == 0);
        assert_eq!((dict.len(), dict.get_index(1)), (5000, Some((&b"2"[..].into(), &2))));
        let mut dict: Dict<u32> = keys(0..10_000).collect();
        assert_eq!(dict.shift_remove(b"5"), Some(5));
        assert_eq!(dict.get_index_of(b"6"), Some(5));
        let mut dict: Dict<u32> = keys(0..10_000).collect();
        for (key, n) in keys(0..10_000) {
            assert_eq!(dict.swap_remove(&key), Some(n));
        }
        assert!(dict.is_empty() && dict.iter().next().is_none());
        assert_eq!(dict.insert(b"a"[..].into(), 1), None);
        assert_eq!(dict.iter().next(), Some((&b"a"[..].into(), &1)));
    }
}
