//! A pause of clients.

use std::time::Instant;

/// A pause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    pub(crate) until: Instant,
    /// True if only those wait that write.
    pub(crate) writes_only: bool,
}

impl Pause {
    /// Commands held back, in the words of `INFO`.
    pub(crate) fn action(self) -> &'static str {
        if self.writes_only { "write" } else { "all" }
    }

    /// Milliseconds until the end.
    pub(crate) fn millis(self) -> u64 {
        self.until.saturating_duration_since(Instant::now()).as_millis() as u64
    }
}
