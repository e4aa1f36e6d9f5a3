//! The uses of KEYS and ARGV: the elements that a script reads by constant indices, and all other uses.

use syntax::ExprId;

/// One element with a constant index.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct IndexUse {
    /// The index in the source; out of range for 0, negative numbers and fractions.
    pub index: f64,
    /// The expression `KEYS[index]`.
    pub expr: ExprId,
}

/// The uses of KEYS or ARGV in a script.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct TableUse {
    /// The elements with constant indices, in source order.
    pub indices: Vec<IndexUse>,
    /// Uses of elements that are not constant: a computed index, a loop, `unpack`, the table as a value.
    pub dynamic: Vec<ExprId>,
    /// `#KEYS`, which reads no element.
    pub lengths: Vec<ExprId>,
}

impl TableUse {
    /// The highest constant index; 0 if there is none.
    pub fn highest(&self) -> u32 {
        self.indices
            .iter()
            .filter(|index| index.index >= 1.0 && index.index.fract() == 0.0 && index.index < 1e9)
            .map(|index| index.index as u32)
            .max()
            .unwrap_or(0)
    }

    /// Returns true if the element `index` is read by a constant index.
    pub fn has(&self, index: u32) -> bool {
        self.indices.iter().any(|used| used.index == f64::from(index))
    }

    /// Returns true if there are no uses.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty() && self.dynamic.is_empty() && self.lengths.is_empty()
    }
}
