//! The Lua API of the sandbox, by server version and by the part of a server's life in which code runs.

mod missing;

pub use crate::generated::api::{GLOBALS, MEMBERS};
use std::{borrow::Cow, sync::LazyLock};

use rustc_hash::FxHashMap;

use crate::{Family, Target, Version};
pub use missing::{FORBIDDEN, Forbidden, forbidden_global, instead_of_member};

/// In which part of a server's life a piece of Lua runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Context {
    /// A script of `EVAL` and its kin.
    Eval,
    /// The body of a function library, while `FUNCTION LOAD` runs it.
    LibraryLoad,
    /// A registered function, called by `FCALL`.
    Function,
}

/// Which servers have something.
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
    /// The versions with which it came: "Redis 7.4 and Valkey 8.0"; none if it has always been there, or is there no more.
    pub fn began(self) -> Option<String> {
        match self {
            Self::Always | Self::RedisUntil(_) => None,
            Self::Redis(version) => Some(format!("Redis {version}")),
            Self::Both(redis, valkey) => Some(format!("Redis {redis} and Valkey {valkey}")),
            Self::Valkey(version) => Some(format!("Valkey {version}")),
        }
    }

    fn includes(self, target: Target) -> bool {
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
    /// Nil is as good as nothing there.
    pub optional: bool,
    /// It stands for all further arguments too.
    pub repeats: bool,
}

/// A global of the sandbox, or a member of one of its tables.
#[derive(PartialEq, Debug)]
pub struct Item {
    /// The table; empty for a global.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Which servers have it.
    pub since: Since,
    /// For functions, the name with the parameters, those in brackets optional: `find(text, pattern [, from])`.
    pub signature: &'static str,
    /// For functions, how many arguments they want: at least, and at most where more are refused.
    pub args: Option<(u8, Option<u8>)>,
    /// For functions of Lua's libraries, what they take at each place; empty where anything may stand, or no rule was
    /// written down.
    pub takes: &'static [Takes],
    /// What it is and what is peculiar about it on the server.
    pub docs: &'static str,
    /// A script, or a library, that shows it.
    pub example: &'static str,
    /// What the example replies, as redis-cli prints it.
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

/// The names of the sandbox's tables. `server` is `redis` by Valkey's name.
pub const TABLES: &[&str] =
    &["redis", "server", "string", "table", "math", "coroutine", "os", "cjson", "cmsgpack", "struct", "bit"];

/// The global `name`, of any server.
pub fn global(name: &str) -> Option<&'static Item> {
    BY_NAME.get(&("", name)).copied()
}

/// The member `name` of `table`, of any server.
pub fn member(table: &str, name: &str) -> Option<&'static Item> {
    let table = if table == "server" { "redis" } else { table };
    BY_NAME.get(&(table, name)).copied().filter(|member| !member.table.is_empty())
}

/// Globals and members by table and name. Rules ask for every call and name of a script.
static BY_NAME: LazyLock<FxHashMap<(&str, &str), &Item>> =
    LazyLock::new(|| GLOBALS.iter().chain(MEMBERS).map(|item| ((item.table, item.name), item)).collect());

/// The members of `table`.
pub fn members(table: &str) -> impl Iterator<Item = &'static Item> {
    let table = if table == "server" { "redis" } else { table };
    MEMBERS.iter().filter(move |member| member.table == table)
}

/// Whether a server has the global `name` in a context.
pub fn has_global(name: &str, target: Target, context: Context) -> bool {
    let Some(global) = global(name) else { return false };
    if !global.since.includes(target) {
        return false;
    }
    match context {
        Context::Eval => true,
        // While a library loads, the server shows it nothing but its own table.
        Context::LibraryLoad => matches!(name, "redis" | "server"),
        Context::Function => !matches!(name, "KEYS" | "ARGV"),
    }
}

/// Whether a server has a member in a context.
pub fn has_member(member: &Item, target: Target, context: Context) -> bool {
    if !member.since.includes(target) {
        return false;
    }
    if member.table != "redis" {
        return context != Context::LibraryLoad;
    }
    let constant = member.args.is_none();
    match context {
        Context::Eval => member.name != "register_function",
        Context::LibraryLoad => {
            matches!(member.name, "register_function" | "log") || (constant && !member.name.starts_with("REPL_"))
        }
        Context::Function => {
            !matches!(member.name, "register_function" | "breakpoint" | "debug" | "replicate_commands")
        }
    }
}

/// The global that a misspelt name most likely means.
pub fn suggest_global(name: &str, targets: &[Target], context: Context) -> Option<&'static str> {
    let has = |global: &&Item| targets.iter().any(|&target| has_global(global.name, target, context));
    closest(name, GLOBALS.iter().filter(has).map(|global| global.name))
}

/// The member of `table` that a misspelt name most likely means.
pub fn suggest_member(table: &str, name: &str, targets: &[Target], context: Context) -> Option<&'static str> {
    let has = |member: &&Item| targets.iter().any(|&target| has_member(member, target, context));
    // `LOG_WARN` is begun, not misspelt.
    let mut begun = members(table).filter(has).filter(|member| name.len() >= 4 && member.name.starts_with(name));
    let begun = begun.next().filter(|_| begun.next().is_none()).map(|member| member.name);
    begun.or_else(|| closest(name, members(table).filter(has).map(|member| member.name)))
}

/// The name among `names` that is nearest to `name`, if it is near.
pub fn closest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let limit = match name.len() {
        0 | 1 => return None,
        2..=4 => 1,
        _ => 2,
    };
    names
        .map(|known| (strsim::osa_distance(&lower, &known.to_ascii_lowercase()), known))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, known)| (*distance, known.get(..1) != name.get(..1)))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_depends_on_server_and_context() {
        let has = |name: &str, target: Target, context| has_global(name, target, context);
        assert!(has("print", Target::redis(6, 2), Context::Eval) && !has("print", Target::redis(7, 0), Context::Eval));
        assert!(has("os", Target::redis(7, 4), Context::Eval) && !has("os", Target::redis(7, 2), Context::Eval));
        assert!(
            has("server", Target::valkey(8, 0), Context::Eval) && !has("server", Target::redis(8, 2), Context::Eval)
        );
        assert!(
            !has("pairs", Target::redis(7, 0), Context::LibraryLoad)
                && !has("KEYS", Target::redis(7, 0), Context::Function)
        );
        let call = member("server", "call").map(|call| {
            [Context::Eval, Context::LibraryLoad, Context::Function]
                .map(|context| has_member(call, Target::redis(7, 0), context))
        });
        assert_eq!(call, Some([true, false, true]));
        assert_eq!(suggest_member("cjson", "endcode", Target::KNOWN, Context::Eval), Some("encode"));
        assert_eq!(suggest_global("tonumer", Target::KNOWN, Context::Eval), Some("tonumber"));
    }
}
