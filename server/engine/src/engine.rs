//! The server: keyspace, settings, clock and chance, and the way of a call to its command.

mod accounting;
mod expire;
mod lookup;

pub use expire::Expiration;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use commands::{CommandSpec, Flags, Target, bind};
use protocol::Reply;
use rustc_hash::FxHashSet;

use crate::{
    acl::{self, Acl},
    call::{self, Call},
    config::Config,
    dispatch::{self, Support},
    keyspace::{Entry, Keyspace},
    latency::Monitor,
    notify::Class,
    stats::{CommandLog, Rates, Stats},
    subscribers::Subscribers,
    value::{Text, Value},
};

/// A message that a command published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// On which channel.
    pub channel: Vec<u8>,
    /// What.
    pub message: Vec<u8>,
    /// Whether `SPUBLISH` did.
    pub sharded: bool,
}

/// Client counters shown by INFO; maintained by serve.
#[derive(Clone, Copy, Default, Debug)]
pub struct Clients {
    /// Clients that are connected.
    pub connected: usize,
    /// Clients that wait for a key.
    pub blocked: usize,
    /// Clients that subscribe to something.
    pub subscribed: usize,
    /// Clients that watch keys.
    pub watching: usize,
    /// Keys that are watched, once for each client.
    pub watched_keys: usize,
    /// Clients that track keys.
    pub tracking: usize,
    /// Keys that are tracked.
    pub tracked_keys: usize,
    /// Clients of all tracked keys.
    pub tracked_items: usize,
    /// Prefixes that are tracked.
    pub tracked_prefixes: usize,
    /// Clients that wait and whose waiting ends with time.
    pub with_timeout: usize,
    /// Keys that clients wait for.
    pub blocking_keys: usize,
    /// Keys that clients wait for which must hear too that the key is gone.
    pub blocking_keys_on_nokey: usize,
    /// What `CLIENT PAUSE` holds back: `none`, `write`, `all`.
    pub paused: &'static str,
    /// Milliseconds until the pause ends.
    pub paused_millis: u64,
    /// Clients that have connected since the start.
    pub accepted: u64,
    /// Clients that were turned away.
    pub rejected: u64,
    /// Bytes received.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Reads from sockets.
    pub reads: u64,
    /// Writes to sockets.
    pub writes: u64,
    /// Clients dropped because their command was too long.
    pub query_disconnections: u64,
    /// Clients dropped because all together took too much.
    pub evicted: u64,
    /// Clients dropped because they did not read.
    pub output_disconnections: u64,
}

/// Who makes a call; set by serve before each.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The address of the client, if there is one.
    pub address: Option<std::net::SocketAddr>,
    /// The name of the connection.
    pub name: Vec<u8>,
    /// The name of the user.
    pub user: Vec<u8>,
    /// The client as `CLIENT INFO` tells it, where the user may not do everything.
    pub line: Vec<u8>,
}

impl Default for Caller {
    fn default() -> Self {
        Self { address: None, name: Vec::new(), user: acl::DEFAULT.to_vec(), line: Vec::new() }
    }
}

/// State of a key when it was watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Watch {
    changes: u64,
    /// Whether the key had expired already: that it is deleted then is no change.
    expired: bool,
}

/// Where the time comes from.
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
    /// Which server it is.
    pub target: Target,
    /// Its settings.
    pub config: Config,
    /// Its keys.
    pub keyspace: Keyspace,
    /// Modifications since the last save (`rdb_changes_since_last_save`).
    pub dirty: u64,
    /// What was published since somebody took it.
    pub published: Vec<Published>,
    /// Who listens; whoever has clients keeps it.
    pub subscribers: Subscribers,
    /// What `INFO` tells of clients.
    pub clients: Clients,
    /// Whether expiry by itself is stopped (`DEBUG SET-ACTIVE-EXPIRE`).
    pub active_expire: bool,
    /// The commands of an `EXEC` run, for which no time passes.
    pub in_transaction: bool,
    /// Keys that scripts read, with their databases, for a client that tracks them. `None` if nobody does.
    pub script_reads: Option<Vec<(usize, Vec<u8>)>>,
    /// The fate of keys and fields whose time has come.
    pub expiration: Expiration,
    /// How long commands and the active expire cycle have taken.
    pub(crate) active: Duration,
    /// When [`Self::cycle`] runs next, in milliseconds since 1970.
    next_cycle: i64,
    /// How many scripts are in the cache; whoever has them keeps it.
    pub cached_scripts: usize,
    /// How many commands ran.
    pub commands: u64,
    /// Whether scripts may call what they may not (`DEBUG SET-DISABLE-DENY-SCRIPTS`).
    pub scripts_may_all: bool,
    /// What it counts.
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
    /// Who makes the call.
    pub caller: Caller,
    /// Users and what was refused to them.
    pub acl: Acl,
    /// Libraries and functions that are loaded; maintained by whoever has them.
    pub libraries: (usize, usize),
    /// When it began, in microseconds since 1970.
    pub started: i64,
    /// When the keys were last saved, in seconds since 1970; nothing is, but clients ask.
    pub saved: i64,
    /// Whether commands that scripts call are timed, for `SLOWLOG` and `INFO commandstats`. Off unless somebody reads these:
    /// the clock costs a fifth of a short command.
    pub times_scripts: bool,
    /// Which logs have the last call as their newest entry: slow commands, large requests, large replies.
    newest: [bool; 3],
    clock: Clock,
    /// Microseconds since 1970; stands still during a command, and since 7.2 during a script.
    time: i64,
    /// The clock when the command or script of the client began, in microseconds since 1970.
    call_time: i64,
    random: u64,
    /// Vector sets made since the start, by which each gets its number.
    vector_sets: u64,
    /// Whether memory was full when the call of the client began.
    pub(crate) full: bool,
    /// Most memory in use that was seen, in bytes.
    pub(crate) peak_memory: u64,
    /// When that was, in seconds since 1970.
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
    fn tick_within_script(&mut self) {
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

    /// Tells if a time to expire at is past, so that what gets it goes at once. While keys are imported, it stays until
    /// the import's source deletes it.
    pub fn is_past(&self, at: i64) -> bool {
        at <= self.now() && matches!(self.expiration, Expiration::Deletes | Expiration::Hides)
    }

    /// Microseconds since 1970.
    pub fn micros(&self) -> i64 {
        self.time
    }

    /// Makes what is left to chance begin anew.
    pub fn set_seed(&mut self, seed: u64) {
        self.random = seed.wrapping_mul(2).wrapping_add(1);
    }

    /// A number left to chance, below `bound`.
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

    /// Whether the server is Redis from a version on, or any Valkey.
    pub fn since(&self, major: u8, minor: u8) -> bool {
        self.target.since(major, minor)
    }

    /// The digits of a floating-point number, as the version writes them.
    pub fn digits(&self, value: f64) -> String {
        call::digits(value, self.since(7, 2))
    }

    /// Takes a string apart from its key where both, with when the key goes, are too long for one piece.
    pub fn fit(&self, key: &[u8], value: &mut Value, expires: bool) {
        if let (Some(limit), Value::Text(text)) = (self.config.embedded, value) {
            // Redis 8.6 keeps the expiry before the object.
            text.fit(key, limit - if expires && !self.is_redis(8, 6) { 8 } else { 0 });
        }
    }

    /// Does so for a key that is about to get a time when it goes.
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

    /// Adds a key, or replaces its value.
    pub(crate) fn insert(&mut self, db: usize, key: &[u8], entry: Entry) {
        let is_new = self.keyspace.get(db, key).is_none();
        self.keyspace.insert(db, key, entry);
        if is_new {
            self.notify(Class::New, "new", db, key);
        }
    }

    /// Notifies that a whole value took the place of another, if there was one.
    pub(crate) fn notify_overwritten(&mut self, db: usize, key: &[u8], old: Option<&str>, new: &str) {
        let Some(old) = old else { return };
        self.notify(Class::Overwritten, "overwritten", db, key);
        if old != new {
            self.notify(Class::TypeChanged, "type_changed", db, key);
        }
    }

    /// The place of a key whose time has not come; one whose time has come is removed.
    pub(crate) fn place(&mut self, db: usize, key: &[u8]) -> Option<usize> {
        let (at, entry) = self.keyspace.place(db, key)?;
        if entry.is_live(self.expiry_time()) {
            return Some(at);
        }
        self.expire_key(db, key);
        None
    }

    /// Runs a call of a client.
    pub fn call(&mut self, words: &[Vec<u8>], db: &mut usize, resp3: bool) -> Reply {
        self.tick();
        match self.prepare(words) {
            Ok(spec) => self.run(spec, words, db, resp3, false),
            Err(error) => error.into(),
        }
    }

    /// Runs a command whose words have been counted.
    pub fn run(
        &mut self,
        spec: &'static CommandSpec,
        words: &[Vec<u8>],
        db: &mut usize,
        resp3: bool,
        in_script: bool,
    ) -> Reply {
        self.commands += 1;
        if in_script && !self.since(7, 2) {
            self.tick_within_script();
        }
        if in_script && spec.flags(self.target).has(Flags::READONLY) {
            self.remember_reads(words, *db);
        }
        // Inside a script only the script as a whole is timed.
        let start = (!in_script || self.times_scripts).then(Instant::now);
        if spec.flags(self.target).has(Flags::WRITE) {
            // What it keeps of its words is a copy.
            meter::afford(words.iter().map(Vec::len).sum());
        }
        let reply = match dispatch::support(spec.id) {
            Support::Here(command) => {
                let reads = spec.flags(self.target).has(Flags::READONLY);
                command(&mut Call {
                    engine: self,
                    spec,
                    words,
                    db,
                    resp3,
                    in_script,
                    reads,
                    looked_up: None,
                    used: FxHashSet::default(),
                })
                .unwrap_or_else(Reply::from)
            }
            Support::Scripting => Reply::error(format!("ERR {} needs the script engine", spec.name)),
            Support::Connection => Reply::error(format!("ERR {} needs a connection", spec.name)),
            Support::Unsupported(why) => {
                Reply::error(format!("ERR {} is not supported by the embedded engine: {why}", spec.name))
            }
        };
        self.note(spec, words, start.map(|start| start.elapsed()), in_script, &reply);
        if resp3 { reply } else { reply.into_resp2() }
    }

    fn remember_reads(&mut self, words: &[Vec<u8>], db: usize) {
        let Some(reads) = &mut self.script_reads else { return };
        let known: Vec<bind::Word<'_>> = words.iter().map(|word| bind::Word::Known(word)).collect();
        for (at, _) in bind::bind(&known, &[self.target]).keys() {
            meter::push(reads, (db, meter::copy(&words[at])));
        }
    }

    /// Whether the server is Redis itself from a version on.
    pub fn is_redis(&self, major: u8, minor: u8) -> bool {
        self.target.redis_since(major, minor)
    }

    /// Whether the server is Valkey from a version on.
    pub fn is_valkey(&self, major: u8, minor: u8) -> bool {
        self.target.valkey_since(major, minor)
    }
}
