//! Rows of the table of the Lua API.

use std::borrow::Cow;

use crate::{Family, Target, Version};

/// The part of a server's life in which a piece of Lua runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Context {
    /// A script of `EVAL` and its variants.
    Eval,
    /// The body of a function library, while `FUNCTION LOAD` runs it.
    LibraryLoad,
    /// A registered function, called by `FCALL`.
    Function,
}

/// The servers that have something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Since {
    /// All.
    Always,
    /// Redis from a version on, and every Valkey.
    Redis(Version),
    /// Redis up to and with a version.
    RedisUntil(Version),
    /// Redis and Valkey from a version on.
    Both(Version, Version),
    /// Valkey from a version on.
    Valkey(Version),
}

impl Since {
    /// The versions that introduced it: "Redis 7.4 and Valkey 8.0"; none if it has always existed, or was removed.
    pub fn began(self) -> Option<String> {
        match self {
            Self::Always | Self::RedisUntil(_) => None,
            Self::Redis(version) => Some(format!("Redis {version}")),
            Self::Both(redis, valkey) => Some(format!("Redis {redis} and Valkey {valkey}")),
            Self::Valkey(version) => Some(format!("Valkey {version}")),
        }
    }

    pub(super) fn includes(self, target: Target) -> bool {
        match self {
            Self::Always => true,
            Self::Redis(version) => target.family == Family::Valkey || target.version >= version,
            Self::RedisUntil(version) => target.family == Family::Redis && target.version <= version,
            Self::Both(redis, valkey) => match target.family {
                Family::Redis => target.version >= redis,
                Family::Valkey => target.version >= valkey,
            },
            Self::Valkey(version) => target.is_at_least(Family::Valkey, version),
        }
    }
}

/// The kinds of value that Lua's libraries take; each refuses everything else with `bad argument`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// Any value, nil too.
    Any,
    /// A string, or a number as one.
    Text,
    /// A number, or a string that reads as one.
    Number,
    /// A table.
    Table,
    /// A function.
    Function,
    /// A value that JSON can hold: no function.
    Data,
    /// A replacement of `string.gsub`: text, a table or a function.
    Replacement,
}

/// One parameter of a function of Lua's libraries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Takes {
    /// The kind of value.
    pub takes: Taken,
    /// True if nil counts as absent.
    pub optional: bool,
    /// True if it stands for all further arguments too.
    pub repeats: bool,
}

/// A global of the sandbox, or a member of one of its tables.
#[derive(PartialEq, Debug)]
pub struct Item {
    /// The table; empty for a global.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The servers that have it.
    pub since: Since,
    /// For functions, the name with the parameters, those in brackets optional: `find(text, pattern [, from])`.
    pub signature: &'static str,
    /// For functions, the fewest arguments, and the most if more are refused.
    pub args: Option<(u8, Option<u8>)>,
    /// For functions of Lua's libraries, the types they take at each place; empty where anything is allowed, or no rule was
    /// written down.
    pub takes: &'static [Takes],
    /// Description, with the differences on the server.
    pub docs: &'static str,
    /// A script, or a library, that uses it.
    pub example: &'static str,
    /// The reply of the example, as redis-cli prints it.
    pub reply: &'static str,
}

impl Item {
    /// Name as scripts write it: `table.concat`, `tonumber`.
    pub fn path(&self) -> Cow<'static, str> {
        if self.table.is_empty() {
            Cow::Borrowed(self.name)
        } else {
            Cow::Owned(format!("{}.{}", self.table, self.name))
        }
    }

    /// Returns the parameter at a place, from 0 on.
    pub fn parameter(&self, at: usize) -> Option<Takes> {
        self.takes.get(at).or_else(|| self.takes.last().filter(|last| last.repeats)).copied()
    }
}
