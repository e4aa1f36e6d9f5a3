//! A selector: commands with the keys, channels and databases on which they are allowed.

use std::collections::{BTreeMap, BTreeSet};

use commands::{CommandId, CommandSpec};

use crate::glob;

/// A pattern of keys, and what may be done to them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeyPattern {
    pub(crate) pattern: Vec<u8>,
    pub(crate) read: bool,
    pub(crate) write: bool,
}

/// A selector.
#[derive(Clone, Debug)]
pub struct Selector {
    /// Commands, a bit each by id.
    commands: Vec<u64>,
    /// True if commands that modules would bring are allowed: `+@all` says so, `-@all` the contrary.
    pub(crate) future: bool,
    /// True if every command is allowed and nothing was taken away since.
    pub(crate) all_commands: bool,
    /// First arguments that are allowed though the command is not.
    pub(crate) first_args: BTreeMap<u16, Vec<Vec<u8>>>,
    /// The rules since the last `+@all` or `-@all`, as they are shown from 7.2 on.
    pub(crate) rules: Vec<(bool, String)>,
    pub(crate) all_keys: bool,
    pub(crate) keys: Vec<KeyPattern>,
    pub(crate) all_channels: bool,
    pub(crate) channels: Vec<Vec<u8>>,
    /// Databases (Valkey 9.1); nothing for all.
    pub(crate) databases: Option<BTreeSet<i64>>,
}

impl Selector {
    /// One that allows nothing but, if so, channels.
    pub(crate) fn new(all_channels: bool) -> Self {
        Self {
            commands: Vec::new(),
            future: false,
            all_commands: false,
            first_args: BTreeMap::new(),
            rules: Vec::new(),
            all_keys: false,
            keys: Vec::new(),
            all_channels,
            channels: Vec::new(),
            databases: None,
        }
    }

    /// Allows all commands (`+@all`).
    pub(crate) fn allow_everything(&mut self) {
        self.commands = vec![u64::MAX; commands_count() / 64 + 1];
        (self.future, self.all_commands) = (true, true);
        self.first_args.clear();
        self.rules.clear();
    }

    /// Allows no command (`-@all`).
    pub(crate) fn allow_nothing(&mut self) {
        self.commands.clear();
        (self.future, self.all_commands) = (false, false);
        self.first_args.clear();
        self.rules.clear();
    }

    pub(crate) fn is_unrestricted(&self) -> bool {
        self.all_commands && self.all_keys && self.all_channels && self.databases.is_none()
    }

    /// True if a command is allowed.
    pub(crate) fn allows(&self, id: CommandId) -> bool {
        let at = id as usize;
        self.commands.get(at / 64).is_some_and(|bits| bits & (1 << (at % 64)) != 0)
    }

    /// Allows a command and its subcommands, or takes that back.
    pub(crate) fn set(&mut self, spec: &CommandSpec, on: bool) {
        self.set_one(spec.id, on);
        for sub in spec.subcommands {
            self.set_one(sub.id, on);
        }
    }

    pub(crate) fn set_one(&mut self, id: CommandId, on: bool) {
        let at = id as usize;
        if self.commands.len() <= at / 64 {
            self.commands.resize(at / 64 + 1, 0);
        }
        let bit = 1 << (at % 64);
        if on {
            self.commands[at / 64] |= bit;
        } else {
            self.commands[at / 64] &= !bit;
            self.all_commands = false;
        }
        self.first_args.remove(&(id as u16));
    }

    /// True if a channel is allowed. A pattern of `PSUBSCRIBE` must be one of the selector's, letter by letter.
    pub(crate) fn allows_channel(&self, channel: &[u8], pattern: bool) -> bool {
        self.all_channels
            || self.channels.iter().any(|allowed| match pattern {
                true => allowed == channel,
                false => glob::matches(allowed, channel),
            })
    }

    /// True if a key may be read and written as far as is asked.
    pub(crate) fn allows_key(&self, key: &[u8], read: bool, write: bool) -> bool {
        self.all_keys
            || self.keys.iter().any(|allowed| {
                (allowed.read || !read) && (allowed.write || !write) && glob::matches(&allowed.pattern, key)
            })
    }
}

fn commands_count() -> usize {
    let last = |spec: &CommandSpec| {
        spec.subcommands.iter().map(|sub| sub.id as usize).max().unwrap_or(0).max(spec.id as usize)
    };
    commands::all().iter().map(last).max().unwrap_or(0) + 1
}
