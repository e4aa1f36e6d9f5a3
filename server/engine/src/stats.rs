//! What the server counts of itself: for `INFO`, and the log of slow commands.

use std::collections::{BTreeMap, VecDeque};

use commands::CommandSpec;

/// How often a command ran.
#[derive(Clone, Copy, Default, Debug)]
pub struct Calls {
    /// With those that failed.
    pub count: u64,
    /// How many of them replied with an error.
    pub failed: u64,
    /// How many were refused before they ran.
    pub rejected: u64,
    /// What they took, in microseconds.
    pub micros: u64,
}

/// Counters of calls, by command.
#[derive(Default, Debug)]
pub struct ByCommand(Vec<Option<(&'static str, Calls)>>);

impl ByCommand {
    /// Those of a command, to be changed.
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
    /// Keys removed because memory was full.
    pub evicted: u64,
    /// How many commands ran.
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

    /// Notes an error reply.
    pub fn error(&mut self, text: &[u8]) {
        let code = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        let code = String::from_utf8_lossy(code).into_owned();
        if self.errors.len() < CODES || self.errors.contains_key(&code) {
            *self.errors.entry(code).or_insert(0) += 1;
        }
    }
}

/// A slow command.
#[derive(Clone, Debug)]
pub struct Slow {
    /// Its number.
    pub id: i64,
    /// When it ran, in seconds since 1970.
    pub time: i64,
    /// How long, in microseconds.
    pub micros: i64,
    /// Its words, cut short.
    pub words: Vec<Vec<u8>>,
}

/// The log of slow commands.
#[derive(Default, Debug)]
pub struct SlowLog {
    /// The newest first.
    pub entries: VecDeque<Slow>,
    next: i64,
}

/// Words of a command that are kept, and bytes of a word.
const WORDS: usize = 32;
const BYTES: usize = 128;

impl SlowLog {
    /// Notes a command, keeping `limit` of them.
    pub fn push(&mut self, words: &[Vec<u8>], time: i64, micros: i64, limit: usize) {
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
        self.entries.push_front(Slow { id: self.next, time, micros, words: kept });
        self.next += 1;
        self.entries.truncate(limit);
    }
}
