//! The sandbox's names.

use commands::api::{self, Context, GLOBALS, Item};

use super::{Completion, CompletionKind, Docs, place::Place};
use crate::call_site::api_of;

/// The globals that scripts use most, as counted over the packages that the tests read.
const GLOBALS_BY_USE: &[&str] = &[
    "redis", "KEYS", "ARGV", "tonumber", "table", "cjson", "ipairs", "tostring", "unpack", "math", "string", "assert",
    "next", "error", "type", "cmsgpack", "pcall", "pairs",
];

/// The members of the table that `base` is.
pub(super) fn members(place: &Place<'_>, base: &str, found: &mut Vec<Completion>) {
    let Some((table, name)) = api_of(place.project, place.file, base, place.offset) else { return };
    if !table.is_empty() {
        return;
    }
    for item in api::members(&name) {
        if place.has(item) {
            let mut completion = completion(item);
            if place.constants().is_some_and(|prefix| item.name.starts_with(prefix)) {
                completion.rank = 10;
            }
            found.push(completion);
        }
    }
}

/// Adds the members of the string library, which complete `text:`.
pub(super) fn methods(found: &mut Vec<Completion>) {
    found.extend(api::members("string").filter(|item| !matches!(item.name, "char" | "dump")).map(completion));
}

/// The globals.
pub(super) fn globals(place: &Place<'_>, found: &mut Vec<Completion>) {
    for item in GLOBALS.iter().filter(|item| place.has(item)) {
        let mut completion = completion(item);
        let by_use = GLOBALS_BY_USE.iter().position(|name| *name == item.name);
        completion.rank = match by_use {
            Some(nth) => 300 + nth as u32,
            None if item.name.starts_with('_') => 345,
            None => 330,
        };
        found.push(completion);
    }
}

impl Place<'_> {
    /// True if some target has an item where the cursor is.
    pub(super) fn has(&self, item: &Item) -> bool {
        let it = &self.project.files[self.file];
        let contexts: &[Context] = match &it.script.library {
            None => &[Context::Eval],
            Some(library) => {
                let function = it
                    .script
                    .tree()
                    .functions()
                    .filter(|(_, function)| function.range.contains(self.offset))
                    .last()
                    .map(|(id, _)| id);
                match function {
                    Some(id) if !library.runs_at_load(id) => &[Context::Function],
                    _ => &[Context::LibraryLoad],
                }
            }
        };
        let has = |&target: &commands::Target| {
            contexts.iter().any(|&context| {
                if item.table.is_empty() {
                    api::has_global(item.name, target, context)
                } else {
                    api::has_member(item, target, context)
                }
            })
        };
        it.options.targets.iter().any(has)
    }
}

fn completion(item: &'static Item) -> Completion {
    let kind = match (item.args, item.table) {
        (Some(_), _) => CompletionKind::Function,
        (None, "") => CompletionKind::Table,
        (None, _) => CompletionKind::Constant,
    };
    // What nearly every script calls stands first.
    let rank = match item.name {
        "call" => 100,
        "pcall" if item.table == "redis" => 101,
        "encode" | "decode" | "pack" | "unpack" | "insert" | "concat" | "format" | "sub" | "match" => 110,
        "setn" | "getn" | "foreach" | "foreachi" | "gfind" | "mod" => 190,
        name if name.starts_with('_') => 180,
        _ => 120,
    };
    let detail = match (item.signature, item.table) {
        ("", "") => String::new(),
        ("", _) => first_sentence(item.docs),
        (signature, _) => signature[item.name.len()..].to_owned(),
    };
    Completion { detail, rank, docs: Docs::Api(item.table, item.name), ..Completion::new(item.name, kind) }
}

/// The first sentence of a documentation, as a row shows it.
pub(super) fn first_sentence(docs: &str) -> String {
    let line = docs.lines().next().unwrap_or_default();
    let end = line.find(". ").map_or(line.len(), |end| end + 1);
    line[..end].replace('`', "")
}
