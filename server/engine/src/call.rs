//! One call of a command: its words, the keyspace that it works on, and the errors that all commands share.

use commands::CommandSpec;
use protocol::{
    Reply,
    number::{parse_double, parse_int},
};
use rustc_hash::FxHashSet;

use crate::{
    engine::Engine,
    error::{Error, NOT_FLOAT, NOT_INT, SYNTAX, WRONG_TYPE},
    keyspace::Entry,
    notify::Class,
    value::{Kind, Value},
};

/// Reply of a command, or its error.
pub type Answer = Result<Reply, Error>;

/// A call.
pub struct Call<'a> {
    /// The server.
    pub engine: &'a mut Engine,
    /// The command.
    pub spec: &'static CommandSpec,
    /// The words, the command's name being the first.
    pub words: &'a [Vec<u8>],
    /// The database that the client has selected.
    pub db: &'a mut usize,
    /// True if the client, or the script, wants replies in RESP3.
    pub resp3: bool,
    /// True if a script makes the call: such do not block.
    pub in_script: bool,
    /// True if lookups are counted as hits and misses: those of commands that read, not of those that only write.
    pub reads: bool,
    /// Address of the word that was counted last.
    pub looked_up: Option<usize>,
    /// Addresses of the words that were counted as uses of their key; kept for LFU only.
    pub used: FxHashSet<usize>,
}

impl<'a> Call<'a> {
    /// Number of words, with the command's name.
    pub fn count(&self) -> usize {
        self.words.len()
    }

    /// A word; empty behind the last.
    pub fn word(&self, at: usize) -> &'a [u8] {
        self.words.get(at).map_or(&[], Vec::as_slice)
    }

    /// The words from a place on.
    pub fn rest(&self, from: usize) -> &'a [Vec<u8>] {
        self.words.get(from..).unwrap_or(&[])
    }

    /// True if a word is an option, in any case of letters.
    pub fn is(&self, at: usize, option: &str) -> bool {
        self.words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(option.as_bytes()))
    }

    /// A word that must be an integer.
    pub fn int(&self, at: usize) -> Result<i64, Error> {
        self.int_or(at, NOT_INT)
    }

    /// A word that must be an integer, with what is said if it is none.
    pub fn int_or(&self, at: usize, error: &'static str) -> Result<i64, Error> {
        parse_int(self.word(at)).ok_or_else(|| error.into())
    }

    /// A word that must be an integer of a range.
    pub fn int_in(&self, at: usize, range: std::ops::RangeInclusive<i64>) -> Result<i64, Error> {
        let value = self.int(at);
        if let Ok(value) = value
            && range.contains(&value)
        {
            return Ok(value);
        }
        Err(if *range.start() == 0 && *range.end() >= i64::from(i32::MAX) {
            // Also of what is no number at all.
            "ERR value is out of range, must be positive".into()
        } else {
            value?;
            format!("ERR value is out of range, value must between {} and {}", range.start(), range.end()).into()
        })
    }

    /// A word that must be a floating-point number.
    pub fn double(&self, at: usize) -> Result<f64, Error> {
        self.number(self.word(at)).ok_or_else(|| NOT_FLOAT.into())
    }

    /// The floating-point number that a word is. Valkey 9.1 reads no hexadecimal ones.
    pub fn number(&self, word: &[u8]) -> Option<f64> {
        parse_double(word).filter(|_| !(word.iter().any(|byte| matches!(byte, b'x' | b'X')) && self.valkey(9, 1)))
    }

    /// The error for words that do not fit together.
    pub fn syntax<T>(&self) -> Result<T, Error> {
        Err(SYNTAX.into())
    }

    /// The error for a count of words that the command does not take.
    pub fn wrong_count<T>(&self) -> Result<T, Error> {
        Err(Error::wrong_count(self.spec))
    }

    /// True if the server is Redis from a version on, or any Valkey, which is Redis 7.2 and more.
    pub fn since(&self, major: u8, minor: u8) -> bool {
        self.engine.since(major, minor)
    }

    /// True if the server is Redis itself from a version on.
    pub fn redis(&self, major: u8, minor: u8) -> bool {
        self.engine.target.redis_since(major, minor)
    }

    /// True if the server is Valkey from a version on.
    pub fn valkey(&self, major: u8, minor: u8) -> bool {
        self.engine.target.valkey_since(major, minor)
    }

    /// The clock, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.engine.now()
    }

    /// Returns true if a time to expire at is past: see [`Engine::is_past`].
    pub fn is_past(&self, at: i64) -> bool {
        self.engine.is_past(at)
    }

    /// Removes a key whose time has come.
    fn expire(&mut self, key: &[u8]) {
        self.engine.expire_key(*self.db, key);
    }

    /// A key's entry.
    pub fn entry(&mut self, key: &[u8]) -> Option<&Entry> {
        self.engine.place(*self.db, key)?;
        self.engine.keyspace.get(*self.db, key)
    }

    /// A key's entry, in a command that looks the key up to read it.
    pub fn look_up(&mut self, key: &[u8]) -> Option<&Entry> {
        let found = self.exists(key);
        self.count_lookup(key, found);
        self.entry(key)
    }

    /// Counts a hit or a miss of a command that reads. A word is counted once, however often it is looked up.
    fn count_lookup(&mut self, key: &[u8], found: bool) {
        let word = key.as_ptr().addr();
        if !self.reads || self.looked_up == Some(word) {
            return;
        }
        self.looked_up = Some(word);
        self.engine.stats.hits += u64::from(found);
        self.engine.stats.misses += u64::from(!found);
        if !found {
            self.notify(Class::Missed, "keymiss", key);
        }
    }

    /// True if a key is there.
    pub fn exists(&mut self, key: &[u8]) -> bool {
        self.entry(key).is_some()
    }

    /// Returns a key's value, or `None` if there is no such key.
    ///
    /// # Errors
    /// `WRONGTYPE` if the value is of another type.
    pub fn read<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&T>, Error> {
        match self.find::<T>(key)? {
            None => Ok(None),
            Some(at) => Ok(self.engine.keyspace.get_index(*self.db, at).and_then(|(_, entry)| T::of(&entry.value))),
        }
    }

    /// Lets the words be counted again, as lookups and as uses, where servers look them up once more.
    pub fn forget_lookups(&mut self) {
        self.looked_up = None;
        self.used.clear();
    }

    /// Returns true if a word is taken for a use of its key now. Servers look each up once a command, however often this engine does.
    fn is_first_use(&mut self, key: &[u8]) -> bool {
        self.engine.keyspace.lfu.is_none() || self.used.insert(key.as_ptr().addr())
    }

    /// Notes a use of a key, whatever its type, in a command that does not read its value.
    pub fn touch(&mut self, key: &[u8]) {
        let (db, now) = (*self.db, self.now());
        if let Some(at) = self.engine.place(db, key)
            && self.is_first_use(key)
        {
            self.engine.keyspace.touch_at(db, at, now);
        }
    }

    /// The place of a key that is used now.
    ///
    /// # Errors
    /// Its value is of another type.
    fn find<T: Kind>(&mut self, key: &[u8]) -> Result<Option<usize>, Error> {
        let (db, now) = (*self.db, self.now());
        let at = self.engine.place(db, key);
        self.count_lookup(key, at.is_some());
        let unused = self.reads && self.redis(8, 6) && self.engine.config.evicts_by_writes();
        let entry = match at {
            Some(at) if unused => self.engine.keyspace.get_index(db, at).map(|(_, entry)| entry),
            Some(at) if self.is_first_use(key) => self.engine.keyspace.touch_at(db, at, now),
            Some(at) => self.engine.keyspace.get_index(db, at).map(|(_, entry)| entry),
            None => {
                // What the command makes of it is no use.
                self.is_first_use(key);
                None
            }
        };
        match entry {
            Some(entry) if T::of(&entry.value).is_none() => Err(WRONG_TYPE.into()),
            _ => Ok(at),
        }
    }

    /// Returns a key's value to be changed, or `None` if there is no such key.
    ///
    /// # Errors
    /// `WRONGTYPE` if the value is of another type.
    pub fn edit<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&mut T>, Error> {
        let Some(at) = self.find::<T>(key)? else { return Ok(None) };
        match self.engine.keyspace.get_mut_at(*self.db, key, at) {
            None => Ok(None),
            Some(entry) => T::of_mut(Value::make_mut(&mut entry.value)).map(Some).ok_or_else(|| WRONG_TYPE.into()),
        }
    }

    /// Returns a key's value to be changed; makes it if there is no such key.
    ///
    /// # Errors
    /// `WRONGTYPE` if the value is of another type.
    pub fn edit_or<T: Kind>(&mut self, key: &[u8], make: impl FnOnce(&Self) -> T) -> Result<&mut T, Error> {
        // A use of the key is counted once, and its making is none.
        let at = match self.find::<T>(key)? {
            Some(at) => at,
            None => {
                let value = make(self).wrap();
                self.insert(key, value);
                self.engine.place(*self.db, key).ok_or(WRONG_TYPE)?
            }
        };
        let entry = self.engine.keyspace.get_mut_at(*self.db, key, at).ok_or(WRONG_TYPE)?;
        T::of_mut(Value::make_mut(&mut entry.value)).ok_or_else(|| WRONG_TYPE.into())
    }

    /// Changes a key's value, with access to the settings.
    ///
    /// # Errors
    /// `WRONGTYPE` if the value is of another type.
    pub fn edit_with<T: Kind, R>(
        &mut self,
        key: &[u8],
        edit: impl FnOnce(&mut T, &crate::config::Config) -> R,
    ) -> Result<Option<R>, Error> {
        let Some(at) = self.find::<T>(key)? else { return Ok(None) };
        let Engine { keyspace, config, .. } = &mut *self.engine;
        match keyspace.get_mut_at(*self.db, key, at) {
            None => Ok(None),
            Some(entry) => match T::of_mut(Value::make_mut(&mut entry.value)) {
                Some(value) => Ok(Some(edit(value, config))),
                None => Err(WRONG_TYPE.into()),
            },
        }
    }

    /// Adds a key, or replaces its value and expiry, without reporting a modification.
    fn insert(&mut self, key: &[u8], mut value: Value) {
        // In Valkey the room for the time when the key goes stays with the key.
        let expires = self.valkey(8, 1) && self.entry(key).is_some_and(|entry| entry.expires.is_some());
        self.engine.fit(key, &mut value, expires);
        let entry = Entry::new(value, self.now());
        self.engine.insert(*self.db, key, entry);
    }

    /// Counts the use that replacing a value is, beside what the command read.
    fn touch_replaced(&mut self, key: &[u8]) {
        let (db, now) = (*self.db, self.now());
        if let Some(at) = self.engine.place(db, key) {
            self.engine.keyspace.touch_at(db, at, now);
        }
    }

    /// Sets a key to a value that does not expire, and signals it.
    pub fn set(&mut self, key: &[u8], value: Value) {
        let (old, new) = (self.type_of(key), value.type_name());
        self.touch_replaced(key);
        self.insert(key, value);
        self.signal(key);
        self.engine.notify_overwritten(*self.db, key, old, new);
    }

    /// Sets a key's value, and signals it; its expiry stays.
    pub fn set_keeping(&mut self, key: &[u8], value: Value) {
        let (old, new) = (self.type_of(key), value.type_name());
        self.touch_replaced(key);
        self.put(key, value);
        self.signal(key);
        self.engine.notify_overwritten(*self.db, key, old, new);
    }

    /// The type of a key's value.
    pub fn type_of(&mut self, key: &[u8]) -> Option<&'static str> {
        self.entry(key).map(|entry| entry.value.type_name())
    }

    /// Replaces a key's value, without reporting a modification; its expiry stays.
    pub fn put(&mut self, key: &[u8], value: Value) {
        let expires = self.entry(key).and_then(|entry| entry.expires);
        self.insert(key, value);
        if expires.is_some() {
            self.engine.keyspace.set_expiry(*self.db, key, expires);
        }
    }

    /// Stores a result, notifying `event`, or deletes the key where the result is empty.
    pub fn store(&mut self, key: &[u8], value: Value, class: Class, event: &str) {
        if value.is_empty() {
            self.delete_notifying(key);
        } else {
            self.set(key, value);
            self.notify(class, event, key);
            self.engine.dirty += 1;
        }
    }

    /// Deletes a key and signals it. Returns true if it existed.
    pub fn delete(&mut self, key: &[u8]) -> bool {
        self.expire(key);
        let existed = self.engine.keyspace.remove(*self.db, key).is_some();
        if existed {
            self.signal(key);
        }
        existed
    }

    /// Deletes a key as `DEL` does, notifying `del`. Returns true if it existed.
    pub fn delete_notifying(&mut self, key: &[u8]) -> bool {
        let existed = self.delete(key);
        if existed {
            self.notify(Class::Generic, "del", key);
            self.engine.dirty += 1;
        }
        existed
    }

    /// Deletes a key whose new expiry is past: as an expired one since Valkey 8.1, else as `DEL` does.
    pub fn delete_expired(&mut self, key: &[u8]) {
        if !self.valkey(8, 1) {
            self.delete_notifying(key);
        } else if self.delete(key) {
            self.notify(Class::Expired, "expired", key);
            self.engine.dirty += 1;
            self.engine.stats.expired += 1;
        }
    }

    /// Deletes a key with nothing left in it, notifying `del`. What emptied it has been reported already.
    pub fn drop_if_empty(&mut self, key: &[u8]) {
        if self.remove_if_empty(key) {
            self.notify(Class::Generic, "del", key);
        }
    }

    /// Deletes a key if its value is empty, without reporting it. Returns true if it did.
    pub fn remove_if_empty(&mut self, key: &[u8]) -> bool {
        let is_empty = self.engine.keyspace.get(*self.db, key).is_some_and(|entry| entry.value.is_empty());
        is_empty && self.engine.keyspace.remove(*self.db, key).is_some()
    }

    /// Sets the expiry of a key, without reporting a modification.
    pub fn set_expiry(&mut self, key: &[u8], expires: Option<i64>) {
        if expires.is_some() && self.redis(8, 2) {
            self.engine.fit_key(*self.db, key);
        }
        self.engine.keyspace.set_expiry(*self.db, key, expires);
    }

    /// Reports a change of a key: signals it, notifies `event` and counts `count` modifications.
    pub fn changed(&mut self, key: &[u8], class: Class, event: &str, count: usize) {
        self.signal(key);
        self.notify(class, event, key);
        self.engine.dirty += count as u64;
    }

    /// Reports that a key was modified: aborts transactions that watch it and invalidates what clients cached of it.
    pub fn signal(&mut self, key: &[u8]) {
        self.engine.keyspace.signal(*self.db, key);
    }

    /// Publishes a keyspace event.
    pub fn notify(&mut self, class: Class, event: &str, key: &[u8]) {
        self.engine.notify(class, event, *self.db, key);
    }

    /// Formats a floating-point number as the server's version does: with 17 digits, from 7.2 on with as few as will do.
    pub fn digits(&self, value: f64) -> String {
        self.engine.digits(value)
    }

    /// Reply for a score, for which RESP3 has a type.
    pub fn score(&self, value: f64) -> Reply {
        Reply::Double(self.digits(value))
    }

    /// Reply for no array: `nil`, which in RESP2 is not the same as no text.
    pub fn nil_array(&self) -> Answer {
        Ok(Reply::NilArray)
    }
}
