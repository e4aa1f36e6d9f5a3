//! State that outlives a run of a document: its keyspace, and how to cancel the run under way.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, TryLockError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use script::{Cancel, Server};
use tower_lsp_server::ls_types::ProgressToken;

use crate::run::{connected::Connected, lock};

/// The sessions, by document.
#[derive(Default)]
pub(crate) struct Sessions {
    documents: Mutex<HashMap<String, Arc<Session>>>,
    /// Cancels of the runs whose progress is shown.
    shown: Mutex<HashMap<ProgressToken, Cancel>>,
    count: AtomicU64,
    /// Real servers that were connected to.
    pub connected: Connected,
}

/// The session of one document.
#[derive(Default)]
pub(crate) struct Session {
    /// The number of the last run, and what ends it.
    current: Mutex<(u64, Cancel)>,
    /// The server with the keyspace; none before the first run. Whoever runs holds it, so that runs do not overlap.
    server: Mutex<Option<Server>>,
    size: Mutex<Size>,
}

/// Memory of a session's server.
#[derive(Clone, Default, Debug)]
struct Size {
    bytes: usize,
    /// The document, as users know it.
    name: String,
}

/// A run under way.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    number: u64,
    /// Cancels the run.
    pub cancel: Cancel,
}

impl Session {
    /// Cancels the run under way in favour of a newer one; if it is the newer, returns a cancelled ticket.
    fn next(&self, number: u64) -> Ticket {
        let mut current = lock(&self.current);
        let ticket = Ticket { number, cancel: Cancel::default() };
        if number > current.0 {
            current.1.cancel();
            *current = (number, ticket.cancel.clone());
        } else {
            ticket.cancel.cancel();
        }
        ticket
    }

    /// The server, when the run before has left it; none if this one is ended before that.
    pub(crate) fn wait(&self, cancel: &Cancel) -> Option<MutexGuard<'_, Option<Server>>> {
        /// Interval of the checks. A run under way ends within a thousand instructions after it is cancelled.
        const EVERY: Duration = Duration::from_millis(2);
        // Blocked, this run would not hear that a later one came to the server first and it is to end itself.
        while !cancel.is_cancelled() {
            match self.server.try_lock() {
                Ok(server) => return Some(server),
                Err(TryLockError::Poisoned(server)) => return Some(server.into_inner()),
                Err(TryLockError::WouldBlock) => std::thread::sleep(EVERY),
            }
        }
        None
    }

    /// Notes that a run of the document `name` left `bytes` more than it found, or nothing at all if it kept no server.
    pub(crate) fn left(&self, name: &str, bytes: Option<isize>) {
        let mut size = lock(&self.size);
        size.bytes = bytes.map_or(0, |bytes| size.bytes.saturating_add_signed(bytes));
        name.clone_into(&mut size.name);
    }

    /// Drops the server, unless a run has it.
    fn drop_server(&self) -> bool {
        let Ok(mut server) = self.server.try_lock() else { return false };
        *server = None;
        lock(&self.size).bytes = 0;
        true
    }

    /// True if another run has taken the place of this one.
    pub(crate) fn is_superseded(&self, ticket: &Ticket) -> bool {
        lock(&self.current).0 != ticket.number
    }
}

impl Sessions {
    /// Returns a number above all before. Later requests have higher numbers, whichever runs first.
    pub(crate) fn number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Begins the run of a document for the request with this number, and cancels the one of an earlier request.
    pub(crate) fn begin(&self, key: &str, number: u64) -> (Arc<Session>, Ticket) {
        let session = Arc::clone(lock(&self.documents).entry(key.to_owned()).or_default());
        let ticket = session.next(number);
        (session, ticket)
    }

    /// The session of a document, if it was run.
    pub(crate) fn find(&self, key: &str) -> Option<Arc<Session>> {
        lock(&self.documents).get(key).map(Arc::clone)
    }

    /// Drops the keyspace of a document, or those of all. Returns the number of keyspaces dropped.
    pub(crate) fn reset(&self, key: Option<&str>, number: u64) -> usize {
        let mut documents = lock(&self.documents);
        let gone: Vec<Arc<Session>> = match key {
            Some(key) => documents.remove(key).into_iter().collect(),
            None => documents.drain().map(|(_, session)| session).collect(),
        };
        drop(documents);
        // A run under way still holds its session; what it does to its keyspace nobody will see.
        gone.iter().for_each(|session| drop(session.next(number)));
        gone.len()
    }

    /// Drops keyspaces until all take `limit` bytes at most: the least recently used first, that of the document `key` last.
    /// Returns the names of their documents.
    pub(crate) fn bound(&self, key: &str, limit: usize) -> Vec<String> {
        let documents: Vec<_> = lock(&self.documents).iter().map(|(of, it)| (of == key, Arc::clone(it))).collect();
        let mut all: Vec<_> = documents
            .into_iter()
            .map(|(own, session)| {
                let (number, size) = (lock(&session.current).0, lock(&session.size).clone());
                (own, number, size, session)
            })
            .collect();
        all.sort_by_key(|(own, number, ..)| (*own, *number));
        let mut total = all.iter().fold(0_usize, |total, (_, _, size, _)| total.saturating_add(size.bytes));
        let mut dropped = Vec::new();
        for (_, _, size, session) in all {
            if total <= limit {
                break;
            }
            if size.bytes > 0 && session.drop_server() {
                total -= size.bytes;
                dropped.push(size.name);
            }
        }
        dropped
    }

    /// A name for the progress of a run, by which the client may end it.
    pub(crate) fn show(&self, given: Option<ProgressToken>, cancel: &Cancel) -> ProgressToken {
        let token = given.unwrap_or_else(|| ProgressToken::String(format!("redlua/run/{}", self.number())));
        lock(&self.shown).insert(token.clone(), cancel.clone());
        token
    }

    /// The run with a name is over.
    pub(crate) fn hide(&self, token: &ProgressToken) {
        lock(&self.shown).remove(token);
    }

    /// Cancels the run with this progress token.
    pub(crate) fn cancel(&self, token: &ProgressToken) {
        if let Some(cancel) = lock(&self.shown).get(token) {
            cancel.cancel();
        }
    }
}
