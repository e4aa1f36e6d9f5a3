//! Subscriber counts by channel. The connections belong to whoever serves a port.

use rustc_hash::FxHashMap;

use crate::glob;

/// Number of subscribers by channel.
#[derive(Default, Debug)]
pub struct Subscribers {
    /// By channel.
    pub channels: FxHashMap<Vec<u8>, i64>,
    /// By shard channel.
    pub shard_channels: FxHashMap<Vec<u8>, i64>,
    /// By pattern.
    pub patterns: FxHashMap<Vec<u8>, i64>,
}

impl Subscribers {
    fn of_kind(&self, sharded: bool) -> &FxHashMap<Vec<u8>, i64> {
        if sharded { &self.shard_channels } else { &self.channels }
    }

    /// Number of clients that listen to a channel by its name.
    pub fn direct(&self, channel: &[u8], sharded: bool) -> i64 {
        self.of_kind(sharded).get(channel).copied().unwrap_or(0)
    }

    /// Number of deliveries of a message on a channel.
    pub fn count(&self, channel: &[u8], sharded: bool) -> i64 {
        let by_pattern: i64 = match sharded {
            true => 0,
            false => self.patterns.iter().filter(|(pattern, _)| glob::matches(pattern, channel)).map(|it| it.1).sum(),
        };
        self.direct(channel, sharded) + by_pattern
    }

    /// Channels with subscribers.
    pub fn channels(&self, sharded: bool) -> Vec<Vec<u8>> {
        self.of_kind(sharded).keys().cloned().collect()
    }

    /// One more, or one less, on a channel.
    pub fn change(counts: &mut FxHashMap<Vec<u8>, i64>, name: &[u8], by: i64) {
        let count = counts.entry(name.to_vec()).or_insert(0);
        *count += by;
        if *count <= 0 {
            counts.remove(name);
        }
    }
}
