//! The server: keyspace, settings, clock and chance, and the way of a call to its command.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use commands::{CommandSpec, Family, Target, Version, lookup, subcommand};
use protocol::Reply;

use crate::{
    call::{self, Call},
    config::Config,
    dispatch::{self, Support},
    error::Error,
    keyspace::Keyspace,
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
    /// How many changes there were.
    pub dirty: u64,
    /// What was published since somebody took it.
    pub published: Vec<Published>,
    /// Who listens; whoever has clients keeps it.
    pub subscribers: Subscribers,
    /// Whether expiry by itself is stopped (`DEBUG SET-ACTIVE-EXPIRE`).
    pub active_expire: bool,
    /// How many commands ran.
    pub commands: u64,
    clock: Clock,
    /// Microseconds since 1970; stands still during a command or a script.
    time: i64,
    random: u64,
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
            active_expire: true,
            commands: 0,
            clock: Clock::System,
            time: 0,
            random: 0x9E37_79B9_7F4A_7C15,
        };
        engine.tick();
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
        } else {
            self.keyspace.expire_fields(db, key, now);
        }
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
            None if dispatch::takes_bare_words(spec.id) => Ok(spec),
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
        let name = words.first().map_or(&[][..], Vec::as_slice);
        text.extend_from_slice(&name[..name.len().min(128)]);
        text.push(quote);
        text.extend_from_slice(b", with args beginning with: ");
        let mut shown = 0;
        for word in words.iter().skip(1) {
            if shown >= 128 {
                break;
            }
            let word = &word[..word.len().min(128 - shown)];
            text.push(quote);
            text.extend_from_slice(word);
            text.push(quote);
            text.extend_from_slice(if self.since(7, 0) { b" " } else { b", " });
            shown += word.len() + 3;
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

    /// Runs a call of a client.
    pub fn call(&mut self, words: &[Vec<u8>], db: &mut usize, resp3: bool) -> Reply {
        self.tick();
        match self.find(words) {
            Err(error) => error.into(),
            Ok(spec) if !self.fits(spec, words.len()) => self.wrong_count(spec, words).into(),
            Ok(spec) => self.run(spec, words, db, resp3, false),
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
        let reply = match dispatch::support(spec.id) {
            Support::Here(command) => {
                command(&mut Call { engine: self, spec, words, db, resp3, in_script }).unwrap_or_else(Reply::from)
            }
            Support::Scripting => Reply::error(format!("ERR {} needs the script engine", spec.name)),
            Support::Connection => Reply::error(format!("ERR {} needs a connection", spec.name)),
            Support::Unsupported(why) => {
                Reply::error(format!("ERR {} is not supported by the embedded engine: {why}", spec.name))
            }
        };
        if resp3 { reply } else { reply.into_resp2() }
    }
}
