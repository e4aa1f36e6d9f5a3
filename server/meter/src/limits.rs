//! The limits of a thread's run and the way out of it.

use std::{
    any::Any,
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use crate::{
    account::{ACCOUNT, STEP},
    allocator::{is_short, is_under_pressure, probe, reserve},
    system::trim,
};

/// Size in bytes from which allocations are compared with what is left of the limit before they are made.
const LARGE: usize = 64 * 1024;

/// Size in bytes from which an allocation is also tried on the system.
const HUGE: usize = 1024 * 1024;

/// A run that holds fewer bytes than this goes on when the system refuses memory to another thread.
const SMALL_RUN: isize = 16 * 1024 * 1024;

/// Ends a run from another thread.
#[derive(Clone, Default, Debug)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends the run at its next check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True if the run was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Reason why a run was stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The run holds more memory than its limit, or the system has no more.
    Memory,
    /// The run takes longer than its limit.
    Time,
    /// The run was cancelled.
    Cancelled,
}

/// Limits of a run.
#[derive(Clone, Default, Debug)]
pub struct Limits {
    /// Bytes beyond those that the thread holds at the start; none for no limit.
    pub memory: Option<usize>,
    /// Time at which the run ends; `None` for no limit.
    pub deadline: Option<Instant>,
    /// Ends the run earlier.
    pub cancel: Option<Cancel>,
}

/// Limits other than that of memory, innermost last. Only the slow path of [`tick`] reads them.
struct Scope {
    deadline: Option<Instant>,
    cancel: Option<Cancel>,
}

thread_local! {
    static SCOPES: RefCell<Vec<Scope>> = const { RefCell::new(Vec::new()) };
}

/// Restores the limits from before.
struct Restore {
    has_scope: bool,
    limit: isize,
    metered: bool,
    /// The value of `held` above which memory is given back at the end.
    large: isize,
}

/// A run that held more bytes than this gives memory back to the system.
const LARGE_RUN: isize = 16 * 1024 * 1024;

impl Drop for Restore {
    fn drop(&mut self) {
        if self.has_scope {
            SCOPES.with(|scopes| scopes.borrow_mut().pop());
        }
        ACCOUNT.with(|account| {
            account.limit.set(self.limit);
            account.metered.set(self.metered);
            account.left.set(STEP);
            if account.peak.get() > self.large {
                trim();
            }
        });
        reserve();
    }
}

/// Runs `run` within limits. Limits that are set already hold too.
///
/// # Errors
/// The limit that was passed. Everything that `run` owned has been dropped; what it changed elsewhere stays as it was when the
/// limit was noticed.
pub fn within<R>(limits: &Limits, run: impl FnOnce() -> R) -> Result<R, Stop> {
    reserve();
    let restore = ACCOUNT.with(|account| {
        let (limit, metered, held) = (account.limit.get(), account.metered.get(), account.held.get());
        let own = limits.memory.and_then(|bytes| held.checked_add_unsigned(bytes)).unwrap_or(isize::MAX);
        let has_scope = limits.deadline.is_some() || limits.cancel.is_some();
        if has_scope {
            let scope = Scope { deadline: limits.deadline, cancel: limits.cancel.clone() };
            SCOPES.with(|scopes| scopes.borrow_mut().push(scope));
        }
        account.limit.set(own.min(limit));
        let outermost = !metered;
        if outermost {
            account.refused.set(false);
            account.peak.set(held);
            account.base.set(held);
        }
        account.metered.set(true);
        let large = if outermost && limits.memory.is_some() { held.saturating_add(LARGE_RUN) } else { isize::MAX };
        Restore { has_scope, limit, metered, large }
    });
    let result = catch_unwind(AssertUnwindSafe(run));
    drop(restore);
    result.map_err(stopped)
}

/// Runs `run` within the limits that are set already, and returns where they end it. Costs less than [`within`].
///
/// # Errors
/// As [`within`].
pub fn caught<R>(run: impl FnOnce() -> R) -> Result<R, Stop> {
    let limit = ACCOUNT.with(|account| account.limit.get());
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        // A refusal of the system has set it to nothing, for what was to end.
        ACCOUNT.with(|account| account.limit.set(limit));
        reserve();
        stopped(payload)
    })
}

#[cold]
fn stopped(payload: Box<dyn Any + Send>) -> Stop {
    match stop_of(&*payload) {
        Some(stop) => stop,
        None => resume_unwind(payload),
    }
}

/// Returns the limit that a panic reports, if it comes from here.
pub fn stop_of(payload: &(dyn Any + Send)) -> Option<Stop> {
    payload.downcast_ref().copied()
}

/// Counts work and ends the run once a limit is passed. A unit is about the work of handling a small item, or of copying 64
/// bytes. Does nothing outside of [`within`].
///
/// # Panics
/// With a [`Stop`], which [`within`] catches. No message is printed.
#[inline]
pub fn tick(work: usize) {
    ACCOUNT.with(|account| {
        let left = account.left.get().wrapping_sub_unsigned(work);
        account.left.set(left);
        if left < 0 || account.held.get() > account.limit.get() {
            check();
        }
    });
}

/// True if the thread is inside of [`within`].
pub(crate) fn is_metered() -> bool {
    ACCOUNT.with(|account| account.metered.get())
}

/// True if the thread's memory is limited.
pub fn is_limited() -> bool {
    ACCOUNT.with(|account| account.limit.get() != isize::MAX)
}

/// True if more memory is held than may be, or the system has refused some.
#[inline]
pub fn is_over() -> bool {
    ACCOUNT.with(|account| account.held.get() > account.limit.get())
}

/// As [`tick`], with a look at all limits.
///
/// # Panics
/// As [`tick`].
#[cold]
pub fn check() {
    if let Some(stop) = ACCOUNT.with(|account| {
        account.left.set(STEP);
        if account.metered.get() { passed(account.held.get(), account.limit.get()) } else { None }
    }) {
        throw(stop);
    }
}

fn passed(held: isize, limit: isize) -> Option<Stop> {
    if held > limit {
        return Some(Stop::Memory);
    }
    if is_under_pressure() && ACCOUNT.with(|account| held.wrapping_sub(account.base.get())) > SMALL_RUN {
        ACCOUNT.with(|account| account.refused.set(true));
        return Some(Stop::Memory);
    }
    SCOPES.with(|scopes| {
        let scopes = scopes.borrow();
        if scopes.iter().any(|scope| scope.cancel.as_ref().is_some_and(Cancel::is_cancelled)) {
            return Some(Stop::Cancelled);
        }
        let deadline = scopes.iter().filter_map(|scope| scope.deadline).min()?;
        (Instant::now() > deadline).then_some(Stop::Time)
    })
}

/// Ends the run unless it may take `bytes` more. Asked before any allocation whose size the user's data decides.
///
/// # Panics
/// As [`tick`].
#[inline]
pub fn afford(bytes: usize) {
    if bytes >= LARGE {
        afford_large(bytes);
    }
}

/// Tries an allocation whose failure the caller handles: the reserve is left alone.
pub fn quietly<R>(allocate: impl FnOnce() -> R) -> R {
    let before = ACCOUNT.with(|account| account.probing.replace(true));
    let result = allocate();
    ACCOUNT.with(|account| account.probing.set(before));
    result
}

#[cold]
fn afford_large(bytes: usize) {
    tick(1);
    if !fits(bytes) {
        throw(Stop::Memory);
    }
    if (bytes >= HUGE || is_short()) && is_metered() && !probe(bytes) {
        ACCOUNT.with(|account| account.refused.set(true));
        throw(Stop::Memory);
    }
}

/// Returns true if `bytes` more are within the limit.
#[inline]
pub fn fits(bytes: usize) -> bool {
    ACCOUNT.with(|account| {
        !account.metered.get()
            || account.held.get().checked_add_unsigned(bytes).is_some_and(|held| held <= account.limit.get())
    })
}

/// Ends the run because an allocation failed.
///
/// # Panics
/// As [`tick`].
pub fn out_of_memory() -> ! {
    throw(Stop::Memory);
    // Only a destructor that runs while a panic unwinds gets here.
    std::process::abort()
}

fn throw(stop: Stop) {
    // A second panic would end the process.
    if !std::thread::panicking() {
        resume_unwind(Box::new(stop));
    }
}
