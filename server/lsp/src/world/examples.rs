//! Examples that wait and run.

use std::{collections::HashMap, time::Instant};

use requests::run::results::Stamp;
use script::Cancel;

/// Documents whose examples run at once.
pub(super) const AT_ONCE: usize = 2;

/// Examples that are to be run, or are being run.
#[derive(Default)]
pub(super) struct Examples {
    /// The times from which the examples of documents may run, with the stamps of their texts.
    pub(super) waiting: HashMap<String, (Instant, Stamp)>,
    pub(super) running: HashMap<String, Running>,
}

/// Examples of a document that are being run.
pub(super) struct Running {
    pub(super) cancel: Cancel,
    pub(super) until: Instant,
    pub(super) stamp: Stamp,
}

impl Examples {
    /// Returns the time of the next thing to do.
    pub(super) fn due(&self) -> Option<Instant> {
        let free = self.running.len() < AT_ONCE;
        let next = self.waiting.iter().filter(|(key, _)| free && !self.running.contains_key(*key));
        let late = self.running.values().filter(|running| !running.cancel.is_cancelled()).map(|running| running.until);
        next.map(|(_, (when, _))| *when).chain(late).min()
    }

    /// Forgets a document that has no examples any more.
    pub(super) fn forget(&mut self, key: &str) {
        self.waiting.remove(key);
        if let Some(running) = self.running.get(key) {
            running.cancel.cancel();
        }
    }
}
