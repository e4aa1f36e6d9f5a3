//! `maxmemory`: checks if memory is full, and chooses the keys to evict.

use crate::{
    engine::{Engine, Expiration},
    notify::Class,
    size,
    value::Bytes,
};

/// Maximum number of keys compared for one eviction (`maxmemory-samples`).
const MAX_SAMPLES: usize = 64;

/// Order in which keys are evicted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Random,
    LeastRecentlyUsed,
    LeastFrequentlyUsed,
    NextToExpire,
}

impl Engine {
    /// Estimated memory in use, in bytes.
    pub fn used_memory(&mut self) -> u64 {
        let used = size::EMPTY + self.keyspace.bytes();
        if used > self.peak_memory {
            (self.peak_memory, self.peak_time) = (used, self.now() / 1000);
        }
        used
    }

    /// True if memory was full when the call of the client began and no key could be evicted.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Evicts keys until memory in use is within `maxmemory`, as far as the policy allows. Done before the call of a
    /// client: a script or a transaction never loses keys to itself, and is not refused for what it has written itself.
    /// During `CLIENT PAUSE` and in `import-mode` nothing is evicted, and nothing refused.
    pub fn make_room(&mut self) {
        // Where the system has no memory, what needs some is refused as with `maxmemory`.
        self.full = meter::is_short();
        if self.expiration != Expiration::Deletes {
            return;
        }
        let Ok(limit @ 1..) = u64::try_from(self.config.max_memory) else { return };
        let policy = self.config.get("maxmemory-policy").unwrap_or_default();
        let order = match policy.split_once('-') {
            // Reads leave the time alone where only modifications count.
            Some((_, "lru" | "lrm")) => Order::LeastRecentlyUsed,
            Some((_, "lfu")) => Order::LeastFrequentlyUsed,
            Some((_, "ttl")) => Order::NextToExpire,
            _ => Order::Random,
        };
        let samples = self.config.int("maxmemory-samples").and_then(|count| usize::try_from(count).ok()).unwrap_or(5);
        while self.used_memory() > limit {
            let key = match policy.as_str() {
                "noeviction" => None,
                _ => self.eviction_candidate(order, policy.starts_with("volatile"), samples.clamp(1, MAX_SAMPLES)),
            };
            let Some((db, key)) = key else {
                self.full = true;
                return;
            };
            self.keyspace.remove(db, &key);
            self.keyspace.signal(db, &key);
            self.notify(Class::Evicted, "evicted", db, &key);
            self.stats.evicted += 1;
        }
    }

    /// Returns the key to evict next.
    fn eviction_candidate(&mut self, order: Order, volatile: bool, samples: usize) -> Option<(usize, Bytes)> {
        let mut best: Option<(i64, usize, Bytes)> = None;
        for db in 0..self.keyspace.databases() {
            let keys = self.keyspace.len(db);
            if keys == 0 || (volatile && self.keyspace.expiring(db) == 0) {
                continue;
            }
            for _ in 0..samples {
                let start = self.random(keys);
                // Keys that expire may be few: the next one from a place left to chance.
                let found = (start..keys).chain(0..start).find(|at| {
                    !volatile || self.keyspace.get_index(db, *at).is_some_and(|(_, entry)| entry.expires.is_some())
                });
                let Some((key, entry)) = found.and_then(|at| self.keyspace.get_index(db, at)) else { break };
                let rank = match order {
                    Order::Random => 0,
                    Order::LeastRecentlyUsed => entry.used,
                    Order::LeastFrequentlyUsed => i64::from(entry.frequency),
                    Order::NextToExpire => entry.expires.unwrap_or(i64::MAX),
                };
                if best.as_ref().is_none_or(|(least, ..)| rank < *least) {
                    best = Some((rank, db, key.clone()));
                }
            }
        }
        best.map(|(_, db, key)| (db, key))
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;
    use protocol::Reply;

    use super::*;

    fn ask(engine: &mut Engine, line: &str) -> Reply {
        engine.make_room();
        let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let reply = engine.call(&words, &mut 0, false);
        assert!(!reply.is_error(), "{line}");
        reply
    }

    #[test]
    fn memory_in_use_follows_what_is_written() {
        let mut engine = Engine::new(Target::redis(7, 2));
        let empty = engine.used_memory();
        ask(&mut engine, &format!("SET a {}", "x".repeat(100_000)));
        let with_string = engine.used_memory();
        assert!((100_000..110_000).contains(&(with_string - empty)), "{empty} {with_string}");
        for at in 0..1000 {
            ask(&mut engine, &format!("RPUSH list {at:0100}"));
        }
        let with_list = engine.used_memory();
        assert!((100_000..150_000).contains(&(with_list - with_string)), "{with_string} {with_list}");
        ask(&mut engine, "DEL a list");
        assert_eq!(engine.used_memory(), empty);
        // Keys that come and go leave nothing behind.
        for at in 0..10_000 {
            ask(&mut engine, &format!("SET k{at} v"));
            ask(&mut engine, &format!("DEL k{at}"));
        }
        assert_eq!(engine.used_memory(), empty);
    }

    #[test]
    fn a_pause_defers_eviction_and_expiry() {
        let mut engine = Engine::new(Target::redis(7, 2));
        ask(&mut engine, "SET stays 1");
        ask(&mut engine, "SET goes 1 PX 1");
        std::thread::sleep(std::time::Duration::from_millis(5));
        engine.tick();
        engine.expiration = Expiration::Hides;
        engine.config.max_memory = 1;
        assert_eq!(ask(&mut engine, "GET goes"), Reply::Nil);
        assert_eq!(ask(&mut engine, "DBSIZE"), Reply::Int(2));
        engine.expire(0);
        assert!(!engine.is_full());
        assert_eq!((engine.stats.expired, engine.stats.evicted), (0, 0));
        engine.expiration = Expiration::Deletes;
        engine.config.max_memory = 0;
        assert_eq!(ask(&mut engine, "GET goes"), Reply::Nil);
        assert_eq!((engine.stats.expired, engine.keyspace.len(0)), (1, 1));
        engine.config.max_memory = 1;
        engine.make_room();
        assert!(engine.is_full(), "the default policy evicts nothing");
    }

    #[test]
    fn policies_evict_what_they_may() {
        for (policy, volatile) in [("allkeys-lru", false), ("volatile-ttl", true), ("volatile-random", true)] {
            let mut engine = Engine::new(Target::redis(7, 2));
            let limit = engine.used_memory() + 100_000;
            ask(&mut engine, &format!("CONFIG SET maxmemory {limit}"));
            ask(&mut engine, &format!("CONFIG SET maxmemory-policy {policy}"));
            for at in 0..10 {
                ask(&mut engine, &format!("SET stays{at} v"));
            }
            for at in 0..2000 {
                ask(&mut engine, &format!("SET key{at} {} EX 1000", "x".repeat(100)));
                assert!(!engine.is_full(), "{policy} {at}");
            }
            engine.make_room();
            assert!(engine.used_memory() <= limit, "{policy}");
            assert!(engine.stats.evicted > 500, "{policy}: {}", engine.stats.evicted);
            if volatile {
                assert!((0..10).all(|at| engine.keyspace.get(0, format!("stays{at}").as_bytes()).is_some()));
            }
        }
        let mut engine = Engine::new(Target::redis(7, 2));
        ask(&mut engine, "SET a 1");
        ask(&mut engine, "CONFIG SET maxmemory 1");
        ask(&mut engine, "CONFIG SET maxmemory-policy volatile-lru");
        ask(&mut engine, "GET a");
        assert!(engine.is_full(), "nothing expires, so nothing may go");
    }
}
