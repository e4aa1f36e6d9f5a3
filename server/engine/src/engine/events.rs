//! Keyspace events, and the writes that report them by themselves.

use super::Engine;
use crate::{keyspace::Entry, notify::Class};

impl Engine {
    /// Publishes an event of a key if its class is enabled: first to the channel of the key, then to that of the event.
    pub fn notify(&mut self, class: Class, event: &str, db: usize, key: &[u8]) {
        self.config.notify.publish(&mut self.published, class, event, db, key);
    }

    /// Adds a key, or replaces its value.
    pub(crate) fn insert(&mut self, db: usize, key: &[u8], entry: Entry) {
        let is_new = self.keyspace.get(db, key).is_none();
        self.keyspace.insert(db, key, entry);
        if is_new {
            self.notify(Class::New, "new", db, key);
        }
    }

    /// Notifies that a whole value took the place of another, if there was one.
    pub(crate) fn notify_overwritten(&mut self, db: usize, key: &[u8], old: Option<&str>, new: &str) {
        let Some(old) = old else { return };
        self.notify(Class::Overwritten, "overwritten", db, key);
        if old != new {
            self.notify(Class::TypeChanged, "type_changed", db, key);
        }
    }
}
