//! Small blocks that the process keeps: what a thread frees, it has at hand for its next ones.
//!
//! They lie in one range of addresses, by which a block is told from those of the C library. Memory in it never goes back to the
//! system, so runs, whose memory is limited, take none of it. Huge pages back it where the system has them: a page fault
//! costs more than what most blocks are used for.
#![allow(unsafe_code, reason = "a part of the global allocator")]

use std::{
    alloc::Layout,
    cell::Cell,
    ptr::null_mut,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{account::ACCOUNT, system};

/// Bytes of the range. Only what is used costs memory.
const RANGE: usize = 4 << 30;

/// Bytes that a thread takes of the range at once: a huge page of most systems.
const CHUNK: usize = 2 << 20;

/// The largest block.
const MAX: usize = 64 << 10;

/// The alignment of all blocks.
const ALIGN: usize = 16;

/// Number of block sizes: multiples of 32 up to [`STEPPED`], then four for each doubling.
const CLASSES: usize = class_of(MAX) + 1;
const STEPPED: usize = 1 << 10;

/// Bytes of free blocks of a class with a thread, beyond which it gives them to all threads.
const SPARE: usize = 256 << 10;

/// The beginning of the range while there is none: an address that no block has.
const NOWHERE: usize = 1 << (usize::BITS - 1);

/// The beginning of the range.
static BEGIN: AtomicUsize = AtomicUsize::new(NOWHERE);

/// Bytes of the range that were handed out.
static HANDED_OUT: AtomicUsize = AtomicUsize::new(0);

/// Free blocks by class that any thread may take, a list of lists.
static SHARED: [Mutex<Shared>; CLASSES] = [const { Mutex::new(Shared(null_mut())) }; CLASSES];

/// The rests of chunks whose threads have ended.
static RESTS: Mutex<Shared> = Mutex::new(Shared(null_mut()));

struct Shared(*mut Free);

// SAFETY: nobody else knows the blocks of these lists.
unsafe impl Send for Shared {}

impl Shared {
    /// Takes the first; null if there is none.
    fn pop(from: &Mutex<Self>) -> *mut Free {
        let mut shared = from.lock().unwrap_or_else(PoisonError::into_inner);
        let first = shared.0;
        if !first.is_null() {
            // SAFETY: only the lock's holder knows it.
            shared.0 = unsafe { (*first).next_list };
        }
        first
    }

    /// Adds a list of free blocks, or a rest.
    ///
    /// # Safety
    /// `first` is the caller's alone.
    unsafe fn push(to: &Mutex<Self>, first: *mut Free, len: usize) {
        let mut shared = to.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: as the caller promises.
        unsafe {
            (*first).next_list = shared.0;
            (*first).len = len;
        }
        shared.0 = first;
    }
}

/// A free block, or the rest of a chunk.
struct Free {
    /// The next one of the list.
    next: *mut Free,
    /// In the first of a list, the next list, and the length of this one. In a rest, the next rest, and its bytes.
    next_list: *mut Free,
    len: usize,
}

/// Free blocks of a class with their number.
struct List {
    first: Cell<*mut Free>,
    len: Cell<usize>,
}

/// Free blocks of a thread.
struct Cache {
    lists: [List; CLASSES],
    /// The rest of its chunk.
    at: Cell<usize>,
    end: Cell<usize>,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has nothing yet.
    New,
    /// It gives back what it has when the thread ends.
    Open,
    /// The thread ends.
    Closed,
}

/// Gives back what a thread has at its end.
struct AtEnd;

thread_local! {
    static CACHE: Cache = const {
        Cache {
            lists: [const { List { first: Cell::new(null_mut()), len: Cell::new(0) } }; CLASSES],
            at: Cell::new(0),
            end: Cell::new(0),
            state: Cell::new(State::New),
        }
    };
    static AT_END: AtEnd = const { AtEnd };
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        CACHE.with(|cache| {
            cache.state.set(State::Closed);
            (0..CLASSES).for_each(|class| cache.share(class));
            cache.share_rest();
        });
    }
}

/// Keeps small blocks from now on, of threads without limits. Without an effect where the system has no addresses for them, and
/// on systems other than 64-bit Linux.
pub fn keep_small_blocks() {
    if BEGIN.load(Ordering::Relaxed) != NOWHERE || cfg!(not(all(target_os = "linux", target_pointer_width = "64"))) {
        return;
    }
    let range = system::take(RANGE + CHUNK);
    if range.is_null() {
        return;
    }
    let begin = range.expose_provenance().next_multiple_of(CHUNK);
    if BEGIN.compare_exchange(NOWHERE, begin, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        // SAFETY: it was taken above, and nobody else has seen it.
        unsafe { system::give(range, RANGE + CHUNK) };
    }
}

/// The class of blocks with at least `size` bytes.
const fn class_of(size: usize) -> usize {
    if size <= STEPPED {
        return if size == 0 { 0 } else { (size - 1) / 32 };
    }
    let last = size - 1;
    let log = last.ilog2();
    STEPPED / 32 + (log - STEPPED.ilog2()) as usize * 4 + ((last >> (log - 2)) & 3)
}

/// The size of the blocks of a class.
const fn size_of(class: usize) -> usize {
    const STEPS: usize = STEPPED / 32;
    if class < STEPS {
        return (class + 1) * 32;
    }
    let (doublings, step) = ((class - STEPS) / 4, (class - STEPS) % 4);
    (5 + step) << (STEPPED.ilog2() as usize - 2 + doublings)
}

/// True for a block of the range.
#[inline]
pub(crate) fn is_kept(block: *const u8) -> bool {
    block.addr().wrapping_sub(BEGIN.load(Ordering::Relaxed)) < RANGE
}

/// True if a block of one layout is one of the other as well.
#[inline]
pub(crate) fn is_same(old: Layout, new: Layout) -> bool {
    new.size() <= MAX && class_of(old.size()) == class_of(new.size())
}

/// A block; null if there is none of this layout, or none at all.
#[inline]
pub(crate) fn take(layout: Layout) -> *mut u8 {
    if BEGIN.load(Ordering::Relaxed) == NOWHERE || layout.size() > MAX || layout.align() > ALIGN {
        return null_mut();
    }
    if ACCOUNT.with(|account| account.metered.get()) {
        return null_mut();
    }
    let class = class_of(layout.size());
    CACHE.with(|cache| {
        let list = &cache.lists[class];
        let first = list.first.get();
        if first.is_null() {
            return cache.carve(class);
        }
        // SAFETY: the block is free, and this thread's.
        list.first.set(unsafe { (*first).next });
        list.len.set(list.len.get() - 1);
        first.cast()
    })
}

/// Takes a block back.
///
/// # Safety
/// The block came from [`take`] with this layout, and nobody uses it any more.
#[inline]
pub(crate) unsafe fn give(block: *mut u8, layout: Layout) {
    let class = class_of(layout.size());
    CACHE.with(|cache| {
        let list = &cache.lists[class];
        let block = block.cast::<Free>();
        // SAFETY: blocks of all classes are that large and aligned, and this one is free.
        unsafe { (*block).next = list.first.get() };
        list.first.set(block);
        list.len.set(list.len.get() + 1);
        if list.len.get() * size_of(class) > SPARE || cache.state.get() != State::Open {
            cache.full(class);
        }
    });
}

impl Cache {
    /// A block that is not in the thread's list: of another thread's, or of the chunk.
    #[cold]
    #[inline(never)]
    fn carve(&self, class: usize) -> *mut u8 {
        if !self.is_open() {
            return null_mut();
        }
        let shared = Shared::pop(&SHARED[class]);
        if !shared.is_null() {
            let list = &self.lists[class];
            // SAFETY: as above; now it is this thread's.
            unsafe {
                list.first.set((*shared).next);
                list.len.set((*shared).len - 1);
            }
            return shared.cast();
        }
        let size = size_of(class);
        if self.end.get() - self.at.get() < size && !self.next_chunk() {
            return null_mut();
        }
        let block = self.at.get();
        self.at.set(block + size);
        std::ptr::with_exposed_provenance_mut(block)
    }

    fn next_chunk(&self) -> bool {
        let rest = Shared::pop(&RESTS);
        if !rest.is_null() {
            let begin = rest.expose_provenance();
            self.at.set(begin);
            // SAFETY: it is this thread's now.
            self.end.set(begin + unsafe { (*rest).len });
            return true;
        }
        let at = HANDED_OUT.fetch_add(CHUNK, Ordering::Relaxed);
        let begin = BEGIN.load(Ordering::Relaxed) + at;
        if at + CHUNK > RANGE {
            return false;
        }
        // SAFETY: this chunk of the range was handed out to nobody else.
        if !unsafe { system::open(std::ptr::with_exposed_provenance_mut(begin), CHUNK) } {
            return false;
        }
        self.at.set(begin);
        self.end.set(begin + CHUNK);
        true
    }

    /// True until the thread ends. From the first call on its end is waited for.
    fn is_open(&self) -> bool {
        if self.state.get() == State::New {
            // Before: it may allocate itself.
            self.state.set(State::Open);
            AT_END.try_with(|_| ()).ok();
        }
        self.state.get() == State::Open
    }

    /// Shares the free blocks of a class if they are too many, or if the thread ends.
    #[cold]
    #[inline(never)]
    fn full(&self, class: usize) {
        if !self.is_open() || self.lists[class].len.get() * size_of(class) > SPARE {
            self.share(class);
        }
    }

    fn share(&self, class: usize) {
        let list = &self.lists[class];
        let (first, len) = (list.first.replace(null_mut()), list.len.replace(0));
        if first.is_null() {
            return;
        }
        // SAFETY: the blocks are free, and this thread's.
        unsafe { Shared::push(&SHARED[class], first, len) };
    }

    /// Shares the rest of the chunk if it has room for any block.
    fn share_rest(&self) {
        let (at, end) = (self.at.replace(0), self.end.replace(0));
        if end - at >= MAX {
            // SAFETY: nobody has used it, and it is this thread's.
            unsafe { Shared::push(&RESTS, std::ptr::with_exposed_provenance_mut(at), end - at) };
        }
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use std::{
        collections::HashSet,
        sync::{MutexGuard, mpsc},
    };

    use super::*;
    use crate::{Limits, within};

    /// One test at a time: they count chunks.
    fn kept() -> MutexGuard<'static, ()> {
        static ONE: Mutex<()> = Mutex::new(());
        let guard = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        keep_small_blocks();
        guard
    }

    #[test]
    fn classes_fit() {
        for size in 0..=MAX {
            let (class, got) = (class_of(size), size_of(class_of(size)));
            assert!(got >= size && got.is_multiple_of(ALIGN), "{size} in {got}");
            assert!(got <= 32 || got - size < (got / 4).max(32), "{size} in {got}");
            assert!(class == 0 || size_of(class - 1) < size, "{size} in {got}");
        }
        assert_eq!(size_of(CLASSES - 1), MAX);
    }

    #[test]
    fn blocks_keep_their_bytes_when_they_grow_and_shrink() {
        let _one = kept();
        let mut all: Vec<Vec<u8>> = Vec::new();
        for nth in 0..200_usize {
            let mut bytes = Vec::new();
            for at in 0..nth * 37 {
                bytes.push((at + nth) as u8);
            }
            bytes.truncate(nth * 11);
            bytes.shrink_to_fit();
            all.push(bytes);
            if nth % 3 == 0 {
                all.swap_remove(nth / 7);
            }
        }
        let places: HashSet<*const u8> = all.iter().filter(|it| !it.is_empty()).map(|it| it.as_ptr()).collect();
        assert_eq!(places.len(), all.iter().filter(|it| !it.is_empty()).count());
        for bytes in &all {
            let nth = bytes.len() / 11;
            assert!(bytes.iter().enumerate().all(|(at, &byte)| byte == (at + nth) as u8));
        }
        assert!(vec![0_u64; 100].iter().all(|&it| it == 0));
    }

    #[test]
    fn runs_with_limits_take_none() {
        let _one = kept();
        let outside = Box::new(1_u64);
        assert!(is_kept((&raw const *outside).cast()));
        let inside = within(&Limits::default(), || {
            drop(outside);
            Box::new(2_u64)
        });
        assert!(inside.is_ok_and(|it| !is_kept((&raw const *it).cast())));
    }

    #[test]
    fn threads_use_what_others_freed() {
        let _one = kept();
        let chunks = || HANDED_OUT.load(Ordering::Relaxed) / CHUNK;
        // 64 MiB in all, of which some hundred blocks are used at a time.
        let (sender, receiver) = mpsc::sync_channel::<Vec<Box<[u8; 1000]>>>(4);
        let before = chunks();
        let consumer = std::thread::spawn(move || receiver.into_iter().map(|blocks| blocks.len()).sum::<usize>());
        for _ in 0..640 {
            sender.send((0..100).map(|_| Box::new([7; 1000])).collect()).ok();
        }
        drop(sender);
        assert_eq!(consumer.join().ok(), Some(64_000));
        assert!(chunks() - before < 8, "{} chunks", chunks() - before);
        // What a thread leaves is there for the next.
        let before = chunks();
        for _ in 0..50 {
            let blocks = std::thread::spawn(|| (0..1000).map(|_| Box::new([1_u8; 900])).collect::<Vec<_>>()).join();
            assert_eq!(blocks.map(|it| it.len()).ok(), Some(1000));
        }
        assert!(chunks() - before < 4, "{} chunks", chunks() - before);
    }
}
