//! Growth of collections that ends the run where memory is short, instead of the process.

use crate::limits::{fits, is_metered, out_of_memory, quietly, tick};

/// Growth of fewer bytes than this is left to the collection.
const LARGE: usize = 64 * 1024;

/// Makes room for `additional` more items, twice as much as there is at least.
///
/// # Panics
/// As [`tick`].
#[inline]
pub fn grow<T>(items: &mut Vec<T>, additional: usize) {
    let (len, capacity) = (items.len(), items.capacity());
    if capacity - len < additional
        && !grow_large(len, capacity, size_of::<T>(), additional, &mut |room| items.try_reserve_exact(room).is_ok())
    {
        items.reserve(additional);
    }
}

/// As [`grow`], of a text.
///
/// # Panics
/// As [`tick`].
#[inline]
pub fn grow_text(text: &mut String, additional: usize) {
    let (len, capacity) = (text.len(), text.capacity());
    if capacity - len < additional
        && !grow_large(len, capacity, 1, additional, &mut |room| text.try_reserve_exact(room).is_ok())
    {
        text.reserve(additional);
    }
}

/// Makes room in a collection of `len` items of `size` bytes. False if its growth is small or not metered.
#[cold]
fn grow_large(
    len: usize,
    capacity: usize,
    size: usize,
    additional: usize,
    try_reserve: &mut dyn FnMut(usize) -> bool,
) -> bool {
    let wanted = len.saturating_add(additional).max(capacity.saturating_mul(2));
    if wanted.saturating_mul(size) < LARGE || !is_metered() {
        return false;
    }
    tick(1);
    // Where twice as much is too much, less may fit; steps of one item would take for ever.
    let rooms = [wanted - len, additional.max(len / 8), additional.max(LARGE / size.max(1))];
    for room in rooms {
        let more = len.saturating_add(room).saturating_sub(capacity);
        if fits(more.saturating_mul(size)) && quietly(|| try_reserve(room)) {
            return true;
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

/// Makes room in a collection of another kind, about `bytes` in all, by a function that returns true if it could.
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
