//! Clients that wait for a key.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Instant,
};

use commands::CommandSpec;
use engine::value::Bytes;
use protocol::Reply;
use rustc_hash::FxHashMap;

use super::queue::Words;

/// Event that a client waits for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Wish {
    /// A list with something in it.
    List,
    /// A sorted set with something in it.
    Zset,
    /// A new entry of a stream.
    Stream,
    /// As `Stream`, by a group: ends too when the group does, or when a pending entry has been idle for `claim` milliseconds.
    Group {
        /// `CLAIM` of Redis 8.4.
        claim: Option<i64>,
    },
    /// Replicas: there are none, so only the timeout ends it, with this reply.
    Nobody(Reply),
}

/// A call that waits.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) spec: &'static CommandSpec,
    pub(crate) words: Words,
    pub(crate) db: usize,
    pub(crate) wish: Wish,
    pub(crate) keys: Vec<Bytes>,
    pub(crate) deadline: Option<Instant>,
}

impl Parked {
    /// True if the removal of the key ends the waiting too.
    pub(crate) fn is_group(&self) -> bool {
        matches!(self.wish, Wish::Group { .. })
    }
}

/// Waiting clients by key, first come first, and their deadlines.
#[derive(Default, Debug)]
pub(crate) struct Waiting {
    pub(crate) by_key: FxHashMap<(usize, Bytes), VecDeque<u64>>,
    pub(crate) deadlines: BTreeSet<(Instant, u64)>,
    /// Clients that wait for pending entries to be claimed, first come first.
    pub(crate) claiming: Vec<u64>,
}

impl Waiting {
    /// Earliest deadline.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Number of clients with a deadline.
    pub(crate) fn with_timeout(&self) -> usize {
        self.deadlines.len()
    }

    /// Number of keys that are waited for.
    pub(crate) fn keys(&self) -> usize {
        self.by_key.len()
    }
}
