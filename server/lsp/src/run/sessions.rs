//! What lasts between the runs of a document: its keyspace, and how to end the run that is under way.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::AtomicU64, atomic::Ordering},
};

use script::{Cancel, Server};
use tower_lsp_server::ls_types::ProgressToken;

use crate::run::lock;

/// The sessions, by document.
#[derive(Default)]
pub(crate) struct Sessions {
    documents: Mutex<HashMap<String, Arc<Session>>>,
    /// How to end the runs whose progress is shown.
    shown: Mutex<HashMap<ProgressToken, Cancel>>,
    count: AtomicU64,
}

/// The session of one document.
#[derive(Default)]
pub(crate) struct Session {
    /// The number of the last run, and what ends it.
    current: Mutex<(u64, Cancel)>,
    /// The server with the keyspace; none before the first run. Whoever runs holds it, so that runs do not overlap.
    pub server: Mutex<Option<Server>>,
}

/// A run under way.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    number: u64,
    /// Ends it.
    pub cancel: Cancel,
}

impl Session {
    /// Ends the run under way for another.
    fn next(&self) -> Ticket {
        let mut current = lock(&self.current);
        current.1.cancel();
        *current = (current.0 + 1, Cancel::default());
        Ticket { number: current.0, cancel: current.1.clone() }
    }

    /// Whether another run has taken the place of this one.
    pub(crate) fn is_superseded(&self, ticket: &Ticket) -> bool {
        lock(&self.current).0 != ticket.number
    }
}

impl Sessions {
    /// Begins a run of a document: the one under way is told to end.
    pub(crate) fn begin(&self, key: &str) -> (Arc<Session>, Ticket) {
        let session = Arc::clone(lock(&self.documents).entry(key.to_owned()).or_default());
        let ticket = session.next();
        (session, ticket)
    }

    /// Forgets the keyspace of a document, or those of all. How many there were.
    pub(crate) fn reset(&self, key: Option<&str>) -> usize {
        let mut documents = lock(&self.documents);
        let gone: Vec<Arc<Session>> = match key {
            Some(key) => documents.remove(key).into_iter().collect(),
            None => documents.drain().map(|(_, session)| session).collect(),
        };
        drop(documents);
        // A run under way still holds its session; what it does to its keyspace nobody will see.
        gone.iter().for_each(|session| drop(session.next()));
        gone.len()
    }

    /// A name for the progress of a run, by which the client may end it.
    pub(crate) fn show(&self, given: Option<ProgressToken>, cancel: &Cancel) -> ProgressToken {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let token = given.unwrap_or_else(|| ProgressToken::String(format!("redlua/run/{number}")));
        lock(&self.shown).insert(token.clone(), cancel.clone());
        token
    }

    /// The run with a name is over.
    pub(crate) fn hide(&self, token: &ProgressToken) {
        lock(&self.shown).remove(token);
    }

    /// The user wants the run with a name to end.
    pub(crate) fn cancel(&self, token: &ProgressToken) {
        if let Some(cancel) = lock(&self.shown).get(token) {
            cancel.cancel();
        }
    }
}
