//! Ending a run from outside, and waiting for what ends it first.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Ends runs; anyone with a copy can. Once it was used, later runs end before they begin.
#[derive(Clone, Default, Debug)]
pub struct Stop(Arc<Shared>);

#[derive(Default, Debug)]
struct Shared {
    /// True once the runs are to end.
    stopped: Mutex<bool>,
    /// Told of any change that a run may wait for.
    changed: Condvar,
}

impl Stop {
    /// Ends the run.
    pub fn stop(&self) {
        *self.lock() = true;
        self.0.changed.notify_all();
    }

    /// True if the run is to end.
    pub fn is_stopped(&self) -> bool {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // Nothing panics while it holds the lock.
        self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes a run that waits.
    pub(crate) fn notify(&self) {
        // With the lock, so that no one who has just looked misses it.
        let _held = self.lock();
        self.0.changed.notify_all();
    }

    /// Waits until `look` finds something, until the run is to end if `heeds`, or until a deadline.
    pub(crate) fn wait<T>(&self, deadline: Instant, heeds: bool, mut look: impl FnMut() -> Option<T>) -> Woken<T> {
        let mut stopped = self.lock();
        loop {
            if let Some(found) = look() {
                return Woken::Found(found);
            }
            if heeds && *stopped {
                return Woken::Stopped;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Woken::TimeOver;
            }
            stopped = self.0.changed.wait_timeout(stopped, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// End of a wait.
#[derive(Debug)]
pub(crate) enum Woken<T> {
    /// The value that was waited for.
    Found(T),
    /// [`Stop::stop`] was called.
    Stopped,
    /// The deadline has passed.
    TimeOver,
}
