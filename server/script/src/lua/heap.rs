//! The memory of a Lua VM: counted, and limited while Lua itself runs.

use std::{
    alloc::{Layout, alloc, dealloc, realloc},
    any::TypeId,
    ffi::c_void,
    ptr::NonNull,
};

use mlua_sys::lua_State;

use super::{
    pool::{LARGEST, Pool, fits},
    raw::redlua_scriptline,
    watch::Watch,
};

/// Type and address of what our functions work with during a run.
pub(super) type Attached = (TypeId, NonNull<c_void>);

/// Hash function for the strings of a VM, which decides the order of `pairs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Hashing {
    /// Long strings by some of their bytes: unmodified Lua, and Redis 6.2.
    Sampled = 0,
    /// By all bytes: Redis since 7.0.
    Every = 1,
    /// By all bytes with another function: Valkey since 8.1.
    Murmur = 2,
}

/// The allocator's data. Lua reads the first byte as its way of hashing and the second as true if `[[` may stand in `[[ ]]`.
#[repr(C)]
pub(crate) struct Heap {
    hashing: Hashing,
    nests_brackets: bool,
    /// Bytes in use.
    pub(crate) used: usize,
    /// Most bytes in use since the last reset.
    pub(crate) peak: usize,
    /// True if Lua was refused memory since the last reset.
    pub(crate) refused: bool,
    /// Line at which it was refused first, 0 if unknown.
    pub(crate) refused_at: u32,
    /// The main thread, from which the line is read.
    pub(super) main: *mut lua_State,
    /// Number of our frames on the stack above Lua's last one: if there are any, the limit does not count.
    pub(crate) inside: u32,
    /// True if a failure is returned to our frame: then the limit counts for large blocks.
    pub(crate) guarded: bool,
    pool: Pool,
    /// Set during a run.
    pub(super) attached: Option<Attached>,
    pub(super) watch: Watch,
}

impl Heap {
    pub(crate) fn new(hashing: Hashing, nests_brackets: bool, watch: Watch) -> Self {
        Self {
            hashing,
            nests_brackets,
            used: 0,
            peak: 0,
            refused: false,
            refused_at: 0,
            main: std::ptr::null_mut(),
            inside: 1,
            guarded: false,
            pool: Pool::new(),
            attached: None,
            watch,
        }
    }

    /// # Safety
    /// As for [`layout`].
    unsafe fn take(&mut self, size: usize) -> *mut c_void {
        if size <= LARGEST {
            return self.pool.take(size, self.inside == 0);
        }
        // SAFETY: as above.
        self.large(size, 0, || unsafe { alloc(layout(size)) })
    }

    /// Takes what the pool has not, if it is within the limit.
    fn large(&self, size: usize, old: usize, take: impl FnOnce() -> *mut u8) -> *mut c_void {
        let handled = self.inside == 0 || self.guarded;
        if handled && size > old && !meter::fits(size - old) {
            return std::ptr::null_mut();
        }
        if handled && size >= GUARDED { meter::quietly(take).cast() } else { take().cast() }
    }

    /// # Safety
    /// The block is of this size and nobody uses it any more.
    unsafe fn free(&mut self, block: *mut c_void, size: usize) {
        // SAFETY: as above; blocks of such sizes come from where they go to.
        unsafe { if size <= LARGEST { self.pool.give(block, size) } else { dealloc(block.cast(), layout(size)) } }
    }
}

impl Heap {
    /// Bytes kept for small blocks beyond those in use.
    pub(crate) fn spare(&self) -> usize {
        self.pool.len().saturating_sub(self.used)
    }

    /// Returns memory kept for small blocks to the system, as far as none of it is in use.
    pub(crate) fn shrink(&mut self) {
        self.pool.shrink();
    }
}

/// Size in bytes from which our functions handle a failure; smaller blocks come from the reserve.
pub(super) const GUARDED: usize = 64 * 1024;

/// Alignment that `malloc` guarantees.
const ALIGN: usize = 16;

/// # Safety
/// The size is not zero, and no larger than addresses go.
unsafe fn layout(size: usize) -> Layout {
    // SAFETY: as above.
    unsafe { Layout::from_size_align_unchecked(size, ALIGN) }
}

/// The allocator.
pub(super) unsafe extern "C" fn allocate(
    ud: *mut c_void,
    old: *mut c_void,
    old_size: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: `ud` is the `Heap` that the state was made with; Lua tells the size of each block truly.
    unsafe {
        let heap = &mut *ud.cast::<Heap>();
        if size == 0 {
            if !old.is_null() && old_size > 0 {
                heap.free(old, old_size);
                heap.used -= old_size;
            }
            return std::ptr::null_mut();
        }
        let old_size = if old.is_null() { 0 } else { old_size };
        let used = heap.used - old_size + size;
        let new = if size > isize::MAX as usize - ALIGN {
            std::ptr::null_mut()
        } else if old_size == 0 {
            heap.take(size)
        } else if old_size > LARGEST && size > LARGEST {
            heap.large(size, old_size, || realloc(old.cast(), layout(old_size), size))
        } else if old_size <= LARGEST && fits(old_size, size) {
            old
        } else {
            let new = heap.take(size);
            if !new.is_null() {
                std::ptr::copy_nonoverlapping(old.cast::<u8>(), new.cast::<u8>(), old_size.min(size));
                heap.free(old, old_size);
            }
            new
        };
        if new.is_null() {
            if !heap.refused && !heap.main.is_null() {
                // To ask for the line takes no memory.
                heap.refused_at = u32::try_from(redlua_scriptline(heap.main)).unwrap_or(0);
            }
            heap.refused = true;
        } else {
            heap.used = used;
            heap.peak = heap.peak.max(used);
        }
        new
    }
}
