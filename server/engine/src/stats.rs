//! Counters of the server: for `INFO`, and the log of slow commands.

use std::collections::{BTreeMap, VecDeque};

use commands::CommandSpec;
use protocol::Reply;

use crate::{clients::Clients, latency::Histogram};

/// Number of times a command ran.
#[derive(Clone, Default, Debug)]
pub struct Calls {
    /// Including those that failed.
    pub count: u64,
    /// Number of those that replied with an error.
    pub failed: u64,
    /// Number of those that were refused before they ran.
    pub rejected: u64,
    /// Total duration, in microseconds.
    pub micros: u64,
    /// Duration of each, unless `latency-tracking` is off.
    pub latency: Histogram,
}

/// Counters of calls, by command.
#[derive(Default, Debug)]
pub struct ByCommand(Vec<Option<(&'static str, Calls)>>);

impl ByCommand {
    /// Returns the counters of a command, to be changed.
    pub fn of(&mut self, spec: &CommandSpec) -> &mut Calls {
        let at = spec.id as usize;
        if at >= self.0.len() {
            self.0.resize(at + 1, None);
        }
        &mut self.0[at].get_or_insert((spec.name, Calls::default())).1
    }

    /// The commands that were called, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Calls)> {
        self.0.iter().flatten().map(|(name, calls)| (*name, calls))
    }
}

/// Counters, all of which `CONFIG RESETSTAT` sets to zero.
#[derive(Default, Debug)]
pub struct Stats {
    /// Keys that readers found.
    pub hits: u64,
    /// Keys that readers looked for and did not find.
    pub misses: u64,
    /// Keys whose time came.
    pub expired: u64,
    /// Fields of hashes whose time came.
    pub expired_fields: u64,
    /// Scripts that made room for others in the cache (7.4).
    pub evicted_scripts: u64,
    /// Refusals by ACL.
    pub denied: Denied,
    /// Client counters at the last reset.
    pub base: Clients,
    /// Keys removed because memory was full.
    pub evicted: u64,
    /// Number of commands that ran.
    pub processed: u64,
    /// Error replies by their code.
    pub errors: BTreeMap<String, u64>,
    /// Calls by command.
    pub calls: ByCommand,
    /// The last error inside the script that runs.
    pub(crate) inside: Vec<u8>,
}

/// More codes than this are no codes: scripts make them up.
const CODES: usize = 128;

impl Stats {
    /// Notes a call that was refused before it ran.
    pub fn reject(&mut self, spec: Option<&'static CommandSpec>, error: &[u8]) {
        if let Some(spec) = spec {
            self.calls.of(spec).rejected += 1;
        }
        self.error(error);
    }

    /// Counts a call of a script that was refused, be the error caught or not: a script that ends with it is not counted
    /// again.
    pub fn refuse_in_script(&mut self, spec: Option<&'static CommandSpec>, error: &[u8]) {
        self.reject(spec, error);
        self.inside = error.to_vec();
    }

    /// Takes back that a call was counted: one that waits is counted once, however often it is tried again.
    pub fn count_once(&mut self, spec: &CommandSpec) {
        self.processed = self.processed.saturating_sub(1);
        let calls = self.calls.of(spec);
        calls.count = calls.count.saturating_sub(1);
    }

    /// Notes an error reply.
    pub fn error(&mut self, text: &[u8]) {
        let code = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        let code = String::from_utf8_lossy(code).into_owned();
        if self.errors.len() < CODES || self.errors.contains_key(&code) {
            *self.errors.entry(code).or_insert(0) += 1;
        }
    }
}

/// Refusals by ACL.
#[derive(Clone, Copy, Default, Debug)]
pub struct Denied {
    /// Wrong passwords.
    pub auth: u64,
    /// Commands.
    pub command: u64,
    /// Keys.
    pub key: u64,
    /// Channels.
    pub channel: u64,
    /// Databases (Valkey 9.1).
    pub database: u64,
}

/// Rates of commands, received and sent bytes over the last samples.
#[derive(Clone, Default, Debug)]
pub struct Rates {
    last: Option<(i64, [u64; 3])>,
    /// Rates per second, the newest last.
    samples: VecDeque<[f64; 3]>,
}

/// Samples that a rate is the mean of; one is taken each 100 ms.
const RATE_SAMPLES: usize = 16;

impl Rates {
    /// Takes a sample of counters at a time in milliseconds.
    pub fn sample(&mut self, now: i64, counters: [u64; 3]) {
        if let Some((time, before)) = self.last
            && now > time
        {
            let seconds = (now - time) as f64 / 1000.0;
            let mut rates = [0.0; 3];
            for (rate, (new, old)) in rates.iter_mut().zip(counters.iter().zip(before)) {
                *rate = new.saturating_sub(old) as f64 / seconds;
            }
            self.samples.push_back(rates);
            if self.samples.len() > RATE_SAMPLES {
                self.samples.pop_front();
            }
        }
        self.last = Some((now, counters));
    }

    /// A rate per second: 0 of commands, 1 of bytes received, 2 of bytes sent.
    pub fn per_second(&self, which: usize) -> f64 {
        self.samples.iter().map(|sample| sample[which]).sum::<f64>() / self.samples.len().max(1) as f64
    }
}

/// A command of a log.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Its number.
    pub id: i64,
    /// Time of the call, in seconds since 1970.
    pub time: i64,
    /// Microseconds that it took, or bytes of the request or the reply.
    pub amount: i64,
    /// Its words, cut short.
    pub words: Vec<Vec<u8>>,
    /// The address of its client; empty without one.
    pub address: String,
    /// The name of its client.
    pub name: Vec<u8>,
}

/// A log of commands: slow ones, or since Valkey 8.1 those with a large request or reply.
#[derive(Default, Debug)]
pub struct CommandLog {
    /// The newest first.
    pub entries: VecDeque<Logged>,
    next: i64,
}

/// Words of a command that are kept, and bytes of a word.
const WORDS: usize = 32;
const BYTES: usize = 128;

/// The words as logs keep them.
pub(crate) fn shortened(words: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut kept: Vec<Vec<u8>> = words
        .iter()
        .take(if words.len() > WORDS { WORDS - 1 } else { WORDS })
        .map(|word| {
            let mut text = word[..word.len().min(BYTES)].to_vec();
            if word.len() > BYTES {
                text.extend(format!("... ({} more bytes)", word.len() - BYTES).into_bytes());
            }
            text
        })
        .collect();
    if words.len() > WORDS {
        kept.push(format!("... ({} more arguments)", words.len() - WORDS + 1).into_bytes());
    }
    kept
}

impl CommandLog {
    /// Notes a command, keeping `limit` of them.
    pub fn push(&mut self, logged: Logged, limit: usize) {
        self.entries.push_front(Logged { id: self.next, ..logged });
        self.next += 1;
        self.entries.truncate(limit);
    }

    /// Removes the newest entry, whose number is given again.
    pub(crate) fn take_back(&mut self) {
        if self.entries.pop_front().is_some() {
            self.next -= 1;
        }
    }
}

/// Bytes of a call as RESP sends it.
pub fn request_size(words: &[Vec<u8>]) -> usize {
    head_size(words.len()) + words.iter().map(|word| head_size(word.len()) + word.len() + 2).sum::<usize>()
}

/// Bytes of a mark, a length and a line break.
fn head_size(length: usize) -> usize {
    length.checked_ilog10().map_or(1, |digits| digits as usize + 1) + 3
}

/// Bytes of a reply as RESP sends it.
pub(crate) fn reply_size(reply: &Reply) -> usize {
    let all = |items: &[Reply]| head_size(items.len()) + items.iter().map(reply_size).sum::<usize>();
    match reply {
        Reply::Bulk(text) | Reply::Verbatim { text, .. } => head_size(text.len()) + text.len() + 2,
        Reply::Status(text) | Reply::Error(text) | Reply::BigNumber(text) => text.len() + 3,
        Reply::Int(number) => number.to_string().len() + 3,
        Reply::Double(text) => text.len() + 3,
        Reply::Nil | Reply::NilArray => 5,
        Reply::Bool(_) => 4,
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => all(items),
        Reply::Attributed { reply, .. } => reply_size(reply),
        Reply::Map(pairs) => {
            head_size(pairs.len()) + pairs.iter().map(|(key, value)| reply_size(key) + reply_size(value)).sum::<usize>()
        }
    }
}
