//! Lists.

use super::{Bytes, deque::Deque, listpack};
use crate::config::Config;

/// A list.
#[derive(Clone, Debug)]
pub struct List {
    items: Deque,
    /// Size of the items in the compact form, in bytes.
    bytes: usize,
    compact: bool,
}

impl Default for List {
    fn default() -> Self {
        Self { items: Deque::default(), bytes: listpack::EMPTY, compact: true }
    }
}

impl List {
    /// Number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.items.len() == 0
    }

    pub(super) fn is_compact(&self) -> bool {
        self.compact
    }

    /// The items from the head on.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Bytes> + ExactSizeIterator {
        self.items.iter()
    }

    /// The item at a place.
    pub fn get(&self, at: usize) -> Option<&Bytes> {
        self.items.get(at)
    }

    /// The place that an index from the head, or a negative one from the tail, names.
    pub fn place(&self, index: i64) -> Option<usize> {
        let at = if index < 0 { index + self.len() as i64 } else { index };
        usize::try_from(at).ok().filter(|at| *at < self.len())
    }

    /// Leaves the compact form if `more` texts of together `bytes` do not fit in it.
    pub fn grow(&mut self, more: usize, bytes: usize, config: &Config) {
        let (limit, count) = config.list_limits();
        if self.bytes + bytes > limit || self.len() + more > count {
            self.compact = false;
        }
    }

    /// Takes the compact form again if it is but half full.
    pub fn shrink(&mut self, config: &Config) {
        let (limit, count) = config.list_limits();
        if self.bytes <= limit / 2 && self.len() <= count / 2 {
            self.compact = true;
        }
    }

    /// Puts an item before the first or behind the last.
    pub fn push(&mut self, item: Bytes, at_head: bool) {
        self.bytes += listpack::entry(&item);
        if at_head { self.items.push_front(item) } else { self.items.push_back(item) }
    }

    /// Takes the first or the last item.
    pub fn pop(&mut self, at_head: bool) -> Option<Bytes> {
        let item = if at_head { self.items.pop_front() } else { self.items.pop_back() }?;
        self.bytes -= listpack::entry(&item);
        Some(item)
    }

    /// Puts an item at a place, moving those from there on.
    pub fn insert(&mut self, at: usize, item: Bytes) {
        self.bytes += listpack::entry(&item);
        self.items.insert(at, item);
    }

    /// Replaces the item at a place.
    pub fn set(&mut self, at: usize, item: Bytes) {
        if let Some(old) = self.items.get_mut(at) {
            self.bytes = self.bytes + listpack::entry(&item) - listpack::entry(old);
            *old = item;
        }
    }

    /// Takes the item at a place.
    pub fn remove(&mut self, at: usize) -> Option<Bytes> {
        let item = self.items.remove(at)?;
        self.bytes -= listpack::entry(&item);
        Some(item)
    }

    /// Keeps the items of a range only.
    pub fn trim(&mut self, range: std::ops::Range<usize>) {
        self.items.trim(range);
        self.bytes = listpack::EMPTY + self.items.iter().map(|item| listpack::entry(item)).sum::<usize>();
    }
}

impl List {
    /// After an item was replaced by a shorter one.
    pub fn shrink_after_set(&mut self, config: &Config) {
        if !self.compact {
            self.shrink(config);
        }
    }
}
