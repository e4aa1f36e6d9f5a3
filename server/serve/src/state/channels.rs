//! Channels and patterns with their subscribers.

use engine::Subscribers;
use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Kind of subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Channel,
    Pattern,
    Shard,
}

/// Clients in the order in which they subscribed.
pub(crate) type Ids = IndexSet<u64, FxBuildHasher>;

/// Subscribers by channel and pattern.
#[derive(Default, Debug)]
pub(crate) struct Channels {
    pub(crate) channels: FxHashMap<Vec<u8>, Ids>,
    pub(crate) shards: FxHashMap<Vec<u8>, Ids>,
    /// Patterns in the order of their first subscriber, which is the order of delivery.
    pub(crate) patterns: IndexMap<Vec<u8>, Ids, FxBuildHasher>,
}

/// Changes the engine's subscriber count of a channel or pattern by `by`.
pub(crate) fn count(subscribers: &mut Subscribers, kind: Kind, name: &[u8], by: i64) {
    let counts = match kind {
        Kind::Channel => &mut subscribers.channels,
        Kind::Pattern => &mut subscribers.patterns,
        Kind::Shard => &mut subscribers.shard_channels,
    };
    Subscribers::change(counts, name, by);
}
