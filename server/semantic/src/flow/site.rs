//! Contents of the tables that a constructor makes, and the keys by which they are indexed.

use std::collections::{BTreeMap, BTreeSet};

use super::types::{TypeId, Types};

/// All values that are ever put into the tables of one constructor. It holds for all of them together, at any time.
#[derive(Clone, Debug)]
pub struct Site {
    /// The items that the constructor lists.
    pub items: Vec<TypeId>,
    /// Values that the constructor's last item adds, if that is a call or `...`.
    pub rest: Option<TypeId>,
    /// Other values at numbers.
    pub element: TypeId,
    /// Values at names.
    pub fields: BTreeMap<Vec<u8>, TypeId>,
    /// The names that the constructor lists.
    pub(super) listed: BTreeSet<Vec<u8>>,
    /// Values at keys that are computed and no numbers.
    pub other: TypeId,
    /// True if unknown code has the table.
    pub escaped: bool,
    /// True if elements are taken out.
    pub shrinks: bool,
    /// True if its content has been used in this round.
    pub(super) asked: bool,
}

impl Site {
    pub(super) fn new() -> Self {
        Self {
            items: Vec::new(),
            rest: None,
            element: Types::NEVER,
            fields: BTreeMap::new(),
            listed: BTreeSet::new(),
            other: Types::NEVER,
            escaped: false,
            shrinks: false,
            asked: false,
        }
    }

    pub(super) fn contents(&self) -> Vec<TypeId> {
        let listed = self.items.iter().chain(self.fields.values()).chain(&self.rest).copied();
        listed.chain([self.element, self.other]).collect()
    }

    /// Returns true if nothing is ever put at a name, for all that is known.
    pub fn is_without(&self, name: &[u8]) -> bool {
        !self.escaped && !self.fields.contains_key(name) && self.other == Types::NEVER
    }

    /// Returns true if nothing but numbers are keys, for all that is known.
    pub fn is_list(&self) -> bool {
        !self.escaped && self.fields.is_empty() && self.other == Types::NEVER
    }

    /// Returns true if it surely has as many elements as the constructor lists.
    pub fn is_fixed(&self) -> bool {
        !self.escaped && !self.shrinks && self.rest.is_none() && self.element == Types::NEVER
    }
}

/// An element of a table that is followed by itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum PlaceKey {
    Name(Vec<u8>),
    Number(i64),
}

/// A key by which a table is indexed.
pub(super) enum Key {
    Name(Vec<u8>),
    Number(i64),
    /// A number that is not known.
    AnyNumber,
    /// Text that is not known.
    AnyText,
    Unknown,
}
