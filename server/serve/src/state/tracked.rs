//! Keys that clients cache, and the clients to notify when they change.

use std::collections::{BTreeMap, BTreeSet};

use engine::value::Bytes;
use rustc_hash::FxHashMap;

/// A client's tracking options.
#[derive(Clone, Default, Debug)]
pub(crate) struct Tracking {
    /// Id of the client that is notified in its place; 0 for itself.
    pub(crate) redirect: u64,
    /// True if that client is gone.
    pub(crate) broken: bool,
    /// True if it is notified of all keys with its prefixes, read or not.
    pub(crate) broadcasts: bool,
    pub(crate) prefixes: BTreeSet<Vec<u8>>,
    /// Bytes that `tot-mem` counts for the prefixes.
    pub(crate) prefix_bytes: usize,
    pub(crate) opt_in: bool,
    pub(crate) opt_out: bool,
    pub(crate) no_loop: bool,
    /// Setting of `CLIENT CACHING` for the next command.
    pub(crate) caching: Option<bool>,
}

/// Readers of each key since it changed.
#[derive(Default, Debug)]
pub(crate) struct Tracked {
    pub(crate) keys: FxHashMap<(usize, Bytes), BTreeSet<u64>>,
    /// Id of the client whose change is being reported; 0 for none.
    pub(crate) writer: u64,
    /// The clients that broadcasts go to, by prefix.
    pub(crate) prefixes: BTreeMap<Vec<u8>, BTreeSet<u64>>,
    /// Modified keys to broadcast, each with the id of the client that modified it last.
    pub(crate) modified: BTreeMap<Bytes, u64>,
}

impl Tracked {
    /// Number of tracked keys, of their clients, and of prefixes.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.keys.len(), self.keys.values().map(BTreeSet::len).sum(), self.prefixes.len())
    }

    /// True if modified keys are broadcast to anybody.
    pub(crate) fn broadcasts(&self) -> bool {
        !self.prefixes.is_empty()
    }
}
