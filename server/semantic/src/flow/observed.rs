//! Facts about keys, fields and members that a script may have seen to be there.

use super::state::Slot;

/// Facts about the data that a call reads, which may hold or not.
#[derive(Clone, Debug)]
pub(super) struct Reads {
    /// The fact that its key is there.
    pub key: Slot,
    /// The facts that its reply shows, if it lacks nothing and is not 0.
    pub(super) shows: Vec<Slot>,
    /// The facts that each show that its reply lacks nothing.
    pub(super) needs: Vec<Slot>,
    /// The facts that show so only together: each of the requested fields is there.
    pub(super) needs_all: Vec<Slot>,
}

/// Subject of a fact.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Subject {
    /// The key is there.
    Key(Vec<u8>),
    /// The field or member of the key is there.
    Item(Vec<u8>, Vec<u8>),
    /// The field or member of the key was there when it was removed.
    Removed(Vec<u8>, Vec<u8>),
    /// Some field of the key was read and was there: those that are written with it most likely are too.
    Record(Vec<u8>),
    /// The script has asked for the length of the key's list: it knows which of its elements are there.
    Length(Vec<u8>),
}

impl Subject {
    pub(super) fn is_of(&self, wanted: &[u8]) -> bool {
        let (Self::Key(key) | Self::Item(key, _) | Self::Removed(key, _) | Self::Record(key) | Self::Length(key)) =
            self;
        key == wanted
    }
}
