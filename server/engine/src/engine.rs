//! State of a server: keyspace, settings, users, counters, clock and randomness. Knows no command.

mod accounting;
mod events;
mod expire;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use commands::Target;

use crate::{
    acl::Acl,
    clients::{Caller, Clients},
    config::Config,
    double,
    keyspace::Keyspace,
    latency::Monitor,
    notify::Published,
    stats::{CommandLog, Rates, Stats},
    subscribers::Subscribers,
    value::{Text, Value},
};

/// State of a key when it was watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Watch {
    changes: u64,
    /// True if the key had expired already: that it is deleted then is no change.
    expired: bool,
}

/// The fate of keys and fields whose time has come.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Expiration {
    /// They are deleted when someone looks them up, and by the active expire cycle.
    #[default]
    Deletes,
    /// They stay, hidden from all (`CLIENT PAUSE`).
    Hides,
    /// They stay, hidden from the client of this call (Valkey's `import-mode`).
    Imports,
    /// They stay, seen by the client of this call (`CLIENT IMPORT-SOURCE ON`).
    Ignores,
}

/// Source of the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A time that stands still, in microseconds since 1970.
    Fixed(i64),
}

/// A server without a network.
#[derive(Debug)]
pub struct Engine {
    /// Family and version of the server.
    pub target: Target,
    /// Its settings.
    pub config: Config,
    /// Its keys.
    pub keyspace: Keyspace,
    /// Modifications since the last save (`rdb_changes_since_last_save`).
    pub dirty: u64,
    /// Messages published and not yet taken.
    pub published: Vec<Published>,
    /// Subscriber counts; maintained by serve.
    pub subscribers: Subscribers,
    /// Client counters shown by `INFO`.
    pub clients: Clients,
    /// True if expiry by itself is stopped (`DEBUG SET-ACTIVE-EXPIRE`).
    pub active_expire: bool,
    /// The commands of an `EXEC` run, for which no time passes.
    pub in_transaction: bool,
    /// Keys that scripts read, with their databases, for a client that tracks them. `None` if no client does.
    pub script_reads: Option<Vec<(usize, Vec<u8>)>>,
    /// The fate of keys and fields whose time has come.
    pub expiration: Expiration,
    /// Time spent in commands and in the active expire cycle.
    pub(crate) active: Duration,
    /// Time of the next [`Self::cycle`], in milliseconds since 1970.
    next_cycle: i64,
    /// Number of scripts in the cache, kept by the owner of the cache.
    pub cached_scripts: usize,
    /// Number of commands that ran.
    pub commands: u64,
    /// True if scripts may call what they may not (`DEBUG SET-DISABLE-DENY-SCRIPTS`).
    pub scripts_may_all: bool,
    /// Counters that `CONFIG RESETSTAT` resets.
    pub stats: Stats,
    /// The commands that took long.
    pub slow: CommandLog,
    /// The commands with a large request (Valkey 8.1).
    pub large_requests: CommandLog,
    /// The commands with a large reply (Valkey 8.1).
    pub large_replies: CommandLog,
    /// Events that took long.
    pub latency: Monitor,
    /// Rates of commands and bytes.
    pub rates: Rates,
    /// Caller of the current command.
    pub caller: Caller,
    /// Users and what was refused to them.
    pub acl: Acl,
    /// Number of libraries and of functions that are loaded; maintained by their owner.
    pub libraries: (usize, usize),
    /// Start time, in microseconds since 1970.
    pub started: i64,
    /// Time of the last save, in seconds since 1970. Nothing is saved, but clients ask.
    pub saved: i64,
    /// True if commands that scripts call are timed, for `SLOWLOG` and `INFO commandstats`. Off unless these are read:
    /// the clock costs a fifth of a short command.
    pub times_scripts: bool,
    /// True for each log whose newest entry is the last call: slow commands, large requests, large replies.
    newest: [bool; 3],
    clock: Clock,
    /// Microseconds since 1970; stands still during a command, and since 7.2 during a script.
    time: i64,
    /// The clock when the command or script of the client began, in microseconds since 1970.
    call_time: i64,
    random: u64,
    /// Vector sets made since the start, by which each gets its number.
    vector_sets: u64,
    /// True if memory was full when the call of the client began.
    pub(crate) full: bool,
    /// Most memory in use that was seen, in bytes.
    pub(crate) peak_memory: u64,
    /// Time of that peak, in seconds since 1970.
    pub(crate) peak_time: i64,
}

impl Engine {
    /// An empty server.
    pub fn new(target: Target) -> Self {
        let mut engine = Self {
            target,
            config: Config::new(target),
            keyspace: Keyspace::default(),
            dirty: 0,
            published: Vec::new(),
            subscribers: Subscribers::default(),
            clients: Clients::default(),
            active_expire: true,
            in_transaction: false,
            script_reads: None,
            expiration: Expiration::Deletes,
            active: Duration::ZERO,
            next_cycle: 0,
            commands: 0,
            cached_scripts: 0,
            scripts_may_all: false,
            stats: Stats::default(),
            slow: CommandLog::default(),
            large_requests: CommandLog::default(),
            large_replies: CommandLog::default(),
            latency: Monitor::default(),
            rates: Rates::default(),
            caller: Caller::default(),
            acl: Acl::new(target),
            libraries: (0, 0),
            started: 0,
            saved: 0,
            times_scripts: false,
            newest: [false; 3],
            clock: Clock::System,
            time: 0,
            call_time: 0,
            random: 0x9E37_79B9_7F4A_7C15,
            vector_sets: 0,
            full: false,
            peak_memory: 0,
            peak_time: 0,
        };
        engine.tick();
        engine.started = engine.time;
        engine.saved = engine.time / 1_000_000;
        engine
    }

    /// Sets where the time comes from.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
        self.next_cycle = 0;
        self.tick();
    }

    /// Reads the clock. Done before a command or a script, during which no key expires, and for a transaction as a whole.
    pub fn tick(&mut self) {
        if self.in_transaction {
            if !self.since(7, 2) {
                self.tick_within_script();
            }
            return;
        }
        self.tick_within_script();
        self.call_time = self.time;
    }

    /// Reads the clock for a command of a script. Before 7.2 scripts see time pass, but for keys that expire.
    pub(crate) fn tick_within_script(&mut self) {
        self.time = match self.clock {
            Clock::Fixed(time) => time,
            Clock::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64),
        };
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.time / 1000
    }

    /// The time by which keys expire, in milliseconds since 1970: that at the start of the script, if one runs.
    pub fn expiry_time(&self) -> i64 {
        if self.expiration == Expiration::Ignores { i64::MIN } else { self.call_time / 1000 }
    }

    /// The time by which fields of hashes expire, in milliseconds since 1970.
    pub fn field_time(&self) -> i64 {
        if self.expiration == Expiration::Ignores { i64::MIN } else { self.now() }
    }

    /// Returns true if an expiry is past, so that what gets it is deleted at once. While keys are imported, it stays until the
    /// import's source deletes it.
    pub fn is_past(&self, at: i64) -> bool {
        at <= self.now() && matches!(self.expiration, Expiration::Deletes | Expiration::Hides)
    }

    /// Microseconds since 1970.
    pub fn micros(&self) -> i64 {
        self.time
    }

    /// Seeds the random numbers.
    pub fn set_seed(&mut self, seed: u64) {
        self.random = seed.wrapping_mul(2).wrapping_add(1);
    }

    /// Returns a random number below `bound`.
    pub fn random(&mut self, bound: usize) -> usize {
        // A xorshift is enough: nothing here is secret.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        if bound == 0 { 0 } else { (self.random >> 11) as usize % bound }
    }

    /// The number of a new vector set.
    pub(crate) fn next_vector_set(&mut self) -> u64 {
        self.vector_sets += 1;
        self.vector_sets - 1
    }

    /// True if the server is Redis from a version on, or any Valkey.
    pub fn since(&self, major: u8, minor: u8) -> bool {
        self.target.since(major, minor)
    }

    /// Formats a floating-point number as the version does.
    pub fn digits(&self, value: f64) -> String {
        double::digits(value, self.since(7, 2))
    }

    /// Stores a string apart from its key if both, with the expiry, are too long for one piece.
    pub fn fit(&self, key: &[u8], value: &mut Value, expires: bool) {
        if let (Some(limit), Value::Text(text)) = (self.config.embedded, value) {
            // Redis 8.6 keeps the expiry before the object.
            text.fit(key, limit - if expires && !self.is_redis(8, 6) { 8 } else { 0 });
        }
    }

    /// As [`Self::fit`], for a key that is about to get an expiry.
    pub(crate) fn fit_key(&mut self, db: usize, key: &[u8]) {
        let Some(limit) = self.config.embedded.filter(|_| !self.is_redis(8, 6)) else { return };
        let long = |value: &Value| matches!(value, Value::Text(Text::Bytes(bytes)) if bytes.len() + 8 > limit - key.len().min(limit));
        if self.keyspace.get(db, key).is_some_and(|entry| long(&entry.value))
            && let Some(entry) = self.keyspace.get_mut(db, key)
            && let Value::Text(text) = Value::make_mut(&mut entry.value)
        {
            text.fit(key, limit - 8);
        }
    }

    /// True if the server is Redis itself from a version on.
    pub fn is_redis(&self, major: u8, minor: u8) -> bool {
        self.target.redis_since(major, minor)
    }

    /// True if the server is Valkey from a version on.
    pub fn is_valkey(&self, major: u8, minor: u8) -> bool {
        self.target.valkey_since(major, minor)
    }
}
