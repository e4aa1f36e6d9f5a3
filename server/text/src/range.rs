//! A half-open range of byte offsets.

use std::ops::Range;

/// A half-open range of byte offsets into one text. Offsets are `u32`: a script larger than 4 GiB is refused
/// long before it gets here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TextRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte; never below `start`.
    pub end: u32,
}

impl TextRange {
    /// The range `start..end`; an `end` before `start` gives the empty range at `start`.
    pub const fn new(start: u32, end: u32) -> Self {
        let end = if end < start { start } else { end };
        Self { start, end }
    }

    /// The empty range at `offset`.
    pub const fn at(offset: u32) -> Self {
        Self { start: offset, end: offset }
    }

    /// Number of bytes the range spans.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// True if the range spans nothing.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True if `other` lies wholly within this range.
    pub const fn contains_range(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// True if the byte at `offset` lies within this range.
    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// True if the two ranges share a byte.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The smallest range that holds both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The range as `usize` indices, for slicing.
    pub const fn to_usize(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The bytes of `source` in this range; empty where the range lies outside.
    pub fn slice(self, source: &[u8]) -> &[u8] {
        source.get(self.to_usize()).unwrap_or_default()
    }
}

impl std::fmt::Debug for TextRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}
