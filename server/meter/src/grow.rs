//! Growth of collections that ends the run where memory is short, instead of the process.

use std::collections::TryReserveError;

use crate::limits::{fits, is_metered, out_of_memory, quietly, tick};

/// Growth of fewer bytes than this is left to the collection.
const LARGE: usize = 64 * 1024;

/// A list or text, whose room is one block.
trait Block {
    /// Bytes of an item.
    const ITEM: usize;

    fn len(&self) -> usize;
    fn capacity(&self) -> usize;
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
    if wanted.saturating_mul(B::ITEM) < LARGE || !is_metered() {
        return block.reserve(additional);
    }
    tick(1);
    // Where twice as much is too much, less may fit; steps of one item would take for ever.
    let rooms = [wanted - block.len(), additional.max(block.len() / 8), additional.max(LARGE / B::ITEM.max(1))];
    for room in rooms {
        let more = block.len().saturating_add(room).saturating_sub(block.capacity());
        if fits(more.saturating_mul(B::ITEM)) && quietly(|| block.try_reserve_exact(room).is_ok()) {
            return;
        }
    }
    out_of_memory();
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
