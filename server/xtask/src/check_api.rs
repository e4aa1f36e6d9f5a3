//! Compares the Lua API of the tables with what real servers have in each context, and runs its examples on them.

use std::{collections::BTreeSet, path::Path, process::Command};

use anyhow::{Context as _, Result, bail};
use commands::{
    Target,
    api::{self, Context, GLOBALS, Item, MEMBERS, Taken, Takes},
};

use crate::{
    resp::{Client, Reply},
    servers::{Server, named, target_of},
};

/// Lists the names that a piece of Lua sees. A probe looks up each name, because `pairs` does not show names of a metatable,
/// and shows nothing in a library. `%s` is the list of names.
const PROBE: &str = r"
local found = {}
for _, name in ipairs({%s}) do
  local dot = string.find(name, '.', 1, true)
  local value
  if dot then
    local table = _G_OF(string.sub(name, 1, dot - 1))
    value = table and MEMBER_OF(table, string.sub(name, dot + 1))
  else
    value = _G_OF(name)
  end
  if value ~= nil then found[#found + 1] = name end
end
return found";

/// Checks the servers named, or all that are installed.
pub(crate) fn run(servers: &[&str]) -> Result<()> {
    let mut wrong = Vec::new();
    let mut shown: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (name, path) in named(servers)? {
        let before = wrong.len();
        check(name, &path, &mut wrong, &mut shown).with_context(|| name.to_owned())?;
        println!("{name}: {} differences", wrong.len() - before);
    }
    for line in &wrong {
        println!("  {line}");
    }
    let unseen: Vec<String> =
        all().filter(|item| servers.is_empty() && !shown.contains(&(item.table, item.name))).map(full_name).collect();
    if !unseen.is_empty() {
        println!("  on none of the servers: {}", unseen.join(", "));
    }
    if !wrong.is_empty() {
        bail!("{} differences", wrong.len());
    }
    Ok(())
}

fn all() -> impl Iterator<Item = &'static Item> {
    GLOBALS.iter().chain(MEMBERS)
}

fn full_name(item: &Item) -> String {
    if item.table.is_empty() { item.name.to_owned() } else { format!("{}.{}", item.table, item.name) }
}

fn check(name: &str, path: &Path, wrong: &mut Vec<String>, shown: &mut BTreeSet<(&str, &str)>) -> Result<()> {
    let server = Server::start(path)?;
    let mut client = Client::connect(server.socket())?;
    let target = target_of(&mut client)?;
    // What `pairs` shows to a script must be in the tables.
    let listed = ask(
        &mut client,
        &["EVAL", "local all = {} for name in pairs(_G) do all[#all + 1] = name end
           for _, table in ipairs({'redis', 'string', 'table', 'math', 'coroutine', 'os', 'cjson', 'cmsgpack', 'struct', 'bit'}) do
             for name in pairs(rawget(_G, table) or {}) do all[#all + 1] = table .. '.' .. name end
           end
           return all", "0"],
    )?;
    let known: BTreeSet<String> = all().map(full_name).collect();
    // `getfenv` and its like went with a security fix, in the middle of minor versions: the tables call them forbidden.
    // Names that begin with two underscores are the servers' own.
    let ours = |found: &&String| found.starts_with("__") || api::forbidden_global(found).is_some();
    for found in listed.difference(&known).filter(|found| !ours(found)) {
        wrong.push(format!("{name}: {found} is not in the tables"));
    }
    let mut contexts = vec![(Context::Eval, "a script")];
    if target >= Target::redis(7, 0) || target.family == commands::Family::Valkey {
        contexts.extend([(Context::LibraryLoad, "a library as it loads"), (Context::Function, "a function")]);
    }
    for (context, text) in contexts {
        let seen = seen(&mut client, context)?;
        for item in all() {
            let full = full_name(item);
            let has = if item.table.is_empty() {
                api::has_global(item.name, target, context)
            } else {
                api::has_global(item.table, target, context) && api::has_member(item, target, context)
            };
            if has != seen.contains(&full) {
                let (has, has_not) = if has { ("tables", "server") } else { ("server", "tables") };
                wrong.push(format!("{name}: in {text}, {full} is in the {has} but not in the {has_not}"));
            }
        }
    }
    for item in all().filter(|item| is_there(item, target) && !item.takes.is_empty()) {
        for (at, value, refused) in refused(&mut client, item)? {
            if refused != is_refused(item, at, value) {
                let does = if refused { "refuses" } else { "takes" };
                wrong.push(format!("{name}: {} {does} {value} as argument {}", full_name(item), at + 1));
            }
        }
    }
    for item in all().filter(|item| is_there(item, target)) {
        let answer = example(&server, item)?;
        if answer == item.reply {
            shown.insert((item.table, item.name));
        } else {
            wrong.push(format!("{name}: the example of {} replies {answer:?}, not {:?}", full_name(item), item.reply));
        }
    }
    Ok(())
}

/// Values of all kinds, as Lua writes them.
const VALUES: [&str; 7] = ["nil", "true", "1", "'x'", "'1'", "{}", "function() end"];

/// Returns true if the tables say that a function refuses a value at a place.
fn is_refused(item: &Item, at: usize, value: &str) -> bool {
    let Some(takes) = item.parameter(at) else { return false };
    let number = matches!(value, "1" | "'1'");
    match takes.takes {
        _ if value == "nil" && takes.optional => false,
        Taken::Any => false,
        Taken::Text => !matches!(value, "1" | "'x'" | "'1'"),
        Taken::Number => !number,
        Taken::Table => value != "{}",
        Taken::Function => value != "function() end",
        Taken::Data => value == "function() end",
        Taken::Replacement => matches!(value, "nil" | "true"),
    }
}

/// Calls a function with each value at each place, all else as it should be: the place, the value, whether it is refused.
fn refused(client: &mut Client, item: &Item) -> Result<Vec<(usize, &'static str, bool)>> {
    let fitting = |takes: Takes| match takes.takes {
        Taken::Any | Taken::Number | Taken::Data => "1",
        Taken::Text | Taken::Replacement => "'1'",
        Taken::Table => "{}",
        Taken::Function => "function() end",
    };
    let mut found = Vec::new();
    for at in 0..item.takes.len() {
        for value in VALUES {
            let args: Vec<&str> = item
                .takes
                .iter()
                .enumerate()
                .map(|(place, &takes)| if place == at { value } else { fitting(takes) })
                .collect();
            // Redis 8.2 and later number the arguments of methods and functions alike.
            let code = format!(
                "local ok, err = pcall({}, {}) if ok then return 0 end err = tostring(type(err) == 'table' and err.err or err) \
                 if string.find(err, 'bad argument #{}', 1, true) and string.find(err, 'expected', 1, true) then return 1 end \
                 if string.find(err, 'argument must be a number', 1, true) then return 1 end \
                 return string.find(err, 'Cannot serialise', 1, true) and 1 or 0",
                full_name(item),
                args.join(", "),
                at + 1
            );
            match client.pipeline(&[vec!["EVAL", &code, "0"]])?.pop() {
                Some(Reply::Integer(refused)) => found.push((at, value, refused == 1)),
                other => bail!("{other:?} to {code}"),
            }
        }
    }
    Ok(found)
}

fn is_there(item: &Item, target: Target) -> bool {
    let has = |item: &Item, context| {
        if item.table.is_empty() {
            api::has_global(item.name, target, context)
        } else {
            api::has_global(item.table, target, context) && api::has_member(item, target, context)
        }
    };
    has(item, Context::Eval) || has(item, Context::LibraryLoad)
}

/// The names, of all that the tables have, that code in a context sees.
fn seen(client: &mut Client, context: Context) -> Result<BTreeSet<String>> {
    let names: Vec<String> = all()
        .flat_map(|item| {
            let server = (item.table == "redis").then(|| format!("server.{}", item.name));
            std::iter::once(full_name(item)).chain(server)
        })
        .map(|name| format!("'{name}'"))
        .collect();
    let probe = PROBE.replace("%s", &names.join(","));
    match context {
        Context::Eval => {
            let code = probe.replace("_G_OF(", "rawget(_G, ").replace("MEMBER_OF(", "rawget(");
            ask(client, &["EVAL", &code, "0"])
        }
        Context::Function => {
            // Functions see the globals through a table that may answer an unknown name with an error.
            let code = probe.replace("_G_OF(", "look(_G, ").replace("MEMBER_OF(", "look(");
            let library = format!(
                "#!lua name=probe\nlocal function look(table, name)\n  local ok, value = pcall(function() return table[name] end)\n  \
                 if ok then return value end\nend\nredis.register_function('probe', function() {code} end)"
            );
            loaded(client, &library)?;
            ask(client, &["FCALL", "probe", "0"])
        }
        Context::LibraryLoad => {
            // A library as it loads has no libraries of Lua at all, so each name is a load of its own: it fails, or not.
            let mut seen = BTreeSet::new();
            for name in &names {
                let name = name.trim_matches('\'');
                let code = format!(
                    "#!lua name=probe\nlocal value = {name}\nif value == nil then nothing() end\n\
                     redis.register_function('probe', function() return 1 end)"
                );
                if loaded(client, &code).is_ok() {
                    seen.insert(name.to_owned());
                }
            }
            Ok(seen)
        }
    }
}

fn loaded(client: &mut Client, code: &str) -> Result<()> {
    match client.pipeline(&[vec!["FUNCTION", "LOAD", "REPLACE", code]])?.pop() {
        Some(Reply::Bulk(Some(_))) => Ok(()),
        other => bail!("FUNCTION LOAD: {other:?}"),
    }
}

fn ask(client: &mut Client, words: &[&str]) -> Result<BTreeSet<String>> {
    match client.pipeline(&[words.to_vec()])?.pop() {
        Some(Reply::Array(Some(list))) => Ok(list
            .into_iter()
            .filter_map(|reply| match reply {
                Reply::Bulk(Some(name)) => Some(String::from_utf8_lossy(&name).into_owned()),
                _ => None,
            })
            .collect()),
        other => bail!("{other:?} to {}", words[1]),
    }
}

/// Reply to an item's example, as redis-cli prints it.
fn example(server: &Server, item: &Item) -> Result<String> {
    let mut command = Command::new("redis-cli");
    command.arg("-s").arg(server.socket()).arg("--no-raw");
    if item.example.starts_with("#!") {
        command.args(["FUNCTION", "LOAD", "REPLACE", item.example]);
    } else {
        command.args(["EVAL", item.example, "0"]);
    }
    let output = command.output().context("cannot run redis-cli: install Debian's redis-tools")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use commands::api::TABLES;

    use super::*;

    #[test]
    fn every_table_has_a_global() {
        for table in TABLES {
            assert!(api::global(table).is_some(), "{table}");
        }
        for member in MEMBERS {
            assert!(TABLES.contains(&member.table), "{}", member.name);
        }
    }
}
