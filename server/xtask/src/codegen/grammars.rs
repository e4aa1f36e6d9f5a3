//! The grammars and queries of `grammars/source`, with the lists of the command table in the place of `%name%`.
//!
//! The dialects of tree-sitter queries differ by editor. A line that is for one of them ends in `; neovim` or `; helix`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use commands::{
    CommandSpec, Family, Flags, all,
    api::{self, GLOBALS},
    spec::{Argument, Facts},
};

use super::commands::files;

/// The flags of scripts and functions, as their headers have them.
const SHEBANG_FLAGS: &[&str] = &["allow-cross-slot-keys", "allow-oom", "allow-stale", "no-cluster", "no-writes"];

/// The tables of the sandbox that plain Lua has not, so that editors know them from us alone.
const TABLES: &[&str] = &["bit", "cjson", "cmsgpack", "redis", "server", "struct"];

/// What ends a construct that lost its closing bracket: a word that begins a statement, and the ends of host strings.
const STOP: &str = r#"(?=`|"""|'''|\b(?:local|return|then|end|while|repeat|until)\b)"#;

/// The block strings of host languages.
const BLOCKS: &[&str] = &[
    "string.quoted.docstring.multi.python",
    "string.quoted.docstring.raw.multi.python",
    "string.quoted.multi.python",
    "string.quoted.raw.multi.python",
    "string.interpolated.python",
    "string.template.js",
    "string.template.jsx",
    "string.template.ts",
    "string.template.tsx",
    "string.quoted.raw.go",
    "string.quoted.other.go",
    "string.unquoted.heredoc",
    "string.quoted.heredoc",
    "string.unquoted.nowdoc",
    "string.quoted.triple.java",
];

/// Their strings in quotes, and such as the scopes do not tell from them.
const QUOTED: &[&str] = &[
    "string.quoted.single.python",
    "string.quoted.docstring.single.python",
    "string.quoted.single.js",
    "string.quoted.double.js",
    "string.quoted.single.ts",
    "string.quoted.double.ts",
    "string.quoted.single.tsx",
    "string.quoted.double.tsx",
    "string.quoted.double.go",
    "string.quoted.single.ruby",
    "string.quoted.double.interpolated.ruby",
    "string.quoted.double.java",
    "string.quoted.single.php",
    "string.quoted.double.php",
    "string.quoted.double.cs",
    "string.quoted.double.rust",
    "string.quoted.single.shell",
    "string.quoted.double.shell",
];

/// What stands right before the script in calls that take one.
const CALL_SITES: &[&str] = &[
    "eval(",
    "Eval(",
    "register_script(",
    "script_load(",
    "scriptLoad(",
    "function_load(",
    "functionLoad(",
    "NewScript(",
    "NewLuaScript(",
    "lua: ",
    "SCRIPT: ",
    "/* lua */ ",
    "/* lua */",
    "/*lua*/ ",
    "/*lua*/",
    "/* redis-lua */ ",
];

/// The files and where copies of them go.
pub(super) fn generate(root: &Path) -> Result<Vec<(String, String)>> {
    let lists = lists();
    let source = root.join("grammars/source");
    let mut out = Vec::new();
    for path in files(&source, "json")? {
        let text = std::fs::read_to_string(&path)?;
        let name = path.file_name().and_then(|name| name.to_str()).context("a name")?;
        let text = fill(&text, &lists, json_escape).with_context(|| name.to_owned())?;
        out.push((format!("grammars/{name}"), text));
    }
    Ok(out)
}

/// Puts the lists in their places.
fn fill(text: &str, lists: &BTreeMap<&str, String>, escape: fn(&str) -> String) -> Result<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '.')).unwrap_or(rest.len());
        if end == 0 || !rest[end..].starts_with('%') {
            out.push('%');
            continue;
        }
        let Some(list) = lists.get(&rest[..end]) else { bail!("there is no list %{}%", &rest[..end]) };
        out.push_str(&escape(list));
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn json_escape(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', r#"\""#)
}

/// The lists by their names, as alternatives of a regular expression.
fn lists() -> BTreeMap<&'static str, String> {
    let names = |wanted: fn(&CommandSpec) -> bool| {
        alternatives(all().iter().filter(|spec| wanted(spec)).map(|spec| spec.name.to_owned()))
    };
    let mut words = BTreeSet::new();
    for spec in all() {
        for sub in spec.subcommands {
            words.extend(sub.name.split_whitespace().skip(1).map(str::to_owned));
        }
        for spec in std::iter::once(spec).chain(spec.subcommands) {
            for facts in facts(spec) {
                tokens(facts.args, &mut words);
            }
        }
    }
    // Some tokens are signs (`=`, `~`, `*`), which stand for other things elsewhere.
    words.retain(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    let members = |functions: bool| {
        alternatives(TABLES.iter().flat_map(|table| {
            api::members(table)
                .filter(move |item| item.signature.is_empty() != functions)
                .map(move |item| format!("{table}.{}", item.name))
        }))
    };
    let sign = r"(?:(?<![\w.])(?:redis|server)\.p?call\s*\(|\b(?:KEYS|ARGV)\[)";
    let line = format!(
        r"\s*(?:#!lua\b|--+\s*(?:KEYS|ARGV)\[\d|--[>=] \S|local\s+(?:function\s+)?\w+(?:\s*,\s*\w+)*\s*=\s|(?:(?:local|return|if|elseif|while|for)\b|redis\.|server\.|rcall\(|\w+\s*=\s)[^\n]*{sign}|(?:redis|server)\.p?call\()"
    );
    let sites = CALL_SITES.iter().flat_map(|site| ["`", "\"\"\"", "'''"].map(|quote| format!("{}{quote}", escape(site))));
    let heredoc = r"^[\t ]*(?!(?:KEYS|ARGV)\b)[A-Z][A-Z0-9_]+\b[\t ]*(?:$|[;,)].*$)";
    let selector = |scopes: &[&str], but: &str| {
        scopes.iter().map(|scope| format!("L:{scope} -{but}")).collect::<Vec<_>>().join(", ")
    };
    BTreeMap::from([
        ("commands", names(|_| true)),
        ("commands.write", names(writes)),
        ("commands.read", names(|spec| !writes(spec) && reads(spec))),
        ("commands.other", names(|spec| !writes(spec) && !reads(spec))),
        ("words", alternatives(words)),
        ("api.functions", members(true)),
        ("api.constants", members(false)),
        ("api.tables", alternatives(TABLES.iter().map(|table| (*table).to_owned()))),
        ("globals", alternatives(GLOBALS.iter().map(|item| item.name.to_owned()))),
        ("shebang.flags", alternatives(SHEBANG_FLAGS.iter().map(|flag| (*flag).to_owned()))),
        ("stop", STOP.to_owned()),
        ("stop.host", format!(r#"(?="""|'''|`|{heredoc})"#)),
        ("lua.sign", sign.to_owned()),
        ("lua.line", line),
        ("call.sites", sites.collect::<Vec<_>>().join("|")),
        ("selector.blocks", selector(BLOCKS, "meta.embedded.block.redlua")),
        ("selector.quoted", selector(QUOTED, "meta.embedded.line.redlua")),
    ])
}

fn facts(spec: &CommandSpec) -> impl Iterator<Item = &'static Facts> {
    [Family::Redis, Family::Valkey].into_iter().filter_map(|family| spec.facts(family))
}

/// Whether a command, or one of its subcommands, has a flag on any server.
fn has(spec: &CommandSpec, flag: Flags) -> bool {
    std::iter::once(spec)
        .chain(spec.subcommands)
        .flat_map(facts)
        .any(|facts| facts.flags.iter().any(|(_, flags)| flags.has(flag)))
}

fn writes(spec: &CommandSpec) -> bool {
    has(spec, Flags::WRITE)
}

fn reads(spec: &CommandSpec) -> bool {
    has(spec, Flags::READONLY)
}

fn tokens(args: &[Argument], words: &mut BTreeSet<String>) {
    for arg in args {
        words.extend(arg.token.split_whitespace().map(str::to_owned));
        tokens(arg.args, words);
    }
}

fn alternatives(names: impl IntoIterator<Item = String>) -> String {
    let names: BTreeSet<String> = names.into_iter().collect();
    // The longest first, for some places have nothing that ends a name.
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.iter().map(|name| escape(name)).collect::<Vec<_>>().join("|")
}

/// What a regular expression takes by the letter.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if ".()*+?[]{}|^$/\\".contains(c) && c != '/' {
            out.push('\\');
        }
        out.push(c);
        out
    })
}
