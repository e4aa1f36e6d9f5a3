//! Counters of clients, and the caller of the current command.

use crate::acl;

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
    /// Keys that clients wait for whose removal ends the waiting too.
    pub blocking_keys_on_nokey: usize,
    /// Commands held back by `CLIENT PAUSE`: `none`, `write`, `all`.
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

/// Caller of a command; set by serve before each.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The address of the client, if there is one.
    pub address: Option<std::net::SocketAddr>,
    /// The name of the connection.
    pub name: Vec<u8>,
    /// The name of the user.
    pub user: Vec<u8>,
    /// The client as in the reply of `CLIENT INFO`, if its user is restricted.
    pub line: Vec<u8>,
}

impl Default for Caller {
    fn default() -> Self {
        Self { address: None, name: Vec::new(), user: acl::DEFAULT.to_vec(), line: Vec::new() }
    }
}
