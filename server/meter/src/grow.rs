//! Growth of collections that ends the run where memory is short, instead of the process.

use std::collections::TryReserveError;

use crate::{
    limits::{fits, is_metered, out_of_memory, quietly, tick},
    system::trim,
};

/// Growth of fewer bytes than this is left to the collection.
const LARGE: usize = 64 * 1024;

/// A block of at least so many bytes that has moved leaves a hole which is given back to the system.
const HOLE: usize = 8 * 1024 * 1024;

/// A list or text, whose room is one block.
trait Block {
    /// Bytes of an item.
    const ITEM: usize;

    fn len(&self) -> usize;
    fn capacity(&self) -> usize;
    fn place(&self) -> *const u8;
    fn reserve(&mut self, additional: usize);
    fn try_reserve_exact(&mut self, additional: usize) -> Result<(), TryReserveError>;
}

impl<T> Block for Vec<T> {
    const ITEM: usize = size_of::<T>();

    fn len(&self) -> usize {
        self.len()
    }

    fn capacity(&self) -> usize {
        self.capacity()
    }

    fn place(&self) -> *const u8 {
        self.as_ptr().cast()
    }

    fn reserve(&mut self, additional: usize) {
        self.reserve(additional);
    }

    fn try_reserve_exact(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.try_reserve_exact(additional)
    }
}

impl Block for String {
    const ITEM: usize = 1;

    fn len(&self) -> usize {
        self.len()
    }

    fn capacity(&self) -> usize {
        self.capacity()
    }

    fn place(&self) -> *const u8 {
        self.as_ptr()
    }

    fn reserve(&mut self, additional: usize) {
        self.reserve(additional);
    }

    fn try_reserve_exact(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.try_reserve_exact(additional)
    }
}

/// Makes room for `additional` more items, twice as much as there is at least.
///
/// # Panics
/// As [`tick`].
#[inline]
pub fn grow<T>(items: &mut Vec<T>, additional: usize) {
    if items.capacity() - items.len() < additional {
        grow_block(items, additional);
    }
}

/// As [`grow`], of a text.
///
/// # Panics
/// As [`tick`].
#[inline]
pub fn grow_text(text: &mut String, additional: usize) {
    if text.capacity() - text.len() < additional {
        grow_block(text, additional);
    }
}

#[cold]
fn grow_block<B: Block>(block: &mut B, additional: usize) {
    let wanted = block.len().saturating_add(additional).max(block.capacity().saturating_mul(2));
    let bytes = wanted.saturating_mul(B::ITEM);
    if bytes < LARGE || !is_metered() {
        return block.reserve(additional);
    }
    tick(1);
    let now = block.capacity() * B::ITEM;
    let mut room = wanted - block.len();
    // Where twice as much is too much, what is asked for may still fit.
    if !fits(bytes - now) {
        room = additional.saturating_add(additional / 8).max(LARGE / B::ITEM.max(1));
        if !fits(room.saturating_mul(B::ITEM)) {
            out_of_memory();
        }
    }
    let before = block.place();
    if !quietly(|| block.try_reserve_exact(room).is_ok()) && !quietly(|| block.try_reserve_exact(additional).is_ok()) {
        out_of_memory();
    }
    // The C library would keep the hole for blocks that fit in it, and nobody else asks for such.
    if now >= HOLE && block.place() != before {
        trim();
    }
}

/// Appends an item.
///
/// # Panics
/// As [`tick`].
#[inline]
pub fn push<T>(items: &mut Vec<T>, item: T) {
    tick(1);
    grow(items, 1);
    items.push(item);
}

/// An empty list with room.
///
/// # Panics
/// As [`tick`].
pub fn with_capacity<T>(capacity: usize) -> Vec<T> {
    if capacity.saturating_mul(size_of::<T>()) < LARGE {
        return Vec::with_capacity(capacity);
    }
    let mut items = Vec::new();
    grow(&mut items, capacity);
    items
}

/// The items of an iterator.
///
/// # Panics
/// As [`tick`].
pub fn collect<T>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let all = all.into_iter();
    let mut items = with_capacity(all.size_hint().0);
    for item in all {
        push(&mut items, item);
    }
    items
}

/// Makes room in a collection of another kind, about `bytes` in all, by a function that says whether it could.
///
/// # Panics
/// As [`tick`].
#[cold]
pub fn reserve(bytes: usize, reserve: impl FnOnce() -> bool) {
    if is_metered() {
        tick(1);
        if !fits(bytes) || !quietly(reserve) {
            out_of_memory();
        }
    }
}

/// A copy of bytes.
///
/// # Panics
/// As [`tick`].
#[inline]
pub fn copy(bytes: &[u8]) -> Vec<u8> {
    tick(1 + bytes.len() / 64);
    let mut copy = with_capacity(bytes.len());
    copy.extend_from_slice(bytes);
    copy
}
