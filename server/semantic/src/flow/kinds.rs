//! The kinds of Lua value that an expression may have, as a set.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// A set of kinds of value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Kinds(u16);

impl Kinds {
    /// No value: unreachable code.
    pub const NONE: Self = Self(0);
    /// `nil`, where the script's course surely leads to it.
    pub const NIL: Self = Self(1);
    /// `nil` that is always possible and seldom checked: a missing argument, a text that is not a number.
    pub const ABSENT: Self = Self(1 << 1);
    /// `false`
    pub const FALSE: Self = Self(1 << 2);
    /// `true`
    pub const TRUE: Self = Self(1 << 3);
    /// A number.
    pub const NUMBER: Self = Self(1 << 4);
    /// A string.
    pub const STRING: Self = Self(1 << 5);
    /// A table.
    pub const TABLE: Self = Self(1 << 6);
    /// A function.
    pub const FUNCTION: Self = Self(1 << 7);
    /// A thread or a userdata; `cjson.null` is one.
    pub const OTHER: Self = Self(1 << 8);
    /// Any further kind: something was not followed.
    pub const UNKNOWN: Self = Self(1 << 9);

    /// Either kind of `nil`.
    pub const ANY_NIL: Self = Self(Self::NIL.0 | Self::ABSENT.0);
    /// Kinds that are false in a condition.
    pub const FALSY: Self = Self(Self::ANY_NIL.0 | Self::FALSE.0);
    /// Both truth values.
    pub const BOOLEAN: Self = Self(Self::TRUE.0 | Self::FALSE.0);
    /// Kinds that are true in a condition.
    pub const TRUTHY: Self =
        Self(Self::TRUE.0 | Self::NUMBER.0 | Self::STRING.0 | Self::TABLE.0 | Self::FUNCTION.0 | Self::OTHER.0);

    /// True if it is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if any of `other` is among them; `UNKNOWN` counts only if `other` has it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// True if it may be any of `other`, for all that is known.
    pub const fn may_be(self, other: Self) -> bool {
        self.0 & (other.0 | Self::UNKNOWN.0) != 0
    }

    /// True if it is surely one of `other`. False for unreachable values.
    pub const fn is_only(self, other: Self) -> bool {
        self.0 != 0 && self.0 & !other.0 == 0
    }

    /// Those that are not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Kinds {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Kinds {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Kinds {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}
