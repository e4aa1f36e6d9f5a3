//! Runs on the embedded engine and on real servers: their inputs, their keyspace, and how they are shown.
//!
//! A run has a thread of its own. What it leaves to show goes to the main loop as an event and comes back to the requests
//! within the snapshot, so that no answer shows the result of another text.

pub(crate) mod connected;
pub(crate) mod consent;
pub(crate) mod embedded;
pub(crate) mod examples;
pub(crate) mod job;
pub(crate) mod real;
pub(crate) mod sessions;
mod view;

/// Scripts may call themselves deeply, and so does what reads them.
const STACK: usize = 64 << 20;

/// Begins a thread for a run.
///
/// # Errors
/// Fails if the system cannot start another thread.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(work).map(drop)
}

/// Locks a mutex, even if a run panicked while it held it: the next user makes the content anew.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
