//! Addresses taken from the system itself, past the C library, which keeps what is freed for the thread that freed it.
#![allow(unsafe_code, reason = "functions of the C library")]

pub(crate) use imp::{give, take};

#[cfg(target_os = "linux")]
mod imp {
    use std::{
        ffi::{c_int, c_void},
        ptr::null_mut,
    };

    const PROT_NONE: c_int = 0;
    const MAP_PRIVATE: c_int = 2;
    #[cfg(not(any(target_arch = "mips", target_arch = "mips64")))]
    const MAP_ANONYMOUS: c_int = 0x20;
    #[cfg(any(target_arch = "mips", target_arch = "mips64"))]
    const MAP_ANONYMOUS: c_int = 0x800;

    unsafe extern "C" {
        fn mmap(at: *mut c_void, len: usize, access: c_int, flags: c_int, file: c_int, offset: isize) -> *mut c_void;
        fn munmap(at: *mut c_void, len: usize) -> c_int;
    }

    /// Addresses that nobody may touch: they count for the limit of the process and cost no memory. Null if there are none.
    pub(crate) fn take(len: usize) -> *mut u8 {
        // SAFETY: a new mapping touches no other.
        let block = unsafe { mmap(null_mut(), len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) };
        if block.addr() == usize::MAX { null_mut() } else { block.cast() }
    }

    /// Gives back what [`take`] returned.
    ///
    /// # Safety
    /// It has this length, and nobody uses it any more.
    pub(crate) unsafe fn give(block: *mut u8, len: usize) {
        // SAFETY: as above.
        unsafe { munmap(block.cast(), len) };
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::alloc::{GlobalAlloc as _, Layout, System};

    fn layout(len: usize) -> Option<Layout> {
        Layout::from_size_align(len, 16).ok()
    }

    /// Memory that nobody touches. Null if there is none.
    pub(crate) fn take(len: usize) -> *mut u8 {
        // SAFETY: the layout has a size.
        layout(len).map_or(std::ptr::null_mut(), |layout| unsafe { System.alloc(layout) })
    }

    /// Gives back what [`take`] returned.
    ///
    /// # Safety
    /// It has this length, and nobody uses it any more.
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
        unsafe extern "C" {
            fn malloc_trim(keep: usize) -> std::ffi::c_int;
        }
        // SAFETY: it may be called at any time.
        unsafe { malloc_trim(0) };
    }
}
