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

use super::data::files;

/// The flags of scripts and functions, as their headers have them.
const SHEBANG_FLAGS: &[&str] = &["allow-cross-slot-keys", "allow-oom", "allow-stale", "no-cluster", "no-writes"];

/// The tables of the sandbox that plain Lua has not, so that editors know them from us alone.
const TABLES: &[&str] = &["bit", "cjson", "cmsgpack", "redis", "server", "struct"];

/// End of a construct without its closing bracket: a word that begins a statement, or the end of a host string.
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

/// Text right before the script in calls that take one.
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
    queries(&source.join("queries"), &mut out)?;
    for path in files(&source.join("vim"), "vim")? {
        let name = path.file_name().and_then(|name| name.to_str()).context("a name")?;
        let text = fill(&std::fs::read_to_string(&path)?, &query_lists(), str::to_owned)?;
        let made = "\" Made by `cargo xtask codegen` from grammars/source/vim: change that.\n";
        for editor in ["neovim", "vim"] {
            out.push((format!("editors/{editor}/syntax/{name}"), format!("{made}{text}")));
        }
    }
    Ok(out)
}

/// Folder and spelling of an editor's queries.
struct Dialect {
    /// Suffix of a line that is for this editor only.
    mark: &'static str,
    /// The folder.
    folder: &'static str,
    /// Captures and settings that it calls otherwise.
    captures: &'static [(&'static str, &'static str)],
    /// Languages that it calls otherwise.
    languages: &'static [(&'static str, &'static str)],
}

const NEOVIM: Dialect = Dialect { mark: "; neovim", folder: "editors/neovim/queries", captures: &[], languages: &[] };
const HELIX: Dialect = Dialect {
    mark: "; helix",
    folder: "editors/helix/runtime/queries",
    captures: &[
        ("@module.builtin", "@namespace"),
        ("@comment.documentation", "@comment.block.documentation"),
        // From 25.07 on a language is found by its name alone, and ours has the colours of commands.
        ("(#set! injection.language \"lua\")", "(#set! injection.language \"redis-lua\")"),
    ],
    languages: &[("c_sharp", "c-sharp")],
};

/// The language of transcripts, whose parser is `grammars/tree-sitter-redis`.
const TRANSCRIPT: &str = "redis-transcript";

const MADE: &str = "; Made by `cargo xtask codegen` from grammars/source/queries: change that.\n";

fn queries(source: &Path, out: &mut Vec<(String, String)>) -> Result<()> {
    let lists = query_lists();
    let mut languages: Vec<_> = std::fs::read_dir(source)?.collect::<std::io::Result<_>>()?;
    languages.sort_by_key(std::fs::DirEntry::path);
    for language in languages {
        for path in files(&language.path(), "scm")? {
            let text = std::fs::read_to_string(&path)?;
            let text = fill(&text, &lists, str::to_owned).with_context(|| path.display().to_string())?;
            let language = language.file_name().to_string_lossy().into_owned();
            let name = path.file_name().and_then(|name| name.to_str()).context("a name")?;
            // The parser is of ours, and there is nothing to add to. Neovim has a syntax of its own instead.
            if language == TRANSCRIPT {
                out.push((format!("{}/{language}/{name}", HELIX.folder), format!("{MADE}\n{text}")));
                continue;
            }
            let ours = in_dialect(&text, &NEOVIM, &HELIX);
            out.push((format!("{}/{language}/{name}", NEOVIM.folder), format!("; extends\n{MADE}\n{ours}")));
            let ours = in_dialect(&text, &HELIX, &NEOVIM);
            // Nothing can be added to a language's queries there, so Redis Lua is a language of its own that takes
            // Lua's. Of two patterns for a node the first holds up to 25.01, the last from 25.07 on: so ours stand on
            // both sides. The queries of host languages are put behind the editor's by `redlua setup`.
            let text = match (language.as_str(), name) {
                ("lua", "highlights.scm") => format!("{MADE}\n{ours}\n; inherits: lua\n\n{ours}"),
                ("lua", _) => format!("{MADE}\n; inherits: lua\n\n{ours}"),
                _ => format!("{MADE}\n{ours}"),
            };
            let other = HELIX.languages.iter().find(|(it, _)| *it == language).map_or(language.as_str(), |(_, it)| it);
            let folder = if language == "lua" { "redis-lua" } else { other };
            let root = if language == "lua" { HELIX.folder } else { "editors/helix/hosts" };
            out.push((format!("{root}/{folder}/{name}"), text));
        }
    }
    Ok(())
}

/// The lines that are for an editor, with its names.
fn in_dialect(text: &str, dialect: &Dialect, other: &Dialect) -> String {
    let mut out = String::new();
    for line in text.lines().filter(|line| !line.ends_with(other.mark)) {
        let line = line.strip_suffix(dialect.mark).unwrap_or(line);
        let mut line = line.trim_end().to_owned();
        for (from, to) in dialect.captures {
            line = line.replace(from, to);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// The lists for queries: words in quotes, in upper and lower case, for `#any-of?` knows but the letter and is the only
/// such predicate that all editors read alike.
fn query_lists() -> BTreeMap<&'static str, String> {
    let quoted = |names: Vec<String>| {
        let both: BTreeSet<String> = names.iter().flat_map(|it| [it.to_uppercase(), it.to_lowercase()]).collect();
        wrapped(&both)
    };
    let names = |wanted: fn(&CommandSpec) -> bool| {
        quoted(all().iter().filter(|spec| wanted(spec)).map(|spec| spec.name.to_owned()).collect())
    };
    let mut patterns = String::new();
    for table in TABLES {
        let members = |functions: bool| -> BTreeSet<String> {
            api::members(table)
                .filter(|item| item.signature.is_empty() != functions)
                .map(|item| item.name.to_owned())
                .collect()
        };
        for (members, capture) in [(members(true), "function.builtin"), (members(false), "constant.builtin")] {
            if members.is_empty() {
                continue;
            }
            patterns.push_str(&format!(
                "((dot_index_expression\n  table: (identifier) @module.builtin\n  field: (identifier) @{capture})\n  \
                 (#eq? @module.builtin \"{table}\")\n  (#any-of? @{capture}\n    {}))\n\n",
                wrapped(&members)
            ));
        }
    }
    // Both dialects of regular expressions read these alike: Rust's, and Vim's very magic one.
    let sign = r"(redis|server)\.p?call\s*\(|(KEYS|ARGV)\[|^\s*#!lua";
    let begin = r"^\s*(return|local|if|for|--|#!lua|redis\.)";
    let scm = |text: &str| text.replace('\\', r"\\");
    BTreeMap::from([
        ("quoted.commands", names(|_| true)),
        ("quoted.commands.write", names(writes)),
        ("quoted.commands.read", names(|spec| !writes(spec))),
        ("quoted.words", quoted(words().into_iter().collect())),
        ("quoted.words.upper", wrapped(&words())),
        ("api.patterns", patterns.trim_end().to_owned()),
        ("vim.commands", all().iter().map(|spec| spec.name).collect::<Vec<_>>().join(r"\|")),
        ("vim.words", words().into_iter().collect::<Vec<_>>().join(" ")),
        ("query.sign", scm(sign)),
        ("query.begin", scm(begin)),
    ])
}

/// Words in quotes, in lines of a readable length.
fn wrapped(words: &BTreeSet<String>) -> String {
    const LONGEST: usize = 110;
    let mut out = String::new();
    let mut column = 0;
    for word in words {
        if column + word.len() + 3 > LONGEST {
            out.push_str("\n    ");
            column = 0;
        } else if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&format!("\"{word}\""));
        column += word.len() + 3;
    }
    out
}

/// Replaces the placeholders by the lists.
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
    let sites =
        CALL_SITES.iter().flat_map(|site| ["`", "\"\"\"", "'''"].map(|quote| format!("{}{quote}", escape(site))));
    let heredoc = r"^[\t ]*(?!(?:KEYS|ARGV)\b)[A-Z][A-Z0-9_]+\b[\t ]*(?:$|[;,)].*$)";
    let selector = |scopes: &[&str], but: &str| {
        scopes.iter().map(|scope| format!("L:{scope} -{but}")).collect::<Vec<_>>().join(", ")
    };
    BTreeMap::from([
        ("commands", names(|_| true)),
        ("commands.write", names(writes)),
        ("commands.read", names(|spec| !writes(spec) && reads(spec))),
        ("commands.other", names(|spec| !writes(spec) && !reads(spec))),
        ("words", alternatives(words())),
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

/// The literal words of calls: tokens, and names of subcommands.
fn words() -> BTreeSet<String> {
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
    words
}

fn facts(spec: &CommandSpec) -> impl Iterator<Item = &'static Facts> {
    [Family::Redis, Family::Valkey].into_iter().filter_map(|family| spec.facts(family))
}

/// True if a command, or one of its subcommands, has a flag on any server.
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

/// Escapes the special characters of a regular expression, except `/`.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if ".()*+?[]{}|^$/\\".contains(c) && c != '/' {
            out.push('\\');
        }
        out.push(c);
        out
    })
}
