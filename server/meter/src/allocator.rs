//! The system's allocator, counted by thread, with a reserve for when the system refuses memory.
#![allow(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr::null_mut,
    sync::atomic::{AtomicBool, AtomicPtr, Ordering},
    time::Duration,
};

use crate::{account::ACCOUNT, blocks::Blocks, system};

/// Bytes of the reserve.
const RESERVE: usize = 16 * 1024 * 1024;

/// Number and length of the pauses in which an allocation waits for other threads' runs to end.
const RETRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// The reserve; null while it is released or before the first run.
static RESERVED: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// A reserve from the C library, where it keeps so much of what was freed that the system has none for [`RESERVED`].
static KEPT: AtomicPtr<u8> = AtomicPtr::new(null_mut());

const KEPT_LAYOUT: Layout = match Layout::from_size_align(RESERVE, 16) {
    Ok(layout) => layout,
    Err(_) => panic!("a power of two is an alignment"),
};

/// True if the system has refused memory to some thread: then runs that hold much end.
static PRESSURE: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Counting;

// SAFETY: all blocks come from and go to one allocator; the account is plain cells.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        counted(layout.size(), 0, || unsafe { Blocks.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        counted(layout.size(), 0, || unsafe { Blocks.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ACCOUNT.with(|account| account.add(cost(layout.size()).wrapping_neg()));
        // SAFETY: as the caller promises.
        unsafe { Blocks.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        counted(size, layout.size(), || unsafe { Blocks.realloc(block, layout, size) })
    }
}

#[inline]
fn counted(size: usize, old: usize, allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let mut block = allocate();
    if block.is_null() {
        block = refused(&allocate);
        if block.is_null() {
            return block;
        }
    }
    ACCOUNT.with(|account| account.add(cost(size).wrapping_sub(if old == 0 { 0 } else { cost(old) })));
    block
}

/// Bytes that a block takes of the system: with its header, in units of 16, at least 32, as in the C library of Linux.
fn cost(size: usize) -> isize {
    const HEADER: usize = 8;
    const UNIT: usize = 16;
    ((size + HEADER + UNIT - 1) & !(UNIT - 1)).max(2 * UNIT) as isize
}

/// Tries again with the reserve released, then while other threads' runs end. Null where all of that fails.
#[cold]
fn refused(allocate: &dyn Fn() -> *mut u8) -> *mut u8 {
    let handled = ACCOUNT.with(|account| {
        account.refused.set(true);
        if !account.probing.get() && account.metered.get() {
            // The run ends at its next check.
            account.limit.set(isize::MIN);
        }
        account.probing.get()
    });
    if handled {
        return null_mut();
    }
    PRESSURE.store(true, Ordering::Relaxed);
    let reserve = RESERVED.swap(null_mut(), Ordering::AcqRel);
    if !reserve.is_null() {
        // SAFETY: `reserve()` took it with this size, and the swap took it from everybody else.
        unsafe { system::give(reserve, RESERVE) };
    }
    let kept = KEPT.swap(null_mut(), Ordering::AcqRel);
    if !kept.is_null() {
        // SAFETY: `reserve()` allocated it with this layout, and the swap took it from everybody else.
        unsafe { System.dealloc(kept, KEPT_LAYOUT) };
    }
    for _ in 0..RETRIES {
        let block = allocate();
        if !block.is_null() {
            return block;
        }
        std::thread::sleep(PAUSE);
    }
    null_mut()
}

/// Takes the reserve from the system if it is not there. Returns true if it is there now.
pub(crate) fn reserve() {
    if has_reserve() {
        return;
    }
    let block = system::take(RESERVE);
    if block.is_null() {
        return keep();
    }
    if RESERVED.compare_exchange(null_mut(), block, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        // SAFETY: it was taken above, and nobody else has seen it.
        unsafe { system::give(block, RESERVE) };
    }
    PRESSURE.store(false, Ordering::Relaxed);
}

fn keep() {
    // SAFETY: the layout has a size.
    let block = unsafe { System.alloc(KEPT_LAYOUT) };
    if block.is_null() {
        return;
    }
    if KEPT.compare_exchange(null_mut(), block, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        // SAFETY: it was allocated above, and nobody else has seen it.
        unsafe { System.dealloc(block, KEPT_LAYOUT) };
    }
    PRESSURE.store(false, Ordering::Relaxed);
}

fn has_reserve() -> bool {
    !RESERVED.load(Ordering::Relaxed).is_null() || !KEPT.load(Ordering::Relaxed).is_null()
}

/// True if the reserve is gone and there is no memory for another: then nothing should grow.
pub fn is_short() -> bool {
    is_under_pressure() && !has_reserve()
}

/// True if the system has refused memory to some thread since the reserve was last there.
pub(crate) fn is_under_pressure() -> bool {
    PRESSURE.load(Ordering::Relaxed)
}

/// Returns true if the system has `bytes` in one piece.
pub(crate) fn probe(bytes: usize) -> bool {
    let Ok(layout) = Layout::from_size_align(bytes.max(1), 16) else { return false };
    // SAFETY: the layout has a size.
    let block = unsafe { Blocks.alloc(layout) };
    if block.is_null() {
        return false;
    }
    // SAFETY: it was allocated above with this layout.
    unsafe { Blocks.dealloc(block, layout) };
    true
}
