//! Entries of `ACL LOG`: refusals, each with its reason, user and client.

use std::collections::VecDeque;

/// Reason of a refusal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A wrong password.
    Auth,
    /// The command.
    Command,
    /// A key.
    Key,
    /// A channel.
    Channel,
    /// A database (Valkey 9.1).
    Database,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Command => "command",
            Self::Key => "key",
            Self::Channel => "channel",
            Self::Database => "database",
        }
    }
}

/// Context of a refused call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// A call of a client.
    Toplevel,
    /// A call in a transaction.
    Multi,
    /// A call of a script.
    Script,
}

impl Context {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Toplevel => "toplevel",
            Self::Multi => "multi",
            Self::Script => "lua",
        }
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Reason of the refusal.
    pub reason: Reason,
    /// Context of the call.
    pub context: Context,
    /// The command, key or channel.
    pub object: Vec<u8>,
    /// The name of the user.
    pub user: Vec<u8>,
    /// The client as in the reply of `CLIENT INFO`; empty without one.
    pub client: Vec<u8>,
}

/// An entry of the log: equal refusals within a minute are one.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) entry: LogEntry,
    pub(crate) count: i64,
    pub(crate) id: i64,
    /// Time of the first refusal, in milliseconds since 1970.
    pub(crate) created: i64,
    pub(crate) updated: i64,
}

/// Milliseconds within which equal refusals are counted as one entry.
const GROUPING_MILLIS: i64 = 60_000;

/// The log.
#[derive(Default, Debug)]
pub struct Log {
    /// The newest first.
    pub(crate) entries: VecDeque<Kept>,
    next: i64,
}

impl Log {
    /// Notes a refusal at a time in milliseconds since 1970, keeping `limit` entries.
    pub fn add(&mut self, entry: LogEntry, now: i64, limit: usize) {
        let same = |kept: &Kept| {
            let known = &kept.entry;
            (known.reason, known.context) == (entry.reason, entry.context)
                && (&known.object, &known.user) == (&entry.object, &entry.user)
                && now - kept.updated < GROUPING_MILLIS
        };
        let kept = match self.entries.iter().position(same).and_then(|at| self.entries.remove(at)) {
            Some(kept) => Kept { count: kept.count + 1, updated: now, entry, ..kept },
            None => {
                self.next += 1;
                Kept { entry, count: 1, id: self.next - 1, created: now, updated: now }
            }
        };
        self.entries.push_front(kept);
        self.entries.truncate(limit);
    }
}
