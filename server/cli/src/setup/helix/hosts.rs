//! Languages whose strings may hold scripts: redlua is the last of the servers of each.
//!
//! Helix has one list of servers for a language, and a list in `languages.toml` hides the one that Helix brings. So ours begins
//! with that; and where the user has a list, ours goes into it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    ops::Range,
    path::PathBuf,
};

use anyhow::Result;
use toml::{Value, de::DeTable};

use super::names::{SERVER, language_name};

/// The features that redlua is asked for in such files. Formatting, symbols and colours belong to the language's own servers.
const FEATURES: &[&str] = &[
    "diagnostics",
    "completion",
    "hover",
    "signature-help",
    "goto-definition",
    "goto-reference",
    "code-action",
    "inlay-hints",
];

/// The names of the languages in Helix, and the servers that Helix 25.01 brings for them: for an installation whose own cannot be
/// read.
const HOSTS: &[(&str, &[&str])] = &[
    ("python", &["ruff", "jedi", "pylsp"]),
    ("javascript", &["typescript-language-server"]),
    ("jsx", &["typescript-language-server"]),
    ("typescript", &["typescript-language-server"]),
    ("tsx", &["typescript-language-server"]),
    ("vue", &["vuels"]),
    ("svelte", &["svelteserver"]),
    ("go", &["gopls", "golangci-lint-lsp"]),
    ("java", &["jdtls"]),
    ("kotlin", &["kotlin-language-server"]),
    ("php", &["intelephense"]),
    ("ruby", &["solargraph"]),
    ("c-sharp", &["omnisharp"]),
    ("rust", &["rust-analyzer"]),
    ("bash", &["bash-language-server"]),
    ("markdown", &["marksman", "markdown-oxide"]),
];

/// A change of a text: what stands there, and what is to stand there.
pub(super) type Change = (Range<usize>, String);

/// The servers that Helix brings, by language.
pub(super) type Brought = BTreeMap<String, Vec<Value>>;

/// Our entry in a list of servers.
fn entry() -> String {
    let features: Vec<String> = FEATURES.iter().map(|it| format!("\"{it}\"")).collect();
    format!("{{ name = \"{SERVER}\", only-features = [{}] }}", features.join(", "))
}

/// Reads the servers that Helix brings. Its `languages.toml` is no file of an installation: it is a text in the program.
/// None if no program has it.
pub(super) fn brought(programs: &[PathBuf]) -> Option<Brought> {
    let all = programs.iter().filter_map(|path| std::fs::read(path).ok());
    all.map(|bytes| languages(&bytes)).find(|it| !it.is_empty())
}

/// The same of Helix 25.01.
pub(super) fn usual() -> Brought {
    let servers = |list: &[&str]| list.iter().map(|it| Value::from(*it)).collect();
    HOSTS.iter().map(|(name, list)| ((*name).to_owned(), servers(list))).collect()
}

fn languages(bytes: &[u8]) -> Brought {
    let mark = b"[[language]]";
    let mut out = Brought::new();
    for at in memchr::memmem::find_iter(bytes, mark) {
        let section = &bytes[at..];
        // Up to the next table, of the language or of another.
        let end = memchr::memmem::find(&section[mark.len()..], b"\n[").map_or(section.len(), |end| mark.len() + end);
        let table =
            std::str::from_utf8(section[..end].trim_ascii_end()).ok().and_then(|text| text.parse::<toml::Table>().ok());
        let Some(language) = table.as_ref().and_then(|table| table["language"].get(0)) else { continue };
        if let Some(name) = language_name(language).filter(|name| HOSTS.iter().any(|(host, _)| host == name)) {
            let servers = language.get(SERVERS).and_then(Value::as_array).cloned().unwrap_or_default();
            out.insert(name.to_owned(), servers);
        }
    }
    out
}

const SERVERS: &str = "language-servers";

/// The tables of the languages for which the user has no list.
pub(super) fn tables(brought: &Brought, except: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for (name, _) in HOSTS.iter().filter(|(name, _)| !except.contains(*name)) {
        // What Helix does not know is no language without more than a name.
        let Some(servers) = brought.get(*name) else { continue };
        let mut list: Vec<String> = servers.iter().map(ToString::to_string).collect();
        list.push(entry());
        write!(out, "\n[[language]]\nname = \"{name}\"\n{SERVERS} = [{}]\n", list.join(", ")).ok();
    }
    match out.is_empty() {
        true => out,
        false => format!(
            "\n# Scripts in the strings of other languages. A list hides the one that Helix brings, so each begins with that. \
             For a list\n# of your own write a [[language]] outside of these marks, and `redlua setup helix` again.\n{out}"
        ),
    }
}

/// A list of servers in a file of the user.
struct List {
    language: String,
    span: Range<usize>,
    servers: Vec<(Range<usize>, Value)>,
}

impl List {
    /// The place of ours: in a list where setup has put it, or that has exactly what setup puts there.
    fn ours(&self, put: &BTreeSet<String>) -> Option<usize> {
        let entry = value(&entry());
        self.servers.iter().position(|(_, server)| {
            (put.contains(&self.language) && is_redlua(server)) || entry.as_ref() == Some(server)
        })
    }
}

fn is_redlua(server: &Value) -> bool {
    server.as_str().or_else(|| server.get("name")?.as_str()) == Some(SERVER)
}

/// The lists in a text for languages of [`HOSTS`]: of several for one language the last, which Helix goes by.
fn lists(text: &str) -> Result<Vec<List>> {
    let table = DeTable::parse(text)?;
    let mut out: BTreeMap<String, List> = BTreeMap::new();
    let languages = table.get_ref().get("language").and_then(|it| it.get_ref().as_array());
    for language in languages.into_iter().flatten().filter_map(|it| it.get_ref().as_table()) {
        let name = language.get("name").and_then(|it| it.get_ref().as_str()).unwrap_or_default();
        let Some((list, servers)) = language.get(SERVERS).and_then(|it| Some((it, it.get_ref().as_array()?))) else {
            continue;
        };
        if HOSTS.iter().any(|(host, _)| *host == name) {
            let servers = servers.iter().filter_map(|it| Some((it.span(), value(&text[it.span()])?))).collect();
            out.insert(name.to_owned(), List { language: name.to_owned(), span: list.span(), servers });
        }
    }
    Ok(out.into_values().collect())
}

fn value(text: &str) -> Option<Value> {
    format!("it = {text}").parse::<toml::Table>().ok()?.remove("it")
}

/// The user's lists with ours in them.
pub(super) struct Joined {
    pub(super) changes: Vec<Change>,
    /// The languages whose lists have ours.
    pub(super) put: BTreeSet<String>,
    /// The languages with a list.
    pub(super) listed: BTreeSet<String>,
}

/// Plans that the user's lists have ours at their ends. `put` are the languages where it is already. A list with redlua that the
/// user has written stays.
pub(super) fn join(text: &str, put: &BTreeSet<String>) -> Result<Joined> {
    let mut joined = Joined { changes: Vec::new(), put: BTreeSet::new(), listed: BTreeSet::new() };
    for list in lists(text)? {
        match list.ours(put) {
            Some(at) => {
                let span = list.servers[at].0.clone();
                let is_changed = text[span.clone()] != entry();
                joined.changes.extend(is_changed.then(|| (span, entry())));
                joined.put.insert(list.language.clone());
            }
            None if list.servers.iter().any(|(_, server)| is_redlua(server)) => {}
            None => {
                joined.changes.push(insertion(text, &list));
                joined.put.insert(list.language.clone());
            }
        }
        joined.listed.insert(list.language);
    }
    Ok(joined)
}

/// Plans that the user's lists are without ours again.
pub(super) fn part(text: &str, put: &BTreeSet<String>) -> Result<Vec<Change>> {
    let all = lists(text)?;
    Ok(all.iter().filter_map(|list| Some((removal(text, list, list.ours(put)?), String::new()))).collect())
}

/// The last server, with its comma if it has one, ends here.
fn end_of(text: &str, list: &List) -> Option<(usize, bool)> {
    let end = list.servers.last()?.0.end;
    let rest = &text[end..list.span.end];
    let comma = rest.find(|it: char| !it.is_whitespace()).filter(|at| rest[*at..].starts_with(','));
    Some(comma.map_or((end, false), |at| (end + at + 1, true)))
}

/// Space between the beginning of the line and a place, if nothing else is there.
fn indentation(text: &str, at: usize) -> Option<&str> {
    let line = text[..at].rfind('\n').map_or(0, |it| it + 1);
    Some(&text[line..at]).filter(|it| it.chars().all(char::is_whitespace))
}

fn insertion(text: &str, list: &List) -> Change {
    let Some((end, has_comma)) = end_of(text, list) else {
        let at = list.span.start + 1;
        return (at..at, entry());
    };
    let start = list.servers.last().map_or(end, |(span, _)| span.start);
    match indentation(text, start).filter(|_| text[list.span.clone()].contains('\n')) {
        // A line of its own, like the others.
        Some(indentation) if has_comma => {
            let line = text[end..].find('\n').map_or(text.len(), |it| end + it + 1);
            let at = if line < list.span.end { line } else { end };
            let newline = if text[..at].ends_with("\r\n") { "\r\n" } else { "\n" };
            match at == line {
                true => (at..at, format!("{indentation}{},{newline}", entry())),
                false => (at..at, format!(" {},", entry())),
            }
        }
        Some(indentation) => {
            let newline = if text[..start].ends_with(&format!("\r\n{indentation}")) { "\r\n" } else { "\n" };
            (end..end, format!(",{newline}{indentation}{}", entry()))
        }
        None if has_comma => (end..end, format!(" {},", entry())),
        None => (end..end, format!(", {}", entry())),
    }
}

/// The range that [`insertion`] has made of a list, also when the list was changed since.
fn removal(text: &str, list: &List, ours: usize) -> Range<usize> {
    let span = list.servers[ours].0.clone();
    let after = &text[span.end..];
    let comma = after.find(|it: char| !it.is_whitespace()).filter(|at| after[*at..].starts_with(','));
    if let Some(comma) = comma {
        let end = span.end + comma + 1;
        let line_end = text[end..].find('\n').map(|it| end + it + 1).filter(|it| text[end..*it].trim().is_empty());
        return match (indentation(text, span.start), line_end) {
            (Some(indentation), Some(line_end)) => span.start - indentation.len()..line_end,
            // Space before it came with it.
            _ if ours > 0 => text[..span.start].trim_end().len()..end,
            _ => span.start..end,
        };
    }
    match ours.checked_sub(1) {
        Some(before) => list.servers[before].0.end..span.end,
        None => span,
    }
}

/// Applies changes that do not overlap.
pub(super) fn apply(text: &str, mut changes: Vec<Change>) -> String {
    changes.sort_by_key(|(range, _)| range.start);
    let mut out = text.to_owned();
    for (range, new) in changes.into_iter().rev() {
        out.replace_range(range, &new);
    }
    out
}

/// Takes ours out of the lists of a parsed file.
pub(super) fn take_from(languages: &mut [Value], put: &BTreeSet<String>) {
    for language in languages.iter_mut().filter(|it| language_name(it).is_some_and(|name| put.contains(name))) {
        if let Some(Value::Array(servers)) = language.get_mut(SERVERS) {
            servers.retain(|server| !is_redlua(server));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a list after setup, and that undo restores it.
    fn round(list: &str) -> Result<String> {
        let text = format!(
            "[[language]]\nname = \"python\" # mine\nlanguage-servers = {list}\n\n[[language]]\nname = \"ada\"\n"
        );
        let joined = join(&text, &BTreeSet::new())?;
        assert_eq!(joined.put.iter().collect::<Vec<_>>(), ["python"]);
        let with = apply(&text, joined.changes);
        let servers = &with.parse::<toml::Table>()?["language"][0][SERVERS];
        assert!(servers.as_array().and_then(|it| it.last()).is_some_and(is_redlua), "{with}");
        assert!(join(&with, &joined.put)?.changes.is_empty());
        for put in [joined.put, BTreeSet::new()] {
            assert_eq!(apply(&with, part(&with, &put)?), text, "{with}");
        }
        Ok(with)
    }

    #[test]
    fn a_list_of_the_user_gets_ours_and_loses_it() -> Result<()> {
        assert!(round(r#"["pyright", "ruff"]"#)?.contains(r#""ruff", { name = "redlua", only-features = ["#));
        assert!(round("[]")?.contains("= [{ name = \"redlua\""));
        round("[ ]")?;
        round("[\"pyright\",]")?;
        round("[ \"pyright\" , ]")?;
        round("[\"pyright\"\n]")?;
        assert!(round("[\n  \"pyright\", # types\n  \"ruff\", # the rest\n]")?.contains("# the rest\n  { name"));
        assert!(
            round("[\n\t\"pyright\",\n\t{ name = \"ruff\", except-features = [\"hover\"] }\n]")?
                .contains("},\n\t{ name")
        );
        assert!(round("[\r\n  \"pyright\",\r\n]")?.contains(",\r\n  { name"));
        round("[\n  \"pyright\", \"ruff\",\n]")?;
        round("[\n  \"pyright\",]")?;
        round("[\n  \"a\" # last\n]")?;
        Ok(())
    }

    #[test]
    fn what_is_written_behind_ours_stays() -> Result<()> {
        let text = "language = [{ name = \"go\", language-servers = [\"gopls\"]}]\n";
        let joined = join(text, &BTreeSet::new())?;
        let with = apply(text, joined.changes).replace("]}]", ", \"x\"]}]");
        assert_eq!(apply(&with, part(&with, &joined.put)?), text.replace("\"gopls\"", "\"gopls\", \"x\""));
        Ok(())
    }

    #[test]
    fn redlua_of_the_user_is_the_users() -> Result<()> {
        let text = "[[language]]\nname = \"go\"\nlanguage-servers = [\"redlua\"]\n";
        let joined = join(text, &BTreeSet::new())?;
        assert!(joined.changes.is_empty() && joined.put.is_empty() && joined.listed.contains("go"));
        assert!(part(text, &joined.put)?.is_empty());
        // Where setup has put it, it is ours in every version.
        let old = BTreeSet::from(["go".to_owned()]);
        assert_eq!(apply(text, join(text, &old)?.changes), text.replace("\"redlua\"", &entry()));
        assert!(apply(text, part(text, &old)?).contains("= []"));
        Ok(())
    }

    #[test]
    fn the_servers_of_a_program_are_read_from_it() {
        let text = b"\x00\xff[[language]]\nname = \"python\"\nscope = \"s\"\nlanguage-servers = [\n  \"ty\",\n  { name = \"ruff\", \
            only-features = [\"format\"] },\n]\n\n[[grammar]]\nname = \"python\"\n\n[[language]]\r\nname = \"go\"\r\n\r\n\
            [language.debugger]\r\nname = \"dlv\"\r\n[[language]]\nname = \"ada\"\n[[language]]\xfeat the end";
        let all = languages(text);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["go", "python"]);
        let tables = tables(&all, &BTreeSet::from(["go".to_owned()]));
        assert!(
            tables.contains("\"ty\", { name = \"ruff\", only-features = [\"format\"] }, { name = \"redlua\""),
            "{tables}"
        );
        assert!(!tables.contains("\"go\""));
    }

    #[test]
    fn every_language_of_the_server_is_one_of_helix() {
        // What Helix names otherwise than the protocol does, and what it has no language for or one that comes with another.
        let other = |id: &'static str| match id {
            "csharp" => "c-sharp",
            "javascriptreact" => "jsx",
            "typescriptreact" => "tsx",
            "shellscript" | "sh" | "zsh" => "bash",
            "mdx" => "markdown",
            id => id,
        };
        let theirs: BTreeSet<&str> = host::Language::all().flat_map(host::Language::ids).map(|id| other(id)).collect();
        let ours: BTreeSet<&str> = HOSTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(ours, theirs);
    }
}
