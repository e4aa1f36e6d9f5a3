//! Small blocks of memory for a VM, which takes and gives back a great many of them: faster than the system's allocator.

use std::{
    alloc::{Layout, alloc, dealloc},
    ffi::c_void,
    ptr::null_mut,
};

/// The largest block of the pool, in bytes. Larger ones are the system's.
pub(super) const LARGEST: usize = 2048;
/// What sizes are rounded up to, which is what `malloc` aligns to.
const UNIT: usize = 16;
/// Bytes that are taken from the system at a time.
const SLAB: usize = 64 * 1024;

const LAYOUT: Layout = match Layout::from_size_align(SLAB, UNIT) {
    Ok(layout) => layout,
    Err(_) => panic!("a power of two is an alignment"),
};

/// The pool.
pub(super) struct Pool {
    /// The free blocks of each size; each begins with the address of the next.
    free: [*mut c_void; LARGEST / UNIT + 1],
    /// All that was taken from the system.
    slabs: Vec<*mut u8>,
    /// What is left of the last slab.
    rest: *mut u8,
    left: usize,
}

fn class(size: usize) -> usize {
    size.div_ceil(UNIT)
}

/// Whether blocks of two sizes are the same.
pub(super) fn fits(old: usize, new: usize) -> bool {
    class(old) == class(new)
}

impl Pool {
    pub(super) fn new() -> Self {
        Self { free: [null_mut(); LARGEST / UNIT + 1], slabs: Vec::new(), rest: null_mut(), left: 0 }
    }

    /// A block of at most [`LARGEST`] bytes. Null where the system has no memory, or the run may not have more if it is `limited`.
    pub(super) fn take(&mut self, size: usize, limited: bool) -> *mut c_void {
        let class = class(size);
        let block = self.free[class];
        if !block.is_null() {
            // SAFETY: it is a free block, where `give` wrote the address of the next.
            self.free[class] = unsafe { block.cast::<*mut c_void>().read() };
            return block;
        }
        let len = class * UNIT;
        if self.left < len {
            if limited && !meter::fits(SLAB) {
                return null_mut();
            }
            // SAFETY: the layout has a size.
            let slab = unsafe { alloc(LAYOUT) };
            if slab.is_null() {
                return null_mut();
            }
            self.slabs.push(slab);
            (self.rest, self.left) = (slab, SLAB);
        }
        let block = self.rest;
        // SAFETY: so much is left of the slab.
        self.rest = unsafe { block.add(len) };
        self.left -= len;
        block.cast()
    }

    /// Gives a block back.
    ///
    /// # Safety
    /// It must come from [`Self::take`] with a size that [`fits`] this one, which is not zero, and nobody uses it any more.
    pub(super) unsafe fn give(&mut self, block: *mut c_void, size: usize) {
        let class = class(size);
        // SAFETY: blocks have room for an address, and are aligned for one.
        unsafe { block.cast::<*mut c_void>().write(self.free[class]) };
        self.free[class] = block;
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for slab in &self.slabs {
            // SAFETY: it was made in `take`, and the VM whose blocks were in it is closed.
            unsafe { dealloc(*slab, LAYOUT) };
        }
    }
}
