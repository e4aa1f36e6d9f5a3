//! Addresses taken from the system itself, past the C library, and what the C library keeps of freed memory.
#![allow(unsafe_code, reason = "functions of the C library")]

pub(crate) use imp::{give, open, take};

#[cfg(unix)]
mod imp {
    use std::ptr::null_mut;

    use libc::{MAP_ANONYMOUS, MAP_FAILED, MAP_PRIVATE, PROT_NONE, PROT_READ, PROT_WRITE, mmap, mprotect, munmap};

    /// Addresses that are never accessed: they count for the limit of the process and cost no memory. Null if there are none.
    pub(crate) fn take(len: usize) -> *mut u8 {
        // SAFETY: a new mapping touches no other.
        let block = unsafe { mmap(null_mut(), len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) };
        if block == MAP_FAILED { null_mut() } else { block.cast() }
    }

    /// Makes memory of addresses that [`take`] returned, in huge pages if the system has them. Returns false if it has none.
    ///
    /// # Safety
    /// The addresses are the caller's, and begin at a page.
    pub(crate) unsafe fn open(block: *mut u8, len: usize) -> bool {
        // SAFETY: as the caller promises.
        unsafe {
            let opened = mprotect(block.cast(), len, PROT_READ | PROT_WRITE) == 0;
            #[cfg(target_os = "linux")]
            libc::madvise(block.cast(), len, libc::MADV_HUGEPAGE);
            opened
        }
    }

    /// Gives back what [`take`] returned.
    ///
    /// # Safety
    /// The block has this length, and nobody uses it any more.
    pub(crate) unsafe fn give(block: *mut u8, len: usize) {
        // SAFETY: as above.
        unsafe { munmap(block.cast(), len) };
    }
}

#[cfg(not(unix))]
mod imp {
    use std::alloc::{GlobalAlloc as _, Layout, System};

    fn layout(len: usize) -> Option<Layout> {
        Layout::from_size_align(len, 16).ok()
    }

    /// Memory that is never accessed. Null if there is none.
    pub(crate) fn take(len: usize) -> *mut u8 {
        // SAFETY: the layout has a size.
        layout(len).map_or(std::ptr::null_mut(), |layout| unsafe { System.alloc(layout) })
    }

    /// Such addresses are never taken here.
    pub(crate) unsafe fn open(_: *mut u8, _: usize) -> bool {
        false
    }

    /// Gives back what [`take`] returned.
    ///
    /// # Safety
    /// The block has this length, and nobody uses it any more.
    pub(crate) unsafe fn give(block: *mut u8, len: usize) {
        if let Some(layout) = layout(len) {
            // SAFETY: as above.
            unsafe { System.dealloc(block, layout) };
        }
    }
}

/// Gives freed memory back to the system, which the C library otherwise keeps for each thread.
pub(crate) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: it may be called at any time.
        unsafe { libc::malloc_trim(0) };
    }
}

/// Has all threads take memory from one arena of the C library, so that what one thread has freed is there for the others. To be
/// called before there are other threads. Without an effect where the C library has no arenas.
pub fn share_arena() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: it may be called at any time.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    }
}
