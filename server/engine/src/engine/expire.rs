//! Keys and fields whose time has come, and transactions that watch them.

use std::time::Instant;

use super::{Engine, Expiration, Watch};
use crate::notify::Class;

impl Engine {
    /// The place of a key whose time has not come; one whose time has come is removed.
    pub(crate) fn place(&mut self, db: usize, key: &[u8]) -> Option<usize> {
        let (at, entry) = self.keyspace.place(db, key)?;
        if entry.is_live(self.expiry_time()) {
            return Some(at);
        }
        self.expire_key(db, key);
        None
    }

    /// Removes a key whose time has come, if such keys are deleted now.
    pub fn expire_key(&mut self, db: usize, key: &[u8]) {
        if self.expiration == Expiration::Deletes && self.is_expired(db, key) {
            self.keyspace.remove(db, key);
            self.keyspace.signal_expired(db, key);
            self.stats.expired += 1;
            self.notify(Class::Expired, "expired", db, key);
        }
    }

    /// Removes the fields of a hash whose time has come, and the hash if none are left.
    pub(crate) fn expire_fields(&mut self, db: usize, key: &[u8]) {
        if self.expiration != Expiration::Deletes {
            return;
        }
        let gone = self.keyspace.expire_fields(db, key, self.expiry_time());
        if gone.is_empty() {
            return;
        }
        self.stats.expired_fields += gone.len() as u64;
        self.notify(Class::Hash, "hexpired", db, key);
        if self.keyspace.get(db, key).is_some_and(|entry| entry.value.is_empty()) {
            self.keyspace.remove(db, key);
            self.notify(Class::Generic, "del", db, key);
        }
        self.keyspace.signal(db, key);
    }

    /// Runs the active expire cycle if 100 ms of the clock have passed since it ran last: what a server does by itself.
    pub fn cycle(&mut self) {
        if !self.active_expire || self.now() < self.next_cycle {
            return;
        }
        let begin = Instant::now();
        for db in 0..self.keyspace.databases() {
            self.expire(db);
        }
        let took = begin.elapsed();
        self.active += took;
        self.latency_event("expire-cycle", took);
        // All keys are looked at: never for more than a twentieth of the time.
        let pause = took.as_millis().saturating_mul(20).max(100);
        self.next_cycle = self.now().saturating_add(i64::try_from(pause).unwrap_or(i64::MAX));
    }

    /// Removes all keys and fields of a database whose time has come: the servers' active expire cycle.
    pub fn expire(&mut self, db: usize) {
        for key in self.keyspace.expired(db, self.expiry_time()) {
            self.expire_key(db, &key);
        }
        for key in self.keyspace.hashes_that_expire(db) {
            self.expire_fields(db, &key);
        }
    }

    /// Begins a `WATCH` of a key, which [`Keyspace::unwatch`] ends.
    pub fn watch(&mut self, db: usize, key: &[u8]) -> Watch {
        self.keyspace.watch(db, key);
        // 6.2 did not see that a key had expired before it was watched.
        let expired = self.since(7, 0) && self.is_expired(db, key);
        if expired {
            self.keyspace.set_expired(db, key);
        }
        Watch { changes: self.keyspace.changes(db, key), expired }
    }

    /// Returns true if a key was modified, or has expired, since it was watched: `EXEC` then does nothing.
    pub fn is_aborted(&self, db: usize, key: &[u8], watch: Watch) -> bool {
        let expired = || !watch.expired && self.is_expired(db, key) && !self.keyspace.is_stale(db, key);
        self.keyspace.changes(db, key) != watch.changes || expired()
    }

    /// Returns true if a key has expired and was not deleted yet.
    fn is_expired(&self, db: usize, key: &[u8]) -> bool {
        self.keyspace.get(db, key).is_some_and(|entry| !entry.is_live(self.expiry_time()))
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;
    use protocol::Reply;

    use super::*;
    use crate::Clock;

    fn words(line: &str) -> Vec<Vec<u8>> {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn the_active_cycle_collects_keys_and_fields() {
        let mut engine = Engine::new(Target::redis(8, 2));
        engine.set_clock(Clock::Fixed(1_000_000_000));
        for line in
            ["SET k 1 PX 50", "HSET h a 1 b 2", "HPEXPIRE h 50 FIELDS 1 a", "CONFIG SET notify-keyspace-events EA"]
        {
            engine.call(&words(line), &mut 0, false);
        }
        engine.cycle();
        engine.set_clock(Clock::Fixed(1_000_060_000));
        let len = |engine: &mut Engine| engine.call(&words("HLEN h"), &mut 0, false);
        assert_eq!((len(&mut engine), engine.keyspace.len(0)), (Reply::Int(2), 2));
        engine.active_expire = false;
        engine.cycle();
        assert_eq!((len(&mut engine), engine.keyspace.len(0)), (Reply::Int(2), 2));
        engine.active_expire = true;
        engine.published.clear();
        engine.cycle();
        assert_eq!((len(&mut engine), engine.keyspace.len(0)), (Reply::Int(1), 1));
        let events: Vec<String> =
            engine.published.iter().map(|it| String::from_utf8_lossy(&it.channel).into_owned()).collect();
        assert_eq!(events, ["__keyevent@0__:expired", "__keyevent@0__:hexpired"]);
    }
}
