//! The server: keyspace, settings, clock and chance, and the way of a call to its command.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use commands::{CommandId, CommandSpec, Family, Flags, Target, Version, lookup, subcommand};
use protocol::{Reply, number::to_usize};

use crate::{
    acl::{self, Acl},
    call::{self, Call},
    config::Config,
    dispatch::{self, Support},
    error::Error,
    keyspace::{Entry, Keyspace},
    latency::Monitor,
    notify::Class,
    stats::{self, CommandLog, Logged, Rates, Stats},
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

    /// Reads the clock. Done before a command or a script, during which no key expires.
    pub fn tick(&mut self) {
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
        self.call_time / 1000
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
        self.target.family == Family::Valkey || self.target.version >= Version::new(major, minor)
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

    /// Removes a key whose time has come.
    pub fn expire_key(&mut self, db: usize, key: &[u8]) {
        let now = self.expiry_time();
        if self.keyspace.get(db, key).is_some_and(|entry| entry.expires.is_some_and(|at| at <= now)) {
            self.keyspace.remove(db, key);
            self.stats.expired += 1;
            self.notify(Class::Expired, "expired", db, key);
            self.keyspace.signal_expired(db, key);
        }
    }

    /// Removes the fields of a hash whose time has come, and the hash if none are left.
    pub(crate) fn expire_fields(&mut self, db: usize, key: &[u8]) {
        if self.keyspace.expire_fields(db, key, self.expiry_time()).is_empty() {
            return;
        }
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
        // All keys are looked at: never for more than a twentieth of the time.
        let pause = begin.elapsed().as_millis().saturating_mul(20).max(100);
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

    /// Whether a key was modified, or has expired, since it was watched: `EXEC` then does nothing.
    pub fn is_aborted(&self, db: usize, key: &[u8], watch: Watch) -> bool {
        let expired = || !watch.expired && self.is_expired(db, key) && !self.keyspace.is_stale(db, key);
        self.keyspace.changes(db, key) != watch.changes || expired()
    }

    /// Whether a key has expired and was not deleted yet.
    fn is_expired(&self, db: usize, key: &[u8]) -> bool {
        self.keyspace.get(db, key).is_some_and(|entry| entry.expires.is_some_and(|at| at <= self.expiry_time()))
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
        if expires.is_some_and(|at| at <= self.expiry_time()) {
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
            // Before 7.0 the key was looked at first.
            None if !self.since(7, 0)
                && (spec.id == CommandId::Xinfo && words.len() > 2
                    || spec.id == CommandId::Xgroup && words.len() > 3) =>
            {
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
        // Redis 8.6 says nothing of words that are not there.
        if words.len() > 1 || !self.is_redis(8, 6) {
            text.extend_from_slice(b", with args beginning with: ");
        }
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

    pub(crate) fn unknown_subcommand(&self, spec: &CommandSpec, word: &[u8]) -> Error {
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
        if in_script && !self.since(7, 2) {
            self.tick_within_script();
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
                command(&mut Call { engine: self, spec, words, db, resp3, in_script, reads, looked_up: None })
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

    /// Counts a call that has run, and logs it by the time it took, where that was measured. Callers that run commands
    /// beside [`Self::run`] report them here.
    pub fn note(
        &mut self,
        spec: &CommandSpec,
        words: &[Vec<u8>],
        took: Option<Duration>,
        in_script: bool,
        reply: &Reply,
    ) {
        self.stats.processed += 1;
        let calls = self.stats.calls.of(spec);
        calls.count += 1;
        if let Reply::Error(_) = reply {
            calls.failed += 1;
        }
        if let Some(took) = took {
            let micros = took.as_micros() as u64;
            calls.micros += micros;
            if self.config.tracks_latency {
                calls.latency.add(micros);
            }
            self.log(spec, words, micros as i64, reply);
        }
        if let Reply::Error(text) = reply {
            // An error that a script only hands on was counted when it came up inside; 6.2 counted it again.
            let inside = &self.stats.inside;
            if inside.is_empty() || !text.starts_with(inside) || !self.since(7, 0) {
                self.stats.error(text);
            }
        }
        match (in_script, reply) {
            (true, Reply::Error(text)) => self.stats.inside.clone_from(text),
            (true, _) => {}
            (false, _) => self.stats.inside.clear(),
        }
    }

    /// Takes back what the logs have of the last call: one that waits is logged when it has been served.
    pub fn take_back_log(&mut self) {
        let logs = [&mut self.slow, &mut self.large_requests, &mut self.large_replies];
        for (log, is_newest) in logs.into_iter().zip(std::mem::take(&mut self.newest)) {
            if is_newest {
                log.take_back();
            }
        }
    }

    /// Notes a call of a client in the logs that it belongs to.
    fn log(&mut self, spec: &CommandSpec, words: &[Vec<u8>], micros: i64, reply: &Reply) {
        self.newest = [false; 3];
        let (threshold, millis) = (self.config.latency_threshold, micros / 1000);
        if threshold > 0 && millis >= threshold {
            let name = if spec.flags(self.target).has(Flags::FAST) { "fast-command" } else { "command" };
            self.latency.add(name, self.time / 1_000_000, millis);
        }
        // EXEC is there by the commands of its transaction.
        if spec.id == CommandId::Exec {
            return;
        }
        let over = |limit: i64, amount: i64| limit >= 0 && amount >= limit;
        if over(self.config.slower_than, micros) {
            let logged = self.logged(spec, words, micros);
            self.slow.push(logged, self.log_limit("slowlog-max-len"));
            self.newest[0] = true;
        }
        if !self.is_valkey(8, 1) {
            return;
        }
        let size = stats::request_size(words) as i64;
        if over(self.config.large_request, size) {
            let logged = self.logged(spec, words, size);
            self.large_requests.push(logged, self.log_limit("commandlog-large-request-max-len"));
            self.newest[1] = true;
        }
        let size = stats::reply_size(reply) as i64;
        if over(self.config.large_reply, size) {
            let logged = self.logged(spec, words, size);
            self.large_replies.push(logged, self.log_limit("commandlog-large-reply-max-len"));
            self.newest[2] = true;
        }
    }

    pub(crate) fn log_limit(&self, setting: &str) -> usize {
        self.config.int(setting).map_or(0, to_usize)
    }

    fn logged(&self, spec: &CommandSpec, words: &[Vec<u8>], amount: i64) -> Logged {
        let words = stats::shortened(&redacted(spec, words));
        let address = self.caller.address.map_or_else(String::new, |address| address.to_string());
        Logged { id: 0, time: self.time / 1_000_000, amount, words, address, name: self.caller.name.clone() }
    }

    /// Whether the server is Redis itself from a version on.
    pub fn is_redis(&self, major: u8, minor: u8) -> bool {
        self.target.is_at_least(Family::Redis, Version::new(major, minor))
    }

    /// Whether the server is Valkey from a version on.
    pub fn is_valkey(&self, major: u8, minor: u8) -> bool {
        self.target.is_at_least(Family::Valkey, Version::new(major, minor))
    }
}

/// The words of a call without passwords.
fn redacted<'a>(spec: &CommandSpec, words: &'a [Vec<u8>]) -> std::borrow::Cow<'a, [Vec<u8>]> {
    let is = |at: usize, word: &[u8]| words.get(at).is_some_and(|found| found.eq_ignore_ascii_case(word));
    let secret = |at: usize| match spec.id {
        CommandId::Auth => at >= 1,
        CommandId::AclSetuser | CommandId::AclDeluser | CommandId::AclGetuser => at >= 2,
        CommandId::Hello => at >= 3 && (is(at - 1, b"AUTH") || is(at - 2, b"AUTH")),
        CommandId::ConfigSet => {
            let secrets: [&[u8]; 4] = [b"requirepass", b"masterauth", b"masteruser", b"primaryauth"];
            at >= 3 && secrets.iter().any(|name| is(at - 1, name))
        }
        _ => false,
    };
    if !(1..words.len()).any(secret) {
        return words.into();
    }
    let redact = |(at, word): (usize, &Vec<u8>)| if secret(at) { b"(redacted)".to_vec() } else { word.clone() };
    words.iter().enumerate().map(redact).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use super::*;

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
