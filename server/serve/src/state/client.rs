//! A client: who it is, what it has selected, and what it is in the middle of.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Instant};

use commands::CommandSpec;
use engine::acl::DEFAULT;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::{link::Link, queue::Words, tracked::Tracking, waiting::Parked};

/// Names in the order in which they came.
pub(crate) type Names = IndexSet<Vec<u8>, FxBuildHasher>;

/// Replies that a client receives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ReplyMode {
    On,
    Off,
    /// None to the next command.
    SkipNext,
    /// None to this command.
    Skip,
}

/// Reason why the commands of a client wait.
#[derive(Debug)]
pub(crate) enum Hold {
    /// They do not wait.
    None,
    /// The client waits for a key.
    Parked(Box<Parked>),
    /// All clients, or all that write, wait.
    Paused,
    /// The client has too much to read.
    Full,
}

/// A transaction that is being queued.
#[derive(Default, Debug)]
pub(crate) struct Multi {
    pub(crate) queue: Vec<(&'static CommandSpec, Words)>,
    /// Bytes that the queue holds.
    pub(crate) bytes: usize,
    /// True if a command of the queue is refused while memory is full: then `EXEC` is too.
    pub(crate) needs_memory: bool,
    /// True if a command of the queue may write: a pause of writes holds `EXEC`.
    pub(crate) may_write: bool,
    /// True if a command was refused, so that `EXEC` will be.
    pub(crate) aborted: bool,
}

/// A key that a client watches.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) db: usize,
    pub(crate) key: Arc<[u8]>,
    /// State of the key when it was watched.
    pub(crate) watch: engine::Watch,
}

/// A client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) link: Arc<Link>,
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) since: Instant,
    pub(crate) last: Instant,
    pub(crate) name: Vec<u8>,
    pub(crate) lib_name: Vec<u8>,
    pub(crate) lib_ver: Vec<u8>,
    pub(crate) capa: bool,
    pub(crate) db: usize,
    pub(crate) resp3: bool,
    /// True if it has authenticated, or did not need to when it connected.
    pub(crate) authenticated: bool,
    /// The name of its user.
    pub(crate) user: Vec<u8>,
    pub(crate) reply_mode: ReplyMode,
    pub(crate) no_evict: bool,
    pub(crate) no_touch: bool,
    /// True if the client accepts reads from a replica of a cluster (`READONLY`).
    pub(crate) readonly: bool,
    /// True if it copies keys from another server: expired ones are there for it (`CLIENT IMPORT-SOURCE`).
    pub(crate) import_source: bool,
    pub(crate) monitor: bool,
    pub(crate) multi: Option<Multi>,
    /// Count and bytes of the commands of the `EXEC` that runs.
    pub(crate) exec: Option<(usize, usize)>,
    /// Set by the first `MULTI` or `WATCH`.
    pub(crate) has_transactions: bool,
    pub(crate) watched: Vec<Watched>,
    pub(crate) channels: Names,
    pub(crate) patterns: Names,
    pub(crate) shards: Names,
    pub(crate) tracking: Option<Tracking>,
    pub(crate) last_command: &'static str,
    /// Commands that have arrived and not run.
    pub(crate) pending: VecDeque<Words>,
    pub(crate) hold: Hold,
    /// Replies that have not been sent.
    pub(crate) out: Vec<u8>,
    /// True if the socket did not take all of the last write.
    pub(crate) behind: bool,
    pub(crate) over_since: Option<Instant>,
    /// True if it is to be closed when its command has been replied to.
    pub(crate) leaving: bool,
    /// True if it is to be closed when its replies are written.
    pub(crate) closing: bool,
    pub(crate) sent: u64,
    pub(crate) commands: u64,
}

impl Client {
    pub(crate) fn new(link: Arc<Link>, peer: SocketAddr, local: SocketAddr, authenticated: bool) -> Self {
        Self {
            link,
            peer,
            local,
            since: Instant::now(),
            last: Instant::now(),
            name: Vec::new(),
            lib_name: Vec::new(),
            lib_ver: Vec::new(),
            capa: false,
            db: 0,
            resp3: false,
            authenticated,
            user: DEFAULT.to_vec(),
            reply_mode: ReplyMode::On,
            no_evict: false,
            no_touch: false,
            readonly: false,
            import_source: false,
            monitor: false,
            multi: None,
            exec: None,
            has_transactions: false,
            watched: Vec::new(),
            channels: Names::default(),
            patterns: Names::default(),
            shards: Names::default(),
            tracking: None,
            last_command: "NULL",
            pending: VecDeque::new(),
            hold: Hold::None,
            out: Vec::new(),
            behind: false,
            over_since: None,
            leaving: false,
            closing: false,
            sent: 0,
            commands: 0,
        }
    }

    /// True if it listens to something.
    pub(crate) fn is_subscriber(&self) -> bool {
        !(self.channels.is_empty() && self.patterns.is_empty() && self.shards.is_empty())
    }

    /// True if it waits for a key.
    pub(crate) fn is_parked(&self) -> bool {
        matches!(self.hold, Hold::Parked(_))
    }

    /// True if it waits as a consumer of a group.
    pub(crate) fn waits_as_group(&self) -> bool {
        matches!(&self.hold, Hold::Parked(parked) if parked.is_group())
    }

    /// Kind of the client for `CLIENT LIST TYPE` and `CLIENT KILL TYPE`.
    pub(crate) fn kind(&self) -> &'static str {
        if self.is_subscriber() { "pubsub" } else { "normal" }
    }
}
