//! Progress of a long check, on a line of the terminal.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Delay before progress is shown.
const DELAY: Duration = Duration::from_millis(700);
/// Interval between updates of the line.
const INTERVAL: Duration = Duration::from_millis(100);

/// Counts of a check, shown on standard error while it lasts; on a terminal only.
#[derive(Default)]
pub(super) struct Progress {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    total: AtomicUsize,
    read: AtomicUsize,
    checked: AtomicUsize,
    ended: AtomicBool,
    /// True if the line is there.
    shown: Mutex<bool>,
}

impl Progress {
    /// Starts to show the counts, if standard error is a terminal.
    pub(super) fn start() -> Self {
        let mut progress = Self::default();
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if std::io::stderr().is_terminal() && !is_dumb {
            let shared = Arc::clone(&progress.shared);
            progress.thread = std::thread::Builder::new().name("progress".to_owned()).spawn(move || show(&shared)).ok();
        }
        progress
    }

    /// Sets the number of files to read.
    pub(super) fn expect(&self, files: usize) {
        self.shared.total.store(files, Ordering::Relaxed);
    }

    /// A file was read.
    pub(super) fn read(&self) {
        self.shared.read.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds to the number of files that were checked.
    pub(super) fn checked(&self, files: usize) {
        self.shared.checked.fetch_add(files, Ordering::Relaxed);
    }

    /// Takes the line away; it stays away until the result is dropped.
    pub(super) fn pause(&self) -> MutexGuard<'_, bool> {
        let mut shown = self.shared.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *shown) {
            write!(std::io::stderr(), "\r\u{1b}[K").ok();
        }
        shown
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        drop(self.pause());
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            thread.join().ok();
        }
    }
}

fn show(shared: &Shared) {
    let mut pause = DELAY;
    loop {
        std::thread::park_timeout(pause);
        pause = INTERVAL;
        let mut shown = shared.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.ended.load(Ordering::Relaxed) {
            return;
        }
        let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let text = match (count(&shared.checked), count(&shared.read), count(&shared.total)) {
            (_, _, 0) => "searching for scripts".to_owned(),
            (0, read, total) => format!("reading: {read} of {total} files"),
            (checked, _, total) => format!("checking: {checked} of {} files", total.max(checked)),
        };
        write!(std::io::stderr(), "\r\u{1b}[K{text}").ok();
        *shown = true;
    }
}
