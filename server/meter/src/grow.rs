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
    if items.capacity() - items.len() < additional {
        grow_slowly(items, additional);
    }
}

#[cold]
fn grow_slowly<T>(items: &mut Vec<T>, additional: usize) {
    let wanted = items.len().saturating_add(additional).max(items.capacity().saturating_mul(2));
    let bytes = wanted.saturating_mul(size_of::<T>());
    if bytes < LARGE || !is_metered() {
        return items.reserve(additional);
    }
    tick(1);
    let now = items.capacity() * size_of::<T>();
    let mut room = wanted - items.len();
    // Where twice as much is too much, what is asked for may still fit.
    if !fits(bytes - now) {
        room = additional.saturating_add(additional / 8).max(LARGE / size_of::<T>().max(1));
        if !fits(room.saturating_mul(size_of::<T>())) {
            out_of_memory();
        }
    }
    if !quietly(|| items.try_reserve_exact(room).is_ok()) && !quietly(|| items.try_reserve_exact(additional).is_ok()) {
        out_of_memory();
    }
}

/// As [`grow`], of a text.
///
/// # Panics
/// As [`tick`].
pub fn grow_text(text: &mut String, additional: usize) {
    if text.capacity() - text.len() < additional {
        let mut bytes = std::mem::take(text).into_bytes();
        grow(&mut bytes, additional);
        *text = String::from_utf8(bytes).unwrap_or_default();
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
