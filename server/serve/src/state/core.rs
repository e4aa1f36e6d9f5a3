//! State that all parts of the port share.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use protocol::resp::CommandLimits;
use tokio::sync::Notify;

use super::{hub::Hub, queue::Queue, running::Busy};

/// State that all parts share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) hub: Mutex<Hub>,
    pub(crate) queue: Queue,
    pub(crate) busy: Busy,
    /// Notified when the server is to end.
    pub(crate) stop: Notify,
    /// Limits of a command.
    pub(crate) limits: CommandLimits,
    query_limit: AtomicUsize,
    pub(crate) traffic: Traffic,
}

/// Counters for INFO that connections keep without the hub.
#[derive(Default, Debug)]
pub(crate) struct Traffic {
    /// Bytes received.
    pub(crate) received: AtomicU64,
    /// Reads from sockets.
    pub(crate) reads: AtomicU64,
    /// Clients dropped because their command was too long.
    pub(crate) too_long: AtomicU64,
}

impl Core {
    pub(crate) fn new(hub: Hub) -> Self {
        let query_limit = AtomicUsize::new(hub.settings.query_limit);
        // 7.0 let commands have as many words as can be counted; that they must arrive bounds them.
        let words = if hub.since(7, 0) { i64::from(i32::MAX) } else { 1024 * 1024 };
        let limits = CommandLimits {
            words,
            lines: script::line_rules(hub.target),
            strict_line_ends: hub.valkey(9, 1),
            ..CommandLimits::default()
        };
        Self {
            hub: Mutex::new(hub),
            queue: Queue::default(),
            busy: Busy::default(),
            stop: Notify::new(),
            limits,
            query_limit,
            traffic: Traffic::default(),
        }
    }

    /// Bytes that a client may send before a command is whole.
    pub(crate) fn query_limit(&self) -> usize {
        self.query_limit.load(Ordering::Relaxed)
    }

    pub(crate) fn set_query_limit(&self, limit: usize) {
        self.query_limit.store(limit, Ordering::Relaxed);
    }
}
