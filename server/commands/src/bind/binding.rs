//! A parsed call: the role of each word, and the problems.

use super::{Problem, ProblemKind};
use crate::{CommandSpec, Target, spec::Access};

/// A word of a call.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Word<'a> {
    /// A known text.
    Known(&'a [u8]),
    /// A Lua number; the server turns it into text.
    Number(f64),
    /// One unknown word.
    Unknown,
    /// Any number of words, even none: `unpack(…)`, `...`.
    Many,
}

/// The role of a word in its command.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Role {
    /// The command's name.
    Command,
    /// The name of a container's subcommand.
    Subcommand,
    /// A key.
    Key(Access),
    /// The number of keys that follow.
    NumKeys,
    /// An option word.
    Token(&'static str),
    /// A value, by the name of its argument.
    Value(&'static str),
    /// Unknown.
    Unknown,
}

/// A parsed call.
#[derive(Clone, PartialEq, Debug)]
pub struct Binding {
    /// The command, or the subcommand where there is one.
    pub spec: Option<&'static CommandSpec>,
    /// Roles of the words, one for each.
    pub roles: Vec<Role>,
    /// Problems for which a server would refuse the call.
    pub problems: Vec<Problem>,
}

impl Binding {
    /// The words that are keys, with the command's access to them.
    pub fn keys(&self) -> impl Iterator<Item = (usize, Access)> + '_ {
        self.roles.iter().enumerate().filter_map(|(at, role)| match role {
            Role::Key(access) => Some((at, *access)),
            _ => None,
        })
    }

    /// True if a word is an option with this name, in any case of letters.
    pub fn has_token(&self, name: &str) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Token(it) if it.eq_ignore_ascii_case(name)))
    }

    /// Adds a problem with a word; `targets` are those that have it, empty for all.
    pub(super) fn problem(&mut self, kind: ProblemKind, word: usize, targets: Vec<Target>) {
        self.problems.push(Problem { kind, word, targets });
    }
}
