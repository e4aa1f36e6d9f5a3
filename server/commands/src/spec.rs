//! The shape of the command table's rows. The rows themselves are generated.

use crate::{CommandId, Family, Target, Version, reply::ReplyCase};

/// A command or a subcommand, as the servers describe it.
#[derive(PartialEq, Debug)]
pub struct CommandSpec {
    /// Identifier of the command.
    pub id: CommandId,
    /// The name in upper case; with its container for a subcommand: `CONFIG GET`.
    pub name: &'static str,
    /// The group the servers put it in: `string`, `sorted-set`, …
    pub group: &'static str,
    /// Summary in one sentence.
    pub summary: &'static str,
    /// The forms of its reply, the first that fits the call being the one; none for a container.
    pub replies: &'static [ReplyCase],
    /// Words that came later than the command, though the servers' own description does not date them.
    pub later: &'static [Later],
    /// The meaning of each option word, in one sentence, sorted by the word.
    pub options: &'static [(&'static str, &'static str)],
    /// Words with a meaning of their own at an argument, as `+inf` is at a score: the argument's name, the words, their meanings.
    pub values: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    /// Calls in the scripts that were counted for the order of lists; 0 if none calls it.
    pub calls: u16,
    /// The facts on Redis, if Redis has it.
    pub redis: Option<&'static Facts>,
    /// The facts on Valkey, if Valkey has it.
    pub valkey: Option<&'static Facts>,
    /// The subcommands of a container.
    pub subcommands: &'static [CommandSpec],
}

/// Words that came later than their command.
#[derive(PartialEq, Debug)]
pub struct Later {
    /// The words' form.
    pub what: LaterWords,
    /// Text to show: `KEEPREF`, "an id like `5-*`".
    pub text: &'static str,
    /// True if older servers refuse it to scripts only.
    pub to_scripts: bool,
    /// The first Redis that takes it; none if no Redis does.
    pub redis: Option<Version>,
    /// The first Valkey that does.
    pub valkey: Option<Version>,
}

/// Ways to recognize words that came later.
#[derive(PartialEq, Debug)]
pub enum LaterWords {
    /// All of these options together.
    Options(&'static [&'static str]),
    /// A value with this ending, of the argument with this name; the whole value if `whole` is set.
    Value {
        /// The argument's name.
        argument: &'static str,
        /// The ending.
        end: &'static str,
        /// True if the value is nothing else.
        whole: bool,
    },
}

impl Later {
    /// True if a server refuses it.
    pub fn lacks(&self, target: Target) -> bool {
        let since = match target.family {
            Family::Redis => self.redis,
            Family::Valkey => self.valkey,
        };
        since.is_none_or(|since| target.version < since)
    }
}

/// Description of a command by the servers of one family.
#[derive(PartialEq, Debug)]
pub struct Facts {
    /// The first version that has it.
    pub since: Version,
    /// Version that deprecates it, and its replacement.
    pub deprecated: Option<(Version, &'static str)>,
    /// Complexity, as the servers put it.
    pub complexity: &'static str,
    /// Arity from each version on, oldest first: the count of words with the command's name; negative for "at least".
    pub arity: &'static [(Version, i16)],
    /// Flags from each version on, oldest first.
    pub flags: &'static [(Version, Flags)],
    /// Specs that find the keys.
    pub keys: &'static [KeySpec],
    /// The arguments after the name.
    pub args: &'static [Argument],
    /// ACL categories, without `@`.
    pub acl: &'static [&'static str],
}

/// A set of command flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags(pub u16);

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
        impl Flags {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)*

            /// The flags with the names that `COMMAND INFO` gives them.
            pub const NAMES: &[(&'static str, Self)] = &[$(($text, Self::$name)),*];
        }
    };
}

flags! {
    /// May change the keyspace.
    WRITE = 0, "write";
    /// Only reads keys.
    READONLY = 1, "readonly";
    /// Refused when memory is full.
    DENYOOM = 2, "denyoom";
    /// Not allowed from scripts.
    NOSCRIPT = 3, "noscript";
    /// May block its client.
    BLOCKING = 4, "blocking";
    /// Publishes or otherwise replicates without writing.
    MAY_REPLICATE = 5, "may_replicate";
    /// Constant or logarithmic time.
    FAST = 6, "fast";
    /// The key specs do not find all of its keys.
    MOVABLE_KEYS = 7, "movablekeys";
    /// Its reply differs from run to run on the same data.
    RANDOM = 8, "nondeterministic_output";
    /// The order of its reply differs from run to run.
    RANDOM_ORDER = 9, "nondeterministic_output_order";
    /// Pub/sub.
    PUBSUB = 10, "pubsub";
    /// Administrative.
    ADMIN = 11, "admin";
    /// Dangerous on a server in use: `KEYS`, `FLUSHALL`.
    DANGEROUS = 12, "dangerous";
}

impl Flags {
    /// True if all of `other` are in the set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Access of a command to a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Reads it.
    Read,
    /// Changes it with regard to its value.
    ReadWrite,
    /// Overwrites it.
    Overwrite,
    /// Deletes it.
    Remove,
}

/// Positions of some of a command's keys.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct KeySpec {
    /// Access to these keys.
    pub access: Access,
    /// Beginning of the search.
    pub begin: Begin,
    /// The words that are keys, counted from the beginning.
    pub find: Find,
    /// True if the servers themselves say that the spec does not find all.
    pub incomplete: bool,
    /// True if the words are not keys though placed like keys (channels of `SSUBSCRIBE`).
    pub not_key: bool,
}

/// Beginning of the keys.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Begin {
    /// At a word, the command being 0.
    Index(i32),
    /// After a keyword, searched from a word on (from the end if negative).
    Keyword(&'static str, i32),
    /// Unknown.
    Unknown,
}

/// The words that are keys.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Find {
    /// From the beginning to `last` (relative; negative from the end), each `step`, of the rest only its
    /// `1/limit` where `limit` is above 1.
    Range {
        /// The last, relative to the beginning; −1 is the last word of the call.
        last: i32,
        /// Distance between keys.
        step: i32,
        /// Divisor for the words: if above 1, only the first `1/limit` of the rest is used.
        limit: i32,
    },
    /// A word holds their count.
    KeyNum {
        /// Position of the count, relative to the beginning.
        count: i32,
        /// Position of the first key, relative to the beginning.
        first: i32,
        /// Distance between keys.
        step: i32,
    },
    /// Unknown.
    Unknown,
}

/// An argument of a command's grammar.
#[derive(PartialEq, Debug)]
pub struct Argument {
    /// Its name in the servers' own description.
    pub name: &'static str,
    /// Kind of argument.
    pub kind: ArgumentKind,
    /// The word before it (`EX` of `EX seconds`), or the word that it is for [`ArgumentKind::Token`].
    pub token: &'static str,
    /// True if it may be left out.
    pub optional: bool,
    /// True if it may be repeated.
    pub multiple: bool,
    /// True if each repetition has the token again.
    pub multiple_token: bool,
    /// The first version that has it, where that is later than the command's.
    pub since: Option<Version>,
    /// The parts of a block, or the choices.
    pub args: &'static [Argument],
}

/// The kinds of argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArgumentKind {
    /// Any word.
    String,
    /// A 64-bit integer.
    Integer,
    /// A floating-point number.
    Double,
    /// A key.
    Key,
    /// A glob pattern.
    Pattern,
    /// Seconds or milliseconds since 1970.
    UnixTime,
    /// The token alone.
    Token,
    /// One of several.
    OneOf,
    /// Several in a row.
    Block,
}

impl CommandSpec {
    /// The facts on a family's servers.
    pub const fn facts(&self, family: Family) -> Option<&'static Facts> {
        match family {
            Family::Redis => self.redis,
            Family::Valkey => self.valkey,
        }
    }

    /// The facts, whichever family has them.
    pub fn any_facts(&self) -> Option<&'static Facts> {
        self.redis.or(self.valkey)
    }

    /// True if the server has the command.
    pub fn is_available(&self, target: Target) -> bool {
        self.facts(target.family).is_some_and(|facts| target.version >= facts.since)
    }

    /// The command's arity on a server that has it.
    pub fn arity(&self, target: Target) -> Option<i16> {
        at(self.facts(target.family)?.arity, target.version)
    }

    /// The command's flags on a server; none if the server does not have the command.
    pub fn flags(&self, target: Target) -> Flags {
        self.facts(target.family).and_then(|facts| at(facts.flags, target.version)).unwrap_or_default()
    }

    /// True if it is sent to replicas though it does not write, so that read-only scripts may not call it. Servers have hidden
    /// the flag since 7.0, with which `SPUBLISH` came.
    pub fn may_replicate(&self) -> bool {
        let told = self.flags(Target::redis(6, 2));
        told.has(Flags::MAY_REPLICATE) && !told.has(Flags::NOSCRIPT) || self.id == CommandId::Spublish
    }

    /// True if a server refuses the command to read-only scripts: it writes, or [may replicate](Self::may_replicate).
    pub fn counts_as_write(&self, target: Target) -> bool {
        self.flags(target).has(Flags::WRITE) || self.is_available(target) && self.may_replicate()
    }

    /// True if some server's grammar of it has an option with this name, in any case of letters.
    pub fn has_option(&self, name: &str) -> bool {
        fn among(args: &[Argument], name: &str) -> bool {
            args.iter().any(|arg| arg.token.eq_ignore_ascii_case(name) || among(arg.args, name))
        }
        [self.redis, self.valkey].into_iter().flatten().any(|facts| among(facts.args, name))
    }

    /// The meaning of an option word, in one sentence.
    pub fn option(&self, token: &str) -> Option<&'static str> {
        let at = self.options.binary_search_by_key(&token, |(known, _)| known).ok()?;
        Some(self.options[at].1)
    }

    /// The words with a meaning of their own at an argument, and their meanings.
    pub fn values(&self, argument: &str) -> &'static [(&'static str, &'static str)] {
        self.values.iter().find(|(name, _)| *name == argument).map_or(&[], |(_, words)| words)
    }

    /// The first version of a family's servers that takes an option word; none if no known one does. Of a word that stands in
    /// several places of the grammar the oldest counts.
    pub fn option_since(&self, token: &str, family: Family) -> Option<Version> {
        fn among(args: &[Argument], token: &str, outer: Version) -> Option<Version> {
            let of = |arg: &Argument| {
                let since = arg.since.map_or(outer, |since| since.max(outer));
                let here = (arg.token == token).then_some(since);
                here.into_iter().chain(among(arg.args, token, since)).min()
            };
            args.iter().filter_map(of).min()
        }
        let facts = self.facts(family)?;
        let told = among(facts.args, token, facts.since)?;
        let is_meant = |it: &&Later| !it.to_scripts && matches!(it.what, LaterWords::Options(&[only]) if only == token);
        let later = self.later.iter().find(is_meant);
        match later {
            None => Some(told),
            Some(later) => match family {
                Family::Redis => later.redis,
                Family::Valkey => later.valkey,
            },
        }
    }

    /// Returns the version that deprecates it in a target's family, and its replacement.
    pub fn deprecated(&self, target: Target) -> Option<(Version, &'static str)> {
        self.facts(target.family)?.deprecated.filter(|(since, _)| target.version >= *since)
    }

    /// The data type that its keys must have, if it is for one type only.
    pub fn data_type(&self) -> Option<&'static str> {
        match self.group {
            "string" | "bitmap" | "hyperloglog" => Some("string"),
            "hash" => Some("hash"),
            "list" => Some("list"),
            "set" => Some("set"),
            "sorted-set" | "geo" => Some("sorted set"),
            "stream" => Some("stream"),
            "vector_set" => Some("vector set"),
            _ => None,
        }
    }
}

fn at<T: Copy>(versions: &[(Version, T)], version: Version) -> Option<T> {
    versions.iter().rev().find(|(from, _)| *from <= version).or_else(|| versions.first()).map(|(_, value)| *value)
}
