//! Small blocks of memory for a VM, which takes and gives back a great many of them: faster than the system's allocator.

use std::{
    alloc::{Layout, alloc, dealloc},
    ffi::c_void,
    ptr::null_mut,
};

/// The largest block of the pool, in bytes. Larger ones are the system's.
pub(super) const LARGEST: usize = 2048;
/// Unit to which sizes are rounded up: the alignment of `malloc`.
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
    /// Slabs taken from the system, each with the bytes of it that were made blocks; for the last one see `left`.
    slabs: Vec<(*mut u8, usize)>,
    /// Start of the unused rest of the last slab.
    rest: *mut u8,
    left: usize,
}

fn class(size: usize) -> usize {
    size.div_ceil(UNIT)
}

/// Returns true if blocks of two sizes are the same.
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
            self.close();
            self.slabs.push((slab, 0));
            (self.rest, self.left) = (slab, SLAB);
        }
        let block = self.rest;
        // SAFETY: so much is left of the slab.
        self.rest = unsafe { block.add(len) };
        self.left -= len;
        block.cast()
    }

    /// Makes no more blocks of the last slab.
    fn close(&mut self) {
        if let Some((_, carved)) = self.slabs.last_mut().filter(|_| !self.rest.is_null()) {
            *carved = SLAB - self.left;
        }
        (self.rest, self.left) = (null_mut(), 0);
    }

    /// Bytes taken from the system.
    pub(super) fn len(&self) -> usize {
        self.slabs.len() * SLAB
    }

    /// Returns the slabs without a block in use to the system.
    pub(super) fn shrink(&mut self) {
        self.close();
        self.slabs.sort_unstable();
        let mut free = vec![0; self.slabs.len()];
        let slabs = &self.slabs;
        let slab_of = |block: *mut c_void| slabs.partition_point(|(slab, _)| slab.addr() <= block.addr()) - 1;
        for (class, first) in self.free.iter().enumerate() {
            let mut block = *first;
            while !block.is_null() {
                free[slab_of(block)] += class * UNIT;
                // SAFETY: it is a free block, where `give` wrote the address of the next.
                block = unsafe { block.cast::<*mut c_void>().read() };
            }
        }
        let is_free = |at: usize| free[at] == slabs[at].1;
        for first in &mut self.free {
            let mut last: *mut *mut c_void = first;
            // SAFETY: `last` is where the address of a block is written: in the list or in a free block. Both live, for
            // nothing is given back yet.
            unsafe {
                while !(*last).is_null() {
                    let block = *last;
                    if is_free(slab_of(block)) {
                        *last = block.cast::<*mut c_void>().read()
                    } else {
                        last = block.cast()
                    }
                }
            }
        }
        let mut kept = Vec::new();
        for (at, (slab, carved)) in self.slabs.iter().enumerate() {
            if is_free(at) {
                // SAFETY: it was made in `take`, and no block of it is in use or in a list.
                unsafe { dealloc(*slab, LAYOUT) };
            } else {
                kept.push((*slab, *carved));
            }
        }
        self.slabs = kept;
    }

    /// Gives a block back.
    ///
    /// # Safety
    /// The block comes from [`Self::take`] with a size that [`fits`] this one, which is not zero, and nobody uses it any more.
    pub(super) unsafe fn give(&mut self, block: *mut c_void, size: usize) {
        let class = class(size);
        // SAFETY: blocks have room for an address, and are aligned for one.
        unsafe { block.cast::<*mut c_void>().write(self.free[class]) };
        self.free[class] = block;
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for (slab, _) in &self.slabs {
            // SAFETY: it was made in `take`, and the VM whose blocks were in it is closed.
            unsafe { dealloc(*slab, LAYOUT) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slabs_without_blocks_are_given_back() {
        let mut pool = Pool::new();
        let mut blocks: Vec<(*mut c_void, usize)> =
            (0..20_000).map(|nth: usize| 16 + nth * 37 % 500).map(|size| (pool.take(size, false), size)).collect();
        let full = pool.len();
        for (nth, (block, size)) in blocks.iter().enumerate() {
            // SAFETY: the block has room for it.
            unsafe { block.cast::<usize>().write(nth) };
            assert!(*size >= size_of::<usize>());
        }
        let kept: Vec<_> =
            blocks.iter().copied().enumerate().filter(|(nth, _)| *nth < 3000 || nth % 5000 == 0).collect();
        for (nth, (block, size)) in blocks.drain(..).enumerate() {
            if !(nth < 3000 || nth % 5000 == 0) {
                // SAFETY: it is of this size, and given back once.
                unsafe { pool.give(block, size) };
            }
        }
        pool.shrink();
        assert!(pool.len() < full / 3, "{} of {full}", pool.len());
        for (nth, (block, size)) in kept {
            // SAFETY: it was written above and is in use still.
            assert_eq!(unsafe { block.cast::<usize>().read() }, nth);
            // SAFETY: it is of this size, and given back once.
            unsafe { pool.give(block, size) };
        }
        // Blocks of all sizes can be taken as before.
        let again: Vec<_> = (0..2000).map(|nth: usize| pool.take(16 + nth % 500, false)).collect();
        assert!(again.iter().all(|block| !block.is_null()));
        pool.shrink();
        assert!(pool.len() > 0);
    }
}
