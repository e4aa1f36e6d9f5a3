//! The Lua API of the sandbox, by server version and by the part of a server's life in which code runs.

mod item;
mod missing;

pub use crate::generated::api::{GLOBALS, MEMBERS};
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::Target;
pub use item::{Context, Item, Since, Taken, Takes};
pub use missing::{FORBIDDEN, Forbidden, forbidden_global, instead_of_member};

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

/// True if a server has the global `name` in a context.
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

/// True if a server has a member in a context.
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
