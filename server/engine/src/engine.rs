//! The server: keyspace, settings, clock and chance, and the way of a call to its command.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use commands::{CommandId, CommandSpec, Family, Flags, Target, Version, lookup, subcommand};
use protocol::{Reply, number::to_usize};

use crate::{
    call::{self, Call},
    config::Config,
    dispatch::{self, Support},
    error::Error,
    keyspace::{Entry, Keyspace},
    notify::Class,
    stats::{SlowLog, Stats},
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

/// What there is to tell of clients; whoever has them keeps it.
#[derive(Clone, Copy, Default, Debug)]
pub struct Clients {
    /// How many are connected.
    pub connected: usize,
    /// How many wait for a key.
    pub blocked: usize,
    /// How many subscribe to something.
    pub subscribed: usize,
    /// How many watch keys.
    pub watching: usize,
    /// How many track keys.
    pub tracking: usize,
    /// How many have connected since the start.
    pub accepted: u64,
    /// How many were turned away.
    pub rejected: u64,
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
    /// How many scripts are in the cache; whoever has them keeps it.
    pub cached_scripts: usize,
    /// How many commands ran.
    pub commands: u64,
    /// Whether scripts may call what they may not (`DEBUG SET-DISABLE-DENY-SCRIPTS`).
    pub scripts_may_all: bool,
    /// What it counts.
    pub stats: Stats,
    /// The commands that took long.
    pub slow: SlowLog,
    /// When it began, in microseconds since 1970.
    pub started: i64,
    /// When the keys were last saved, in seconds since 1970; nothing is, but clients ask.
    pub saved: i64,
    clock: Clock,
    /// Microseconds since 1970; stands still during a command or a script.
    time: i64,
    random: u64,
    /// Whether memory was full when the call of the client began.
    pub(crate) full: bool,
    /// Most memory in use that was seen, in bytes.
    pub(crate) peak_memory: u64,
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
            commands: 0,
            cached_scripts: 0,
            scripts_may_all: false,
            stats: Stats::default(),
            slow: SlowLog::default(),
            started: 0,
            saved: 0,
            clock: Clock::System,
            time: 0,
            random: 0x9E37_79B9_7F4A_7C15,
            full: false,
            peak_memory: 0,
        };
        engine.tick();
        engine.started = engine.time;
        engine.saved = engine.time / 1_000_000;
        engine
    }

    /// Sets where the time comes from.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
        self.tick();
    }

    /// Reads the clock. Done before a command or a script, for neither sees time pass.
    pub fn tick(&mut self) {
        self.time = match self.clock {
            Clock::Fixed(time) => time,
            Clock::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64),
        };
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.time / 1000
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

    /// Whether the server is Redis from a version on, or any Valkey.
    pub fn since(&self, major: u8, minor: u8) -> bool {
        self.target.family == Family::Valkey || self.target.version >= Version::new(major, minor)
    }

    /// The digits of a floating-point number, as the version writes them.
    pub fn digits(&self, value: f64) -> String {
        call::digits(value, self.since(7, 2))
    }

    /// Takes a string apart from its key where both, with when the key goes, are too long for one piece.
    pub fn fit(&self, key: &[u8], value: &mut Value, expires: bool) {
        if let (Some(limit), Value::Text(text)) = (self.config.embedded, value) {
            text.fit(key, limit - if expires { 8 } else { 0 });
        }
    }

    /// Does so for a key that is about to get a time when it goes.
    pub(crate) fn fit_key(&mut self, db: usize, key: &[u8]) {
        let Some(limit) = self.config.embedded else { return };
        let long = |value: &Value| matches!(value, Value::Text(Text::Bytes(bytes)) if bytes.len() + 8 > limit - key.len().min(limit));
        if self.keyspace.get(db, key).is_some_and(|entry| long(&entry.value))
            && let Some(entry) = self.keyspace.get_mut(db, key)
            && let Value::Text(text) = Arc::make_mut(&mut entry.value)
        {
            text.fit(key, limit - 8);
        }
    }

    /// Removes a key, or fields of it, whose time has come.
    pub fn expire_key(&mut self, db: usize, key: &[u8]) {
        let now = self.now();
        if self.keyspace.get(db, key).is_some_and(|entry| entry.expires.is_some_and(|at| at <= now)) {
            self.keyspace.remove(db, key);
            self.stats.expired += 1;
            self.notify(Class::Expired, "expired", db, key);
            self.keyspace.signal_expired(db, key);
        } else if self.keyspace.has_fields_that_expire(db) {
            self.expire_fields(db, key);
        }
    }

    /// Removes the fields of a hash whose time has come, and the hash if none are left.
    fn expire_fields(&mut self, db: usize, key: &[u8]) {
        if self.keyspace.expire_fields(db, key, self.now()).is_empty() {
            return;
        }
        self.notify(Class::Hash, "hexpired", db, key);
        if self.keyspace.get(db, key).is_some_and(|entry| entry.value.is_empty()) {
            self.keyspace.remove(db, key);
            self.notify(Class::Generic, "del", db, key);
        }
        self.keyspace.signal(db, key);
    }

    /// Removes all keys and fields of a database whose time has come: the servers' active expire cycle.
    pub fn expire(&mut self, db: usize) {
        for key in self.keyspace.expired(db, self.now()) {
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

    /// Whether a key was modified, or has expired, since it was watched: `EXEC` then does nothing.
    pub fn is_aborted(&self, db: usize, key: &[u8], watch: Watch) -> bool {
        self.keyspace.changes(db, key) != watch.changes || (!watch.expired && self.is_expired(db, key))
    }

    /// Whether a key has expired and was not deleted yet.
    fn is_expired(&self, db: usize, key: &[u8]) -> bool {
        self.keyspace.get(db, key).is_some_and(|entry| entry.expires.is_some_and(|at| at <= self.now()))
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
        let (at, expires) = self.keyspace.place(db, key)?;
        if expires.is_some_and(|at| at <= self.now()) || self.keyspace.has_fields_that_expire(db) {
            self.expire_key(db, key);
            return self.keyspace.place(db, key).map(|(at, _)| at);
        }
        Some(at)
    }

    /// The command that the first words name, on this server.
    ///
    /// # Errors
    /// What the server says where it has no such command or subcommand.
    pub fn find(&self, words: &[Vec<u8>]) -> Result<&'static CommandSpec, Error> {
        let name = words.first().map_or(&[][..], Vec::as_slice);
        let Some(spec) = lookup(name).filter(|spec| spec.is_available(self.target)) else {
            return Err(self.unknown_command(words));
        };
        if spec.subcommands.is_empty() || words.len() < 2 {
            return Ok(spec);
        }
        match subcommand(spec, &words[1]).filter(|sub| self.has_subcommand(sub)) {
            Some(sub) => Ok(sub),
            None if dispatch::takes_bare_words(spec.id) || (spec.id == CommandId::Cluster && !self.since(7, 0)) => {
                Ok(spec)
            }
            None => Err(self.unknown_subcommand(spec, &words[1])),
        }
    }

    /// The table knows subcommands since 7.0; older servers have those that 7.0 says are old.
    fn has_subcommand(&self, sub: &CommandSpec) -> bool {
        sub.is_available(self.target)
    }

    fn unknown_command(&self, words: &[Vec<u8>]) -> Error {
        let mut text = b"ERR unknown command '".to_vec();
        if !self.since(7, 0) {
            text = b"ERR unknown command `".to_vec();
        }
        let quote = if self.since(7, 0) { b'\'' } else { b'`' };
        // A zero byte ends a word for the servers.
        let start = |word: &'_ [u8], most: usize| {
            word.iter().take(most).copied().take_while(|byte| *byte != 0).collect::<Vec<u8>>()
        };
        text.extend(start(words.first().map_or(&[][..], Vec::as_slice), 128));
        text.push(quote);
        text.extend_from_slice(b", with args beginning with: ");
        let mut shown = 0;
        for word in words.iter().skip(1) {
            if shown >= 128 {
                break;
            }
            let word = start(word, 128 - shown);
            text.push(quote);
            text.extend_from_slice(&word);
            text.push(quote);
            text.extend_from_slice(if self.since(7, 0) { b" " } else { b", " });
            shown += word.len() + if self.since(7, 0) { 3 } else { 4 };
        }
        Error(text.into_iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect())
    }

    fn unknown_subcommand(&self, spec: &CommandSpec, word: &[u8]) -> Error {
        let text = if self.since(7, 0) {
            b"ERR unknown subcommand '".to_vec()
        } else {
            b"ERR Unknown subcommand or wrong number of arguments for '".to_vec()
        };
        Error::quoting(&[&text, &word[..word.len().min(128)], format!("'. Try {} HELP.", spec.name).as_bytes()])
    }

    /// Whether a call has as many words as its command takes.
    pub fn fits(&self, spec: &CommandSpec, count: usize) -> bool {
        // The table counts the words of subcommands since 7.0; this one took fewer before.
        if spec.id == CommandId::CommandGetkeys && !self.since(7, 0) {
            return count >= 3;
        }
        match spec.arity(self.target) {
            Some(arity) if arity >= 0 => count == arity as usize,
            Some(arity) => count >= arity.unsigned_abs() as usize,
            None => true,
        }
    }

    /// What is said of a call with too few or too many words. Before 7.0 only containers had a count: their
    /// subcommands said the same of a wrong count as of a wrong name.
    pub fn wrong_count(&self, spec: &'static CommandSpec, words: &[Vec<u8>]) -> Error {
        match spec.name.split_once(' ') {
            Some((container, _)) if !self.since(7, 0) => match lookup(container.as_bytes()) {
                Some(container) if self.fits(container, words.len()) => {
                    self.unknown_subcommand(container, words.get(1).map_or(&[][..], Vec::as_slice))
                }
                Some(container) => call::wrong_count(container).into(),
                None => call::wrong_count(spec).into(),
            },
            _ => call::wrong_count(spec).into(),
        }
    }

    /// The command of a call of a client, whose words have been counted.
    ///
    /// # Errors
    /// What the server says of a call that it does not run.
    pub fn prepare(&mut self, words: &[Vec<u8>]) -> Result<&'static CommandSpec, Error> {
        match self.find(words) {
            Ok(spec) if self.fits(spec, words.len()) => Ok(spec),
            Ok(spec) => {
                let error = self.wrong_count(spec, words);
                self.stats.reject(Some(spec), &error.0);
                Err(error)
            }
            Err(error) => {
                self.stats.reject(None, &error.0);
                Err(error)
            }
        }
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
        // Inside a script only the script as a whole is timed.
        let start = (!in_script).then(Instant::now);
        let reply = match dispatch::support(spec.id) {
            Support::Here(command) => {
                let reads = spec.flags(self.target).has(Flags::READONLY);
                command(&mut Call { engine: self, spec, words, db, resp3, in_script, reads, looked_up: None })
                    .unwrap_or_else(Reply::from)
            }
            Support::Scripting => Reply::error(format!("ERR {} needs the script engine", spec.name)),
            Support::Connection => Reply::error(format!("ERR {} needs a connection", spec.name)),
            Support::Unsupported(why) => {
                Reply::error(format!("ERR {} is not supported by the embedded engine: {why}", spec.name))
            }
        };
        self.note(spec, words, start.map(|start| start.elapsed()), &reply);
        if resp3 { reply } else { reply.into_resp2() }
    }

    /// Counts a call that has run, and how long it took unless a script made it. Whoever runs commands beside
    /// [`Self::run`] tells of them here.
    pub fn note(&mut self, spec: &CommandSpec, words: &[Vec<u8>], took: Option<Duration>, reply: &Reply) {
        self.stats.processed += 1;
        let calls = self.stats.calls.of(spec);
        calls.count += 1;
        if let Some(took) = took {
            let micros = took.as_micros() as i64;
            calls.micros += micros as u64;
            if self.config.slower_than >= 0 && micros >= self.config.slower_than {
                let limit = self.config.int("slowlog-max-len").unwrap_or(0);
                self.slow.push(words, self.time / 1_000_000, micros, to_usize(limit));
            }
        }
        if let Reply::Error(text) = reply {
            calls.failed += 1;
            // An error that a script only hands on was counted when it came up inside; 6.2 counted it again.
            let inside = &self.stats.inside;
            if inside.is_empty() || !text.starts_with(inside) || !self.since(7, 0) {
                self.stats.error(text);
            }
        }
        match (took, reply) {
            (None, Reply::Error(text)) => self.stats.inside.clone_from(text),
            (None, _) => {}
            (Some(_), _) => self.stats.inside.clear(),
        }
    }
}
