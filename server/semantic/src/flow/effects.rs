//! Writes of the script to tables: which tables, by which keys, and the changes to those that it does not construct.

use rustc_hash::FxHashSet;
use syntax::ExprId;

use super::{
    site::{Key, PlaceKey},
    types::{Source, TableType, Type, TypeId, Types},
};

/// A table, as far as writes distinguish tables.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Written {
    /// One that the constructor or the call at this expression makes.
    Site(ExprId),
    /// A table that the script did not construct.
    Of(Origin),
    /// Any table that is not followed.
    Unknown,
}

/// The keys that a write may be to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum WrittenKeys {
    One(PlaceKey),
    Numbers,
    All,
}

impl WrittenKeys {
    pub(super) fn of(key: &Key) -> Self {
        match key {
            Key::Name(name) => Self::One(PlaceKey::Name(name.clone())),
            Key::Number(number) => Self::One(PlaceKey::Number(*number)),
            Key::AnyNumber => Self::Numbers,
            Key::AnyText | Key::Unknown => Self::All,
        }
    }
}

/// Most writes of a function that are recorded; beyond that it may write anything.
const MAX_WRITES: usize = 256;

/// The writes of a function and of those that it calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes {
    pub(super) all: FxHashSet<(Written, WrittenKeys)>,
    /// True if there are too many to record.
    pub(super) anything: bool,
}

impl Writes {
    /// Adds a write. True if it is new.
    pub(super) fn add(&mut self, table: Written, keys: &WrittenKeys) -> bool {
        if self.anything || self.all.contains(&(table, keys.clone())) {
            return false;
        }
        self.anything = self.all.len() == MAX_WRITES;
        if self.anything {
            self.all.clear();
        } else {
            self.all.insert((table, keys.clone()));
        }
        true
    }
}

/// The tables that are distinguished by their origin.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Origin {
    /// The tables in the reply to a call.
    Reply(ExprId),
    Keys,
    Argv,
    /// Statuses and errors that are not known to be of one call's reply.
    Other,
}

impl Origin {
    /// Returns the origin of a table of another's making, a part of `held`.
    pub(super) fn of(held: &Type, table: &TableType) -> Option<Self> {
        Some(match table {
            TableType::List(list) => Self::Reply(list.call),
            TableType::Keys => Self::Keys,
            TableType::Argv => Self::Argv,
            TableType::Status(_)
            | TableType::Error
            | TableType::Double
            | TableType::Map(_)
            | TableType::Set(_)
            | TableType::Entries(_) => match held.source {
                Source::Reply(call) => Self::Reply(call),
                _ => Self::Other,
            },
            TableType::Extended
            | TableType::Built(_)
            | TableType::Altered(_)
            | TableType::Decoded
            | TableType::Unknown => {
                return None;
            }
        })
    }
}

/// Changes that the script makes to the tables of an origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Alteration {
    /// The values that it puts at numbers.
    pub element: TypeId,
    /// True if elements change places.
    pub moves: bool,
    /// True if it takes elements out.
    pub shrinks: bool,
    /// True if it puts something at other keys than numbers.
    pub named: bool,
    /// True if it changes tables that are not lists.
    pub others: bool,
}

impl Alteration {
    pub(super) const NONE: Self =
        Self { element: Types::NEVER, moves: false, shrinks: false, named: false, others: false };
}
