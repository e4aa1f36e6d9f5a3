//! Sets: of integers, in order; small ones in the order in which members came; and any.

use protocol::number::{parse_int, to_usize};

use super::{Bytes, Dict};
use crate::config::Config;

/// A set.
#[derive(Clone, Debug)]
pub enum Set {
    /// Only integers, sorted.
    Ints(Vec<i64>),
    /// A few short members (7.2 and later).
    Compact(Dict<()>),
    /// Members.
    Table(Dict<()>),
}

impl Default for Set {
    fn default() -> Self {
        Self::Ints(Vec::new())
    }
}

impl Set {
    /// An empty set in the form that the server makes for `first`, `expected` members being about to come.
    pub fn for_member(first: &[u8], expected: usize, config: &Config) -> Self {
        if parse_int(first).is_some() && expected <= to_usize(config.set_ints) {
            Self::Ints(Vec::new())
        } else if config.has_compact_sets && expected <= to_usize(config.set_entries) {
            Self::Compact(Dict::default())
        } else {
            Self::Table(Dict::default())
        }
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        match self {
            Self::Ints(ints) => ints.len(),
            Self::Compact(members) | Self::Table(members) => members.len(),
        }
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }

    pub(super) fn encoding(&self) -> &'static str {
        match self {
            Self::Ints(_) => "intset",
            Self::Compact(_) => "listpack",
            Self::Table(_) => "hashtable",
        }
    }

    /// The member at a place of the order.
    pub fn get_index(&self, at: usize) -> Option<Bytes> {
        meter::tick(1);
        match self {
            Self::Ints(ints) => ints.get(at).map(|int| int.to_string().into_bytes().into()),
            Self::Compact(members) | Self::Table(members) => members.get_index(at).map(|(member, ())| member.clone()),
        }
    }

    /// The members.
    pub fn iter(&self) -> impl Iterator<Item = Bytes> + '_ {
        (0..self.len()).filter_map(|at| self.get_index(at))
    }

    /// True if `member` is in it.
    pub fn contains(&self, member: &[u8]) -> bool {
        match self {
            Self::Ints(ints) => parse_int(member).is_some_and(|int| ints.binary_search(&int).is_ok()),
            Self::Compact(members) | Self::Table(members) => members.contains(member),
        }
    }

    /// Adds a member. Returns true if it is new.
    pub fn insert(&mut self, member: &[u8], config: &Config) -> bool {
        meter::tick(1);
        if let Self::Ints(ints) = self {
            match parse_int(member) {
                Some(int) => {
                    let Err(at) = ints.binary_search(&int) else { return false };
                    ints.insert(at, int);
                    if ints.len() > to_usize(config.set_ints) {
                        let members = self.iter().map(|member| (member, ())).collect();
                        *self = Self::Table(members);
                    }
                    return true;
                }
                None => {
                    let fits = config.has_compact_sets
                        && ints.len() < to_usize(config.set_entries)
                        && member.len() <= to_usize(config.set_value)
                        && ints.iter().all(|int| int.to_string().len() <= to_usize(config.set_value));
                    let members = self.iter().map(|member| (member, ())).collect();
                    *self = if fits { Self::Compact(members) } else { Self::Table(members) };
                }
            }
        }
        if let Self::Compact(members) = self
            && !members.contains(member)
            && (members.len() >= to_usize(config.set_entries) || member.len() > to_usize(config.set_value))
        {
            *self = Self::Table(std::mem::take(members));
        }
        match self {
            Self::Ints(_) => false,
            Self::Compact(members) | Self::Table(members) => {
                !members.contains(member) && members.insert(member.into(), ()).is_none()
            }
        }
    }

    /// Removes a member. Returns true if it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self {
            Self::Ints(ints) => match parse_int(member).map(|int| ints.binary_search(&int)) {
                Some(Ok(at)) => {
                    ints.remove(at);
                    true
                }
                _ => false,
            },
            Self::Compact(members) => members.shift_remove(member).is_some(),
            Self::Table(members) => members.swap_remove(member).is_some(),
        }
    }
}
