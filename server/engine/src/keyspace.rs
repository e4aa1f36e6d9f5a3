//! The databases, and the journal of what a run changed in them.

use std::{collections::BTreeMap, sync::Arc};

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::{
    size,
    value::{Bytes, Value},
};

/// A key's value with what belongs to the key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The value, shared with the journal while a run may be rolled back: the first change makes a copy.
    pub value: Arc<Value>,
    /// Expiry, in milliseconds since 1970.
    pub expires: Option<i64>,
    /// Time of the last use, in milliseconds since 1970.
    pub used: i64,
    /// The counter of how often it is used, which LFU policies go by.
    pub frequency: u8,
    /// True if its size must be estimated anew.
    resized: bool,
    /// Estimated size in bytes, as it is in [`Database::bytes`].
    size: u64,
}

/// Counter of a new key.
const NEW_FREQUENCY: u8 = 5;

impl Entry {
    /// A value that does not expire.
    pub fn new(value: Value, now: i64) -> Self {
        Self { value: Arc::new(value), expires: None, used: now, frequency: NEW_FREQUENCY, resized: false, size: 0 }
    }

    /// Returns true if the key has not expired at `now`, in milliseconds since 1970.
    pub(crate) fn is_live(&self, now: i64) -> bool {
        self.expires.is_none_or(|at| at > now)
    }
}

/// Number of times keys are used, as the policies of LFU count it: the higher the counter, the less probable is its next step.
#[derive(Clone, Copy, Debug)]
pub struct Lfu {
    /// Factor by which steps become less probable (`lfu-log-factor`).
    pub log_factor: i64,
    /// Minutes without use that take one off the counter (`lfu-decay-time`); 0 for never.
    pub decay_minutes: i64,
    random: u64,
}

impl Lfu {
    /// A way of counting.
    pub fn new(log_factor: i64, decay_minutes: i64) -> Self {
        Self { log_factor, decay_minutes, random: 0x2545_F491_4F6C_DD1D }
    }

    /// The counter of a key at `now`, in milliseconds since 1970. It falls as minutes of the clock end.
    pub fn frequency(&self, entry: &Entry, now: i64) -> u8 {
        let idle = (now / 60_000 - entry.used / 60_000).max(0);
        entry.frequency.saturating_sub(self.decay(idle))
    }

    /// Takes the time of a key's last use for a counter and the minute of its last fall, as servers do when the policy becomes one
    /// of LFU: both share 24 bits.
    fn adopt(entry: &mut Entry, now: i64) {
        let (clock, minute) = (entry.used / 1000, now / 60_000);
        let idle = (minute - (clock >> 8 & 0xffff)).rem_euclid(0x1_0000);
        entry.frequency = (clock & 0xff) as u8;
        entry.used = (minute - idle) * 60_000;
    }

    /// Loss of a counter in `minutes`.
    fn decay(&self, minutes: i64) -> u8 {
        minutes.checked_div(self.decay_minutes).map_or(0, |steps| u8::try_from(steps).unwrap_or(u8::MAX))
    }

    fn count(&mut self, entry: &mut Entry, now: i64) {
        entry.frequency = self.frequency(entry, now);
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let chance = (self.random >> 11) as f64 / (1u64 << 53) as f64;
        let base = f64::from(entry.frequency.saturating_sub(NEW_FREQUENCY));
        if chance * (base * self.log_factor as f64 + 1.0) < 1.0 {
            entry.frequency = entry.frequency.saturating_add(1);
        }
    }
}

/// A database.
#[derive(Clone, Default, Debug)]
pub struct Database {
    keys: IndexMap<Bytes, Entry, FxBuildHasher>,
    /// Number of keys that expire, to skip the search if there are none.
    expiring: usize,
    /// Hashes with fields that expire.
    expiring_fields: FxHashMap<Bytes, ()>,
    /// Estimated size in bytes of all keys but those in `resized`.
    bytes: u64,
    /// Keys whose size must be estimated anew; some may no longer exist.
    resized: Vec<Bytes>,
}

impl Database {
    /// Remembers that the size of the key at a place changes.
    fn resize(&mut self, at: usize) {
        if let Some((key, entry)) = self.keys.get_index_mut(at)
            && !std::mem::replace(&mut entry.resized, true)
        {
            self.resized.push(key.clone());
            // Keys that come and go must not pile up.
            if self.resized.len() > 2 * self.keys.len() + 1024 {
                self.settle_sizes();
            }
        }
    }

    /// Estimates the sizes that have changed.
    fn settle_sizes(&mut self) {
        for key in std::mem::take(&mut self.resized) {
            if let Some(entry) = self.keys.get_mut(&key)
                && std::mem::replace(&mut entry.resized, false)
            {
                let size = size::of_key(&key, &entry.value, size::SAMPLES);
                self.bytes = self.bytes - entry.size + size;
                entry.size = size;
            }
        }
    }
}

/// Entry of a key before a run, or `None` if there was no such key.
pub type Before = Option<Entry>;

/// All databases.
#[derive(Debug)]
pub struct Keyspace {
    databases: Vec<Database>,
    /// Journal, by the number of the database.
    journal: Option<BTreeMap<usize, FxHashMap<Bytes, Before>>>,
    watched: FxHashMap<(usize, Bytes), Watched>,
    /// True if all modified keys are collected for [`Self::take_modified`].
    pub broadcasts: bool,
    /// Modified keys, each with true if it had expired.
    modified: Vec<(Bytes, bool)>,
    /// A database was flushed since serve set this to false.
    pub flushed: bool,
    /// Counting of uses, if the policy is one of LFU.
    pub lfu: Option<Lfu>,
    /// True if reading leaves the time of a key's last use (`CLIENT NO-TOUCH`).
    pub no_touch: bool,
    /// Watched keys that were signalled since [`Self::take_changed`].
    changed: Vec<(usize, Bytes)>,
    /// Watched keys that may serve a blocked client since [`Self::take_ready`].
    ready: Vec<(usize, Bytes)>,
}

#[derive(Default, Debug)]
struct Watched {
    changes: u64,
    watchers: usize,
    /// True if the key is in `changed`.
    is_changed: bool,
    /// True if the key is in `ready`.
    is_ready: bool,
    /// True if the key had expired, but was not deleted yet, when it was watched last: its deletion is no change.
    expired: bool,
    /// True if `SWAPDB` put an expired key where none was: watching clients do not see it expire.
    stale: bool,
}

/// Default number of databases of a server.
pub const DATABASES: usize = 16;

impl Default for Keyspace {
    fn default() -> Self {
        Self {
            databases: (0..DATABASES).map(|_| Database::default()).collect(),
            journal: None,
            watched: FxHashMap::default(),
            broadcasts: false,
            modified: Vec::new(),
            flushed: false,
            no_touch: false,
            lfu: None,
            changed: Vec::new(),
            ready: Vec::new(),
        }
    }
}

impl Database {
    /// Ends the run unless there is room for one more key.
    fn make_room(&mut self) {
        meter::tick(1);
        if self.keys.len() == self.keys.capacity() {
            let more = self.keys.len().max(8);
            let bytes = more * (size_of::<(Bytes, Entry)>() + 32);
            meter::reserve(bytes, || self.keys.try_reserve(more).is_ok());
        }
    }
}

impl Keyspace {
    /// Number of databases.
    pub fn databases(&self) -> usize {
        self.databases.len()
    }

    /// The keys of a database.
    pub fn keys(&self, db: usize) -> impl ExactSizeIterator<Item = (&Bytes, &Entry)> {
        self.databases[db].keys.iter().inspect(|_| meter::tick(1))
    }

    /// Number of keys in a database, with those that have expired and were not looked at since.
    pub fn len(&self, db: usize) -> usize {
        self.databases[db].keys.len()
    }

    /// Number of keys of a database that expire.
    pub fn expiring(&self, db: usize) -> usize {
        self.databases[db].expiring
    }

    /// A key.
    pub fn get(&self, db: usize, key: &[u8]) -> Option<&Entry> {
        self.databases[db].keys.get(key)
    }

    /// The key at a place of the order.
    pub fn get_index(&self, db: usize, at: usize) -> Option<(&Bytes, &Entry)> {
        self.databases[db].keys.get_index(at)
    }

    /// A key that is to be changed.
    pub fn get_mut(&mut self, db: usize, key: &[u8]) -> Option<&mut Entry> {
        let at = self.databases[db].keys.get_index_of(key)?;
        self.get_mut_at(db, key, at)
    }

    /// A key that is to be changed, by its place in the order.
    pub(crate) fn get_mut_at(&mut self, db: usize, key: &[u8], at: usize) -> Option<&mut Entry> {
        self.journal(db, key);
        self.databases[db].resize(at);
        self.databases[db].keys.get_index_mut(at).map(|(_, entry)| entry)
    }

    /// Estimated size in bytes of all keys of all databases.
    pub fn bytes(&mut self) -> u64 {
        self.databases.iter_mut().for_each(Database::settle_sizes);
        self.databases.iter().map(|database| database.bytes).sum()
    }

    /// The place of a key in the order, and its entry.
    pub(crate) fn place(&self, db: usize, key: &[u8]) -> Option<(usize, &Entry)> {
        self.databases[db].keys.get_full(key).map(|(at, _, entry)| (at, entry))
    }

    /// Notes that the key at a place was used.
    pub(crate) fn touch_at(&mut self, db: usize, at: usize, now: i64) -> Option<&Entry> {
        let (_, entry) = self.databases[db].keys.get_index_mut(at)?;
        if !self.no_touch {
            if let Some(lfu) = &mut self.lfu {
                lfu.count(entry, now);
            }
            entry.used = now;
        }
        Some(entry)
    }

    /// Returns a key's entry to change its form only: no modification is reported.
    pub(crate) fn reshape(&mut self, db: usize, key: &[u8]) -> Option<&mut Entry> {
        self.databases[db].keys.get_mut(key)
    }

    /// Counts uses from now on, or no longer.
    pub fn set_lfu(&mut self, lfu: Option<Lfu>, now: i64) {
        if self.lfu.is_none() && lfu.is_some() {
            for entry in self.databases.iter_mut().flat_map(|database| database.keys.values_mut()) {
                Lfu::adopt(entry, now);
            }
        }
        self.lfu = lfu;
    }

    /// Notes that a key was used, also by a client that asked for `NO-TOUCH`.
    pub fn touch(&mut self, db: usize, key: &[u8], now: i64) {
        if let Some(entry) = self.databases[db].keys.get_mut(key) {
            if let Some(lfu) = &mut self.lfu {
                lfu.count(entry, now);
            }
            entry.used = now;
        }
    }

    /// Sets a key.
    pub fn insert(&mut self, db: usize, key: &[u8], mut entry: Entry) {
        self.databases[db].make_room();
        self.journal(db, key);
        (entry.size, entry.resized) = (0, false);
        let database = &mut self.databases[db];
        database.expiring += usize::from(entry.expires.is_some());
        if matches!(&*entry.value, Value::Hash(hash) if hash.had_expiries()) {
            database.expiring_fields.insert(key.into(), ());
        }
        let (at, old) = match database.keys.get_full_mut(key) {
            Some((at, _, old)) => {
                entry.frequency = old.frequency;
                if self.lfu.is_some() {
                    entry.used = old.used;
                }
                (at, Some(std::mem::replace(old, entry)))
            }
            None => database.keys.insert_full(key.into(), entry),
        };
        if let Some(old) = old {
            database.expiring -= usize::from(old.expires.is_some());
            database.bytes -= old.size;
        }
        database.resize(at);
        self.signal_ready(db, key);
    }

    /// Sets the expiry of a key.
    pub fn set_expiry(&mut self, db: usize, key: &[u8], expires: Option<i64>) {
        let Some(entry) = self.get_mut(db, key) else { return };
        let before = std::mem::replace(&mut entry.expires, expires).is_some();
        let database = &mut self.databases[db];
        database.expiring = database.expiring + usize::from(expires.is_some()) - usize::from(before);
    }

    /// Remembers that fields of a hash expire.
    pub fn has_expiring_fields(&mut self, db: usize, key: &[u8]) {
        self.databases[db].expiring_fields.insert(key.into(), ());
    }

    /// Removes a key.
    pub fn remove(&mut self, db: usize, key: &[u8]) -> Option<Entry> {
        if !self.databases[db].keys.contains_key(key) {
            return None;
        }
        self.journal(db, key);
        let database = &mut self.databases[db];
        let entry = database.keys.swap_remove(key)?;
        database.expiring -= usize::from(entry.expires.is_some());
        database.bytes -= entry.size;
        self.signal_ready(db, key);
        Some(entry)
    }

    /// The keys of a database whose time has come.
    pub(crate) fn expired(&self, db: usize, now: i64) -> Vec<Bytes> {
        let database = &self.databases[db];
        if database.expiring == 0 {
            return Vec::new();
        }
        let expired = database.keys.iter().filter(|(_, entry)| !entry.is_live(now));
        meter::collect(expired.map(|(key, _)| Arc::clone(key)))
    }

    /// The hashes of a database in which some field may expire.
    pub(crate) fn hashes_that_expire(&self, db: usize) -> Vec<Bytes> {
        self.databases[db].expiring_fields.keys().cloned().collect()
    }

    /// Removes the fields of a hash whose time has come; their names.
    pub(crate) fn expire_fields(&mut self, db: usize, key: &[u8], now: i64) -> Vec<Bytes> {
        if !self.databases[db].expiring_fields.contains_key(key) {
            return Vec::new();
        }
        let next = match self.get(db, key).map(|entry| &*entry.value) {
            Some(Value::Hash(hash)) => hash.next_expiry(),
            _ => None,
        };
        match next {
            None => {
                self.databases[db].expiring_fields.remove(key);
            }
            Some(next) if next <= now => {
                if let Some(entry) = self.get_mut(db, key)
                    && let Value::Hash(hash) = Value::make_mut(&mut entry.value)
                {
                    return hash.expire(now);
                }
            }
            Some(_) => {}
        }
        Vec::new()
    }

    /// Removes all keys of a database. Only keys that exist are signalled.
    pub fn flush(&mut self, db: usize) {
        let keys: Vec<Bytes> = meter::collect(self.databases[db].keys.keys().cloned());
        for key in &keys {
            self.journal(db, key);
        }
        let database = std::mem::take(&mut self.databases[db]);
        for key in self.watched_in(db) {
            if database.keys.contains_key(&key) {
                self.signal_expired(db, &key);
                self.signal_ready(db, &key);
            }
        }
        // That all is gone is told at once, instead of each key.
        self.modified.clear();
        self.flushed = true;
    }

    /// Exchanges two databases. Keys that exist in either are signalled; those that have expired at `now`, in milliseconds
    /// since 1970, do not.
    pub fn swap(&mut self, a: usize, b: usize, now: i64) {
        for db in [a, b] {
            let keys: Vec<Bytes> =
                meter::collect([a, b].iter().flat_map(|db| self.databases[*db].keys.keys().cloned()));
            for key in keys {
                self.journal(db, &key);
            }
        }
        self.databases.swap(a, b);
        for (db, other) in [(a, b), (b, a)] {
            for key in self.watched_in(db) {
                let has = |db: usize| self.databases[db].keys.get(&key).map(|entry| entry.is_live(now));
                match (has(other), has(db)) {
                    (None, None) => {}
                    (Some(true), _) | (_, Some(true)) => {
                        self.signal(db, &key);
                        self.signal_ready(db, &key);
                    }
                    (None, Some(false)) => self.set_stale(db, key),
                    (Some(false), None) => self.signal_expired(db, &key),
                    (Some(false), Some(false)) => self.set_expired(db, &key),
                }
            }
        }
    }

    /// Keeps what a key was before the first change of a run.
    fn journal(&mut self, db: usize, key: &[u8]) {
        if let Some(journal) = &mut self.journal {
            meter::tick(1);
            let journal = journal.entry(db).or_default();
            if journal.len() == journal.capacity() {
                let more = journal.len().max(8);
                let bytes = more * 2 * size_of::<(Bytes, Before)>();
                meter::reserve(bytes, || journal.try_reserve(more).is_ok());
            }
            if !journal.contains_key(key) {
                let before = self.databases[db].keys.get(key).cloned();
                journal.insert(key.into(), before);
            }
        }
    }

    /// Reports that a key was modified: aborts transactions that watch it and invalidates what clients cached of it.
    pub fn signal(&mut self, db: usize, key: &[u8]) {
        self.report(db, key, false);
    }

    /// Reports that an expired key was deleted, which is no change to clients that watched it afterwards.
    pub(crate) fn signal_expired(&mut self, db: usize, key: &[u8]) {
        self.report(db, key, true);
    }

    fn report(&mut self, db: usize, key: &[u8], expired: bool) {
        if self.broadcasts {
            self.modified.push((key.into(), expired));
        }
        if self.watched.is_empty() {
            return;
        }
        let at = (db, Bytes::from(key));
        if let Some(watched) = self.watched.get_mut(&at) {
            let was_expired = expired && std::mem::take(&mut watched.expired);
            watched.changes += u64::from(!was_expired);
            watched.stale = false;
            if !std::mem::replace(&mut watched.is_changed, true) {
                self.changed.push(at);
            }
        }
    }

    /// Reports that a key may have become what blocked clients wait for: it is new, has a new entry, or is gone.
    pub fn signal_ready(&mut self, db: usize, key: &[u8]) {
        if self.watched.is_empty() {
            return;
        }
        let at = (db, Bytes::from(key));
        if let Some(watched) = self.watched.get_mut(&at)
            && !std::mem::replace(&mut watched.is_ready, true)
        {
            self.ready.push(at);
        }
    }

    /// The watched keys of a database.
    fn watched_in(&self, db: usize) -> Vec<Bytes> {
        self.watched.keys().filter(|(in_db, _)| *in_db == db).map(|(_, key)| Arc::clone(key)).collect()
    }

    /// Starts to note the entries of keys before they are changed.
    pub fn begin(&mut self) {
        self.journal = Some(BTreeMap::new());
    }

    /// The keys that were changed since [`Self::begin`], in no order, with what they were.
    pub fn changes_in_run(&self) -> impl Iterator<Item = (usize, &Bytes, &Before)> {
        let databases = self.journal.iter().flatten();
        databases.flat_map(|(db, keys)| keys.iter().map(move |(key, before)| (*db, key, before)))
    }

    /// Ends the noting: the keys that were changed, sorted, with what they were.
    pub fn commit(&mut self) -> Vec<(usize, Bytes, Before)> {
        let databases = self.journal.take().into_iter().flatten();
        let mut changes: Vec<_> =
            databases.flat_map(|(db, keys)| keys.into_iter().map(move |(key, before)| (db, key, before))).collect();
        changes.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        changes
    }

    /// Makes all keys what they were at [`Self::begin`].
    pub fn rollback(&mut self) {
        let databases = self.journal.take().into_iter().flatten();
        for (db, key, before) in databases.flat_map(|(db, keys)| keys.into_iter().map(move |(key, it)| (db, key, it))) {
            match before {
                Some(entry) => self.insert(db, &key, entry),
                None => {
                    self.remove(db, &key);
                }
            }
        }
    }

    /// Notes that a watched key has expired already. Those who watched it before see that as a change.
    pub(crate) fn set_expired(&mut self, db: usize, key: &[u8]) {
        if let Some(watched) = self.watched.get_mut(&(db, Bytes::from(key)))
            && !std::mem::replace(&mut watched.expired, true)
        {
            watched.changes += 1;
        }
    }

    /// Notes that `SWAPDB` put an expired key where a watched key did not exist: neither that nor its deletion is a change.
    fn set_stale(&mut self, db: usize, key: Bytes) {
        if let Some(watched) = self.watched.get_mut(&(db, key)) {
            (watched.stale, watched.expired) = (true, true);
        }
    }

    /// True if `SWAPDB` put an expired key in the place of a watched key that did not exist.
    pub(crate) fn is_stale(&self, db: usize, key: &[u8]) -> bool {
        self.watched.get(&(db, Bytes::from(key))).is_some_and(|watched| watched.stale)
    }

    /// Begins to count the changes of a key; the count so far.
    pub fn watch(&mut self, db: usize, key: &[u8]) -> u64 {
        let watched = self.watched.entry((db, key.into())).or_default();
        watched.watchers += 1;
        watched.changes
    }

    /// Number of times a watched key has changed.
    pub fn changes(&self, db: usize, key: &[u8]) -> u64 {
        self.watched.get(&(db, Bytes::from(key))).map_or(0, |watched| watched.changes)
    }

    /// The keys of all databases that were signalled since the last call, if [`Self::broadcasts`] says so, each with true if it
    /// had expired.
    pub fn take_modified(&mut self) -> Vec<(Bytes, bool)> {
        std::mem::take(&mut self.modified)
    }

    /// The watched keys that were signalled since the last call, in the order of their first signal.
    pub fn take_changed(&mut self) -> Vec<(usize, Bytes)> {
        let changed = std::mem::take(&mut self.changed);
        for at in &changed {
            if let Some(watched) = self.watched.get_mut(at) {
                watched.is_changed = false;
            }
        }
        changed
    }

    /// Keys signalled since the last call that may serve waiting clients, in the order of their first signal.
    pub fn take_ready(&mut self) -> Vec<(usize, Bytes)> {
        let ready = std::mem::take(&mut self.ready);
        for at in &ready {
            if let Some(watched) = self.watched.get_mut(at) {
                watched.is_ready = false;
            }
        }
        ready
    }

    /// Ends a [`Self::watch`].
    pub fn unwatch(&mut self, db: usize, key: &[u8]) {
        let at = (db, Bytes::from(key));
        if let Some(watched) = self.watched.get_mut(&at) {
            watched.watchers -= 1;
            if watched.watchers == 0 {
                self.watched.remove(&at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Text;

    #[test]
    fn the_time_of_lru_becomes_a_counter_of_lfu() {
        let after = |seconds: i64, decay_minutes| {
            let mut keys = Keyspace::default();
            keys.insert(0, b"k", Entry::new(Value::Text(Text::new(b"v")), seconds * 1000));
            let lfu = Lfu::new(10, decay_minutes);
            keys.set_lfu(Some(lfu), seconds * 1000);
            keys.get(0, b"k").map(|entry| lfu.frequency(entry, seconds * 1000))
        };
        // The lowest byte of the clock; an age of 45,005 minutes.
        assert_eq!(after(1_795_949_900, 0), Some(76));
        assert_eq!(after(1_795_949_900, 1), Some(0));
        // An age of 11 minutes.
        assert_eq!(after(1_792_423_808, 1), Some(128 - 11));
        assert_eq!(after(1_792_423_808, 5), Some(128 - 2));
    }
}
