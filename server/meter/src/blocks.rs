//! Blocks of memory: small ones from the C library, large ones on Linux from the system itself.
//!
//! The C library of Linux lets a large block grow inside its heap, and raises the size from which it asks the system
//! for a mapping with every mapping that is freed. What such a block leaves behind when it moves stays with the process:
//! a run within 256 MiB then took up to 390. A mapping of its own grows without a copy, and goes back when it is freed.
#![allow(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};

use crate::kept;

/// Bytes from which a block is a mapping, unless the system refuses one.
const MAPPED: usize = 4 * 1024 * 1024;

/// Every mapping begins at a multiple of this, the smallest page of Linux; no large block of the C library does.
const PAGE: usize = 4096;

/// The alignment of all blocks of the C library.
const ALIGN: usize = 16;

/// The allocator below the account.
pub(crate) struct Blocks;

fn is_large(layout: Layout) -> bool {
    cfg!(target_os = "linux") && layout.size() >= MAPPED && layout.align() <= ALIGN
}

fn is_mapped(block: *const u8, layout: Layout) -> bool {
    is_large(layout) && block.addr().is_multiple_of(PAGE)
}

// SAFETY: a block's place and layout say where it came from, and each place is given its own blocks back.
unsafe impl GlobalAlloc for Blocks {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            // SAFETY: as the caller promises.
            return unsafe { large(layout, || System.alloc(layout)) };
        }
        let kept = kept::take(layout);
        if !kept.is_null() {
            return kept;
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            // SAFETY: as the caller promises.
            return unsafe { large(layout, || System.alloc_zeroed(layout)) };
        }
        let kept = kept::take(layout);
        if !kept.is_null() {
            // SAFETY: the block has this size.
            unsafe { kept.write_bytes(0, layout.size()) };
            return kept;
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_mapped(block, layout) {
            // SAFETY: it was mapped with this size.
            return unsafe { mapping::unmap(block, layout.size()) };
        }
        if kept::is_kept(block) {
            // SAFETY: as the caller promises.
            return unsafe { kept::give(block, layout) };
        }
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that this is a layout.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if kept::is_kept(block) {
            if kept::is_same(layout, new) {
                return block;
            }
            // SAFETY: as the caller promises.
            return unsafe { self.replace(block, layout, new) };
        }
        let was_mapped = is_mapped(block, layout);
        if !was_mapped && !is_large(new) {
            // SAFETY: as the caller promises.
            return unsafe { System.realloc(block, layout, size) };
        }
        if was_mapped && is_large(new) {
            // SAFETY: it was mapped with its size.
            let moved = unsafe { mapping::remap(block, layout.size(), size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: as the caller promises.
        unsafe { self.replace(block, layout, new) }
    }
}

/// A mapping; if the system refuses one, memory that the C library has kept. Null if it has none.
///
/// # Safety
/// `allocate` returns a new block of the layout from [`System`].
#[cold]
unsafe fn large(layout: Layout, allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let block = mapping::map(layout.size());
    if !block.is_null() {
        return block;
    }
    let block = allocate();
    if !is_mapped(block, layout) || block.is_null() {
        return block;
    }
    // One that looks like a mapping cannot be told from one: a second begins elsewhere.
    let second = allocate();
    // SAFETY: the caller promises that both are new.
    unsafe {
        System.dealloc(block, layout);
        if !second.is_null() && is_mapped(second, layout) {
            System.dealloc(second, layout);
            return std::ptr::null_mut();
        }
    }
    second
}

impl Blocks {
    /// Moves a block to where blocks of another layout come from. Null, and the old block stays, where there is no memory.
    ///
    /// # Safety
    /// As [`GlobalAlloc::realloc`], of which both layouts are.
    unsafe fn replace(&self, block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let place = unsafe { self.alloc(new) };
        if !place.is_null() {
            // SAFETY: both are at least so long and do not overlap; the old one is the caller's to free.
            unsafe {
                std::ptr::copy_nonoverlapping(block, place, old.size().min(new.size()));
                self.dealloc(block, old);
            }
        }
        place
    }
}

#[cfg(target_os = "linux")]
mod mapping {
    use std::ptr::null_mut;

    use libc::{
        MAP_ANONYMOUS, MAP_FAILED, MAP_PRIVATE, MREMAP_MAYMOVE, PROT_READ, PROT_WRITE, c_void, mmap, mremap, munmap,
    };

    fn checked(block: *mut c_void) -> *mut u8 {
        if block == MAP_FAILED { null_mut() } else { block.cast() }
    }

    /// Zeroed memory. Null if there is none.
    pub(super) fn map(size: usize) -> *mut u8 {
        // SAFETY: a new mapping touches no other.
        checked(unsafe { mmap(null_mut(), size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) })
    }

    /// Changes a mapping's size, and its place if need be. Null, and the mapping stays, where there is no memory.
    ///
    /// # Safety
    /// `block` is a mapping of `old` bytes that nobody else uses.
    pub(super) unsafe fn remap(block: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { mremap(block.cast(), old, new, MREMAP_MAYMOVE) })
    }

    /// Frees a mapping.
    ///
    /// # Safety
    /// As [`remap`].
    pub(super) unsafe fn unmap(block: *mut u8, size: usize) {
        // SAFETY: as above.
        unsafe { munmap(block.cast(), size) };
    }
}

#[cfg(not(target_os = "linux"))]
mod mapping {
    use std::ptr::null_mut;

    pub(super) fn map(_: usize) -> *mut u8 {
        null_mut()
    }

    pub(super) unsafe fn remap(_: *mut u8, _: usize, _: usize) -> *mut u8 {
        null_mut()
    }

    pub(super) unsafe fn unmap(_: *mut u8, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_block_moves_with_it() {
        let sizes = [10, MAPPED - 1, MAPPED, MAPPED * 5 + 3, MAPPED + 1, MAPPED - 7, 100, MAPPED * 2, 4];
        let layout = |size| Layout::from_size_align(size, 16).expect("a layout");
        // SAFETY: each block is used with the layout that it has at the time, within its size.
        unsafe {
            let mut size = 1;
            let mut block = Blocks.alloc(layout(size));
            block.write(b'x');
            for new in sizes {
                block = Blocks.realloc(block, layout(size), new);
                assert!(!block.is_null() && block.read() == b'x', "{size} to {new}");
                block.add(new - 1).write(b'y');
                size = new;
            }
            Blocks.dealloc(block, layout(size));
            let zeroed = Blocks.alloc_zeroed(layout(MAPPED));
            assert!(std::slice::from_raw_parts(zeroed, MAPPED).iter().all(|byte| *byte == 0));
            Blocks.dealloc(zeroed, layout(MAPPED));
        }
    }

    #[test]
    fn what_the_system_has_not_is_null() {
        let layout = Layout::from_size_align(MAPPED, 16).expect("a layout");
        let much = isize::MAX as usize & !0xFFFF;
        // SAFETY: the layouts are valid, and the block stays as it is where a larger one is refused.
        unsafe {
            let block = Blocks.alloc(layout);
            assert!(Blocks.realloc(block, layout, much).is_null());
            block.add(MAPPED - 1).write(1);
            Blocks.dealloc(block, layout);
            assert!(Blocks.alloc(Layout::from_size_align(much, 16).expect("a layout")).is_null());
        }
    }
}
