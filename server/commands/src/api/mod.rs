//! The Lua API of the sandbox, by server version and by the part of a server's life in which code runs.

mod data;

use crate::{Family, Target, Version};
pub use data::{GLOBALS, MEMBERS};

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

/// A global of the sandbox.
#[derive(PartialEq, Debug)]
pub struct Global {
    /// Its name.
    pub name: &'static str,
    /// Which servers have it.
    pub since: Since,
    /// For functions, how many arguments they want: at least, and at most where more are refused.
    pub args: Option<(u8, Option<u8>)>,
    /// What it is and what is peculiar about it on the server.
    pub docs: &'static str,
}

/// A member of one of the sandbox's tables.
#[derive(PartialEq, Debug)]
pub struct Member {
    /// The table.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Which servers have it.
    pub since: Since,
    /// For functions, how many arguments they want: at least, and at most where more are refused.
    pub args: Option<(u8, Option<u8>)>,
    /// What it is and what is peculiar about it on the server.
    pub docs: &'static str,
}

/// The names of the sandbox's tables. `server` is `redis` by Valkey's name.
pub const TABLES: &[&str] =
    &["redis", "server", "string", "table", "math", "coroutine", "os", "cjson", "cmsgpack", "struct", "bit"];

/// The global `name`, of any server.
pub fn global(name: &str) -> Option<&'static Global> {
    GLOBALS.iter().find(|global| global.name == name)
}

/// The member `name` of `table`, of any server.
pub fn member(table: &str, name: &str) -> Option<&'static Member> {
    let table = if table == "server" { "redis" } else { table };
    MEMBERS.iter().find(|member| member.table == table && member.name == name)
}

/// The members of `table`.
pub fn members(table: &str) -> impl Iterator<Item = &'static Member> {
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
pub fn has_member(member: &Member, target: Target, context: Context) -> bool {
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
    let has = |global: &&Global| targets.iter().any(|&target| has_global(global.name, target, context));
    closest(name, GLOBALS.iter().filter(has).map(|global| global.name))
}

/// The member of `table` that a misspelt name most likely means.
pub fn suggest_member(table: &str, name: &str, targets: &[Target], context: Context) -> Option<&'static str> {
    let has = |member: &&Member| targets.iter().any(|&target| has_member(member, target, context));
    closest(name, members(table).filter(has).map(|member| member.name))
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

/// A name that the sandbox has not, and what to use instead.
#[derive(PartialEq, Eq, Debug)]
pub struct Forbidden {
    /// The name, or the name of the table with all its members.
    pub name: &'static str,
    /// What to do instead.
    pub instead: &'static str,
}

/// What programs outside the server have and scripts miss.
pub const FORBIDDEN: &[Forbidden] = &[
    forbidden("io", "scripts have no files: pass the data in ARGV and return what should be written"),
    forbidden("os", "for the time call `redis.call('TIME')` or pass it in ARGV"),
    forbidden("print", "return the value, or write to the server's log with `redis.log(redis.LOG_NOTICE, …)`"),
    forbidden("require", "scripts cannot load modules: put the code into the script, or register a function library"),
    forbidden("module", "scripts cannot define modules: use local functions, or register a function library"),
    forbidden("package", "scripts cannot load modules: put the code into the script, or register a function library"),
    forbidden("dofile", "scripts have no files: put the code into the script"),
    forbidden("loadfile", "scripts have no files: put the code into the script"),
    forbidden("debug", "use `redis.log`, or `redis.breakpoint()` under `redis-cli --ldb`"),
    forbidden("getfenv", "servers since October 2025 refuse it: pass values as parameters"),
    forbidden("setfenv", "servers since October 2025 refuse it: pass values as parameters"),
    forbidden("newproxy", "servers since October 2025 refuse it: use a table with a metatable"),
    forbidden("utf8", "it came with Lua 5.3: use the `string` functions, which count bytes"),
    forbidden("bit32", "it came with Lua 5.2: use the `bit` library"),
    forbidden("jit", "the server runs plain Lua 5.1"),
    forbidden("ffi", "the server runs plain Lua 5.1"),
    forbidden("rawlen", "it came with Lua 5.2: use `#`"),
];

const fn forbidden(name: &'static str, instead: &'static str) -> Forbidden {
    Forbidden { name, instead }
}

/// What to use instead of a global that no script has.
pub fn forbidden_global(name: &str) -> Option<&'static Forbidden> {
    FORBIDDEN.iter().find(|forbidden| forbidden.name == name)
}

/// What to use instead of a member that other Luas have.
pub fn instead_of_member(table: &str, name: &str) -> Option<&'static str> {
    Some(match (table, name) {
        ("os", "time" | "date" | "difftime") => "call `redis.call('TIME')`, or pass the time in ARGV",
        ("os", _) => "scripts have of `os` only `os.clock`",
        ("table", "unpack") => "in Lua 5.1 it is the global `unpack`",
        ("table", "pack") => "it came with Lua 5.2: write `{n = select('#', …), …}`",
        ("table", "move") => "it came with Lua 5.3: copy in a loop",
        ("table", "getn" | "size" | "length") => "the length of a table is `#t`",
        ("table", "contains" | "indexof") => "Lua has none: search in a loop, or use the values as keys",
        ("string", "pack" | "unpack" | "packsize") => "it came with Lua 5.3: use `struct.pack` and `struct.unpack`",
        ("string", "split") => "Lua has none: loop over `string.gmatch(s, '[^,]+')`",
        ("string", "trim") => "Lua has none: `string.match(s, '^%s*(.-)%s*$')`",
        ("string", "join") => "the function is `table.concat(list, separator)`",
        ("string", "startswith" | "starts" | "startsWith") => "Lua has none: `string.sub(s, 1, #start) == start`",
        ("string", "contains") => "Lua has none: `string.find(s, part, 1, true)`",
        ("string", "replace") => "the function is `string.gsub`",
        ("math", "round") => "Lua has none: `math.floor(x + 0.5)`",
        ("math", "tointeger" | "type" | "ult" | "maxinteger" | "mininteger") => {
            "it came with Lua 5.3: numbers are doubles here"
        }
        ("math", "trunc") => "Lua has none: `math.floor` or `math.ceil`",
        ("cjson", "null") => return None,
        ("cjson", "safe") => "the server has not `cjson.safe`: call `pcall(cjson.decode, text)`",
        ("cjson", "stringify") => "the function is `cjson.encode`",
        ("cjson", "parse") => "the function is `cjson.decode`",
        ("cmsgpack", "encode") => "the function is `cmsgpack.pack`",
        ("cmsgpack", "decode") => "the function is `cmsgpack.unpack`",
        ("redis" | "server", "error") => "the functions are `redis.error_reply(text)` and `error(text)`",
        ("redis" | "server", "print") => "the function is `redis.log(redis.LOG_NOTICE, …)`",
        ("redis" | "server", "time") => "call `redis.call('TIME')`",
        ("redis" | "server", "sha1") => "the function is `redis.sha1hex`",
        ("redis" | "server", "acall" | "apcall") => "only Dragonfly has it",
        _ => return None,
    })
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
