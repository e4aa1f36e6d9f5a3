//! The account of a thread. Constant initialisers and no destructors, so that the allocator may use it at any time.

use std::cell::Cell;

/// Units of work between two looks at the clock.
pub(crate) const STEP: isize = 4096;

pub(crate) struct Account {
    /// Bytes allocated by this thread minus bytes freed by it. Negative where it freed what others allocated.
    pub(crate) held: Cell<isize>,
    /// The largest value of `held` since [`reset_peak`] or since the outermost limits were set.
    pub(crate) peak: Cell<isize>,
    /// The value of `held` when the outermost limits were set.
    pub(crate) base: Cell<isize>,
    /// The value of `held` above which the run ends.
    pub(crate) limit: Cell<isize>,
    /// Units of work left until the next look at the clock.
    pub(crate) left: Cell<isize>,
    /// True if limits are set.
    pub(crate) metered: Cell<bool>,
    /// True if the system refused memory to this thread since the outermost limits were set.
    pub(crate) refused: Cell<bool>,
    /// True if a failed allocation is handled by the caller.
    pub(crate) probing: Cell<bool>,
}

thread_local! {
    pub(crate) static ACCOUNT: Account = const {
        Account {
            held: Cell::new(0),
            peak: Cell::new(0),
            base: Cell::new(0),
            limit: Cell::new(isize::MAX),
            left: Cell::new(STEP),
            metered: Cell::new(false),
            refused: Cell::new(false),
            probing: Cell::new(false),
        }
    };
}

impl Account {
    #[inline]
    pub(crate) fn add(&self, bytes: isize) {
        let held = self.held.get().wrapping_add(bytes);
        self.held.set(held);
        if held > self.peak.get() {
            self.peak.set(held);
        }
    }
}

/// True if the system refused memory to this thread since the outermost limits were set.
pub fn was_refused() -> bool {
    ACCOUNT.with(|account| account.refused.get())
}

/// Bytes that this thread allocated minus bytes that it freed.
pub fn held() -> isize {
    ACCOUNT.with(|account| account.held.get())
}

/// The largest value of [`held`] since [`reset_peak`] or since the outermost limits were set.
pub fn peak() -> isize {
    ACCOUNT.with(|account| account.peak.get())
}

/// Starts a new measurement of [`peak`].
pub fn reset_peak() {
    ACCOUNT.with(|account| account.peak.set(account.held.get()));
}
