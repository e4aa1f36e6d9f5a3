//! The turn of a command: nothing else runs meanwhile.

use parking_lot::MutexGuard;
use script::Server;

use crate::state::{Client, Core, DeferredUpdate, Hub, Watched, count};

/// State at hand for a command. The lock is given up while a script runs.
pub(crate) struct Turn<'a, 'g> {
    pub(crate) hub: &'a mut MutexGuard<'g, Hub>,
    pub(crate) server: &'a mut Server,
    pub(crate) core: &'a Core,
    /// True if this thread may run scripts.
    pub(crate) runs_scripts: bool,
    /// Set when a command is left to the thread that may run scripts.
    pub(crate) waits_for_scripts: bool,
}

impl Turn<'_, '_> {
    /// Calls a function with a client if it is still there.
    pub(crate) fn client(&mut self, id: u64, change: impl FnOnce(&mut Client)) {
        self.hub.client(id, change);
    }

    /// Applies the updates that were deferred.
    pub(crate) fn apply_deferred(&mut self) {
        for update in std::mem::take(&mut self.hub.deferred) {
            match update {
                DeferredUpdate::Watch(id, db, key) => {
                    let watch = self.server.engine.watch(db, &key);
                    match self.hub.clients.get_mut(&id) {
                        Some(client) => client.watched.push(Watched { db, key, watch }),
                        None => self.server.engine.keyspace.unwatch(db, &key),
                    }
                }
                DeferredUpdate::Unwatch(db, key) => self.server.engine.keyspace.unwatch(db, &key),
                DeferredUpdate::WrongPassword(entry) => self.server.engine.note_refusal(entry),
                DeferredUpdate::Rejected(spec, text) => self.server.engine.stats.reject(spec, &text),
                DeferredUpdate::Listens(kind, name, by) => count(&mut self.server.engine.subscribers, kind, &name, by),
            }
        }
    }
}
