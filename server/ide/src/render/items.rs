//! The API of the sandbox.

use std::fmt::Write as _;

use commands::{Target, api};
use semantic::ApiPath;

/// A name of the sandbox.
pub(crate) fn api_item(path: ApiPath<'_>, targets: &[Target]) -> Option<String> {
    let (item, shown) = match path {
        ApiPath::Global(name) => (api::global(name)?, String::new()),
        ApiPath::Member(table, name) => match api::member(table, name) {
            Some(item) => (item, format!("{table}.")),
            None => return lacking_member(table, name),
        },
    };
    Some(item_text(item, &shown, targets))
}

/// A member of Lua's libraries, or of none, that scripts have not.
fn lacking_member(table: &str, name: &str) -> Option<String> {
    /// Members that are named in its place.
    const MOST: usize = 12;
    let known: Vec<String> = api::members(table).map(|item| format!("`{}`", item.name)).collect();
    if known.is_empty() {
        return None;
    }
    let mut out = format!("```lua\n{table}.{name}\n```\nScripts have no `{table}.{name}`.");
    if matches!((table, name), ("os", "time" | "date")) {
        out.push_str(" `redis.call('TIME')` replies with the time of the server.");
    } else if known.len() <= MOST {
        let _ = write!(out, " Of `{table}` they have {}.", known.join(", "));
    }
    Some(out)
}

/// Full description of an item of the sandbox; `prefix` is the text before its name.
pub(crate) fn item_text(item: &api::Item, prefix: &str, targets: &[Target]) -> String {
    let head = if item.signature.is_empty() { item.name } else { item.signature };
    let mut out = format!("```lua\n{prefix}{head}\n```\n{}\n", item.docs);
    let lacking: Vec<String> = targets
        .iter()
        .filter(|&&target| {
            !api::has_global(if item.table.is_empty() { item.name } else { item.table }, target, api::Context::Eval)
                || !api::has_member(item, target, api::Context::Eval)
                    && !api::has_member(item, target, api::Context::LibraryLoad)
        })
        .map(Target::to_string)
        .collect();
    if !lacking.is_empty() {
        let _ = writeln!(out, "\n**Not in {}**", lacking.join(", "));
    }
    let _ = writeln!(out, "\n```lua\n{}\n```\n`{}`", item.example, item.reply.replace('\n', "` `"));
    out
}
