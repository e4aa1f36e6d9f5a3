//! All clients, their shared state, and the sending of replies to them.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Instant,
};

use commands::{CommandSpec, Target};
use engine::{
    Expiration,
    acl::{LogEntry, Users},
};
use protocol::{Reply, resp};
use rustc_hash::FxHashMap;

use super::{
    channels::{Channels, Kind},
    client::{Client, ReplyMode},
    pause::Pause,
    tracked::Tracked,
    waiting::Waiting,
};
use crate::settings::{OutputLimit, Settings};

/// Error for a command that the system has no memory for, where a real server ends. What it wrote before stays.
pub(crate) const OUT_OF_MEMORY: &str = "OOM the system has no memory for this command";

/// Unwritten bytes at which a client's commands wait until it has read.
const FULL: usize = 32 << 20;
/// Unwritten bytes at which any client is dropped, whatever the settings say: memory is bounded.
const MOST: usize = 1 << 30;

/// An update of the engine that is applied later: clients may come and go while a script has it.
#[derive(Debug)]
pub(crate) enum DeferredUpdate {
    /// A client watches a key.
    Watch(u64, usize, Arc<[u8]>),
    /// A key is no longer watched.
    Unwatch(usize, Arc<[u8]>),
    /// A subscriber count changes.
    Listens(Kind, Vec<u8>, i64),
    /// A password was wrong.
    WrongPassword(LogEntry),
    /// A call was refused with an error before it ran.
    Rejected(Option<&'static CommandSpec>, Vec<u8>),
}

/// The clients and what they share.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) target: Target,
    pub(crate) settings: Settings,
    pub(crate) clients: FxHashMap<u64, Client>,
    /// Users, as the engine has them: authentication need not wait for a script.
    pub(crate) users: Arc<Users>,
    pub(crate) channels: Channels,
    pub(crate) waiting: Waiting,
    pub(crate) tracked: Tracked,
    pub(crate) monitors: BTreeSet<u64>,
    pub(crate) pause: Option<Pause>,
    /// Clients whose commands may go on.
    pub(crate) resume: VecDeque<u64>,
    pub(crate) deferred: Vec<DeferredUpdate>,
    pub(crate) accepted: u64,
    pub(crate) rejected: u64,
    /// Bytes sent.
    pub(crate) sent: u64,
    /// Writes to sockets.
    pub(crate) writes: u64,
    /// Clients dropped because all together took too much memory.
    pub(crate) evicted: u64,
    /// Clients dropped because they did not read.
    pub(crate) dropped: u64,
    /// The last error reply, for the counters of the caller.
    pub(crate) last_error: Option<Vec<u8>>,
    /// The client whose command runs, with the bytes of the command's words and those that it came in.
    pub(crate) running: Option<(u64, usize, usize)>,
    /// True if a setting was changed, so that keys may be evicted after the command.
    pub(crate) may_evict: bool,
    /// Clients with something to send.
    unsent: Vec<u64>,
}

impl Hub {
    pub(crate) fn new(target: Target, settings: Settings) -> Self {
        Self {
            target,
            settings,
            clients: FxHashMap::default(),
            users: Arc::new(Users::new(target)),
            channels: Channels::default(),
            waiting: Waiting::default(),
            tracked: Tracked::default(),
            monitors: BTreeSet::new(),
            pause: None,
            resume: VecDeque::new(),
            deferred: Vec::new(),
            accepted: 0,
            rejected: 0,
            sent: 0,
            writes: 0,
            evicted: 0,
            dropped: 0,
            last_error: None,
            running: None,
            may_evict: false,
            unsent: Vec::new(),
        }
    }

    /// Returns the fate of keys whose time has come, for a call of a client that imports or does not. An import keeps them
    /// even when clients are paused.
    pub(crate) fn expiration(&self, import_source: bool) -> Expiration {
        match (self.settings.import_mode, self.pause) {
            (true, _) if import_source => Expiration::Ignores,
            (true, _) => Expiration::Imports,
            (false, Some(_)) => Expiration::Hides,
            (false, None) => Expiration::Deletes,
        }
    }

    /// True if the server is Redis from a version on, or any Valkey.
    pub(crate) fn since(&self, major: u8, minor: u8) -> bool {
        self.target.since(major, minor)
    }

    /// True if the server is Valkey from a version on.
    pub(crate) fn valkey(&self, major: u8, minor: u8) -> bool {
        self.target.valkey_since(major, minor)
    }

    /// True if the server is Redis from a version on.
    pub(crate) fn redis(&self, major: u8, minor: u8) -> bool {
        self.target.redis_since(major, minor)
    }

    /// True if a client must authenticate before it may do anything.
    pub(crate) fn is_stranger(&self, client: &Client) -> bool {
        !client.authenticated && self.users.need_authentication()
    }

    /// Calls a function with a client if it is still there.
    pub(crate) fn client(&mut self, id: u64, change: impl FnOnce(&mut Client)) {
        if let Some(client) = self.clients.get_mut(&id) {
            change(client);
        }
    }

    /// Replies to a client, unless it wants no replies.
    pub(crate) fn reply(&mut self, id: u64, reply: &Reply) {
        if let Reply::Error(text) = reply {
            self.last_error = Some(text.clone());
        }
        let Some(client) = self.clients.get_mut(&id) else { return };
        // Nothing follows the reply with which a client is sent away.
        if client.reply_mode != ReplyMode::On || client.closing {
            return;
        }
        if client.out.is_empty() {
            self.unsent.push(id);
        }
        let before = client.out.len();
        let (resp3, out) = (client.resp3, &mut client.out);
        if meter::within(&meter::Limits::default(), || resp::encode(reply, resp3, out)).is_err() {
            client.out.truncate(before);
            resp::encode(&Reply::error(OUT_OF_MEMORY), resp3, &mut client.out);
        }
    }

    /// Replies with an error.
    pub(crate) fn error(&mut self, id: u64, text: impl Into<Vec<u8>>) {
        self.reply(id, &Reply::error(text));
    }

    /// Replies `OK`.
    pub(crate) fn ok(&mut self, id: u64) {
        self.reply(id, &Reply::ok());
    }

    /// Sends bytes that a client did not ask for, even if it wants no replies.
    pub(crate) fn push(&mut self, id: u64, bytes: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.out.is_empty() {
            self.unsent.push(id);
        }
        client.out.extend_from_slice(bytes);
        // Messages to one that does not read must not pile up until the whole command is done.
        if client.out.len() > 64 * 1024 {
            self.send(id);
        }
    }

    /// Sends bytes as they are, as a reply.
    pub(crate) fn raw(&mut self, id: u64, bytes: &[u8]) {
        if self.clients.get(&id).is_some_and(|client| client.reply_mode == ReplyMode::On) {
            self.push(id, bytes);
        }
    }

    fn send(&mut self, id: u64) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.out.is_empty() {
            return;
        }
        let out = std::mem::take(&mut client.out);
        client.sent += out.len() as u64;
        self.sent += out.len() as u64;
        self.writes += 1;
        let left = client.link.send(&out);
        client.behind = left > 0;
        if out.capacity() <= 16 * 1024 {
            client.out = out;
            client.out.clear();
        }
        let limit = if client.is_subscriber() || client.monitor { self.settings.pubsub } else { self.settings.normal };
        if exceeds(left, limit, &mut client.over_since) {
            client.link.kill();
            self.dropped += 1;
        }
    }

    /// Sends everything.
    pub(crate) fn flush(&mut self) {
        while let Some(id) = self.unsent.pop() {
            self.send(id);
        }
    }

    /// True if a client has so much to read that its commands must wait.
    pub(crate) fn is_full(&mut self, id: u64) -> bool {
        if self.clients.get(&id).is_some_and(|client| client.out.len() > 256 * 1024) {
            self.send(id);
        }
        let Some(client) = self.clients.get(&id).filter(|client| client.behind) else { return false };
        client.link.unwritten() >= FULL && client.link.tell_when_drained()
    }

    /// A client whose connection is not about to be closed, as after `QUIT`.
    pub(crate) fn open_client(&self, id: u64) -> Option<&Client> {
        self.clients.get(&id).filter(|client| !client.closing)
    }

    /// Ends a client's connection when its replies are written.
    pub(crate) fn close(&mut self, id: u64) {
        self.send(id);
        if let Some(client) = self.clients.get_mut(&id) {
            client.closing = true;
            client.pending.clear();
            client.link.close();
        }
    }
}

fn exceeds(left: usize, limit: OutputLimit, since: &mut Option<Instant>) -> bool {
    if left > MOST || (limit.hard > 0 && left > limit.hard) {
        return true;
    }
    if limit.soft == 0 || left <= limit.soft {
        *since = None;
        return false;
    }
    since.get_or_insert_with(Instant::now).elapsed().as_secs() >= limit.seconds.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_read_is_dropped() {
        let limit = OutputLimit { hard: 100, soft: 10, seconds: 60 };
        let mut since = None;
        assert!(!exceeds(10, limit, &mut since) && since.is_none());
        assert!(!exceeds(11, limit, &mut since) && since.is_some());
        assert!(!exceeds(5, limit, &mut since) && since.is_none());
        assert!(exceeds(101, limit, &mut since));
        assert!(exceeds(MOST + 1, OutputLimit { hard: 0, soft: 0, seconds: 0 }, &mut since));
    }
}
