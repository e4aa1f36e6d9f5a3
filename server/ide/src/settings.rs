//! `redlua.toml` in an editor: completion and hover, by the table of all settings.

mod item;
mod scan;
mod servers;

use std::ops::Range;

use commands::{Family, Target};
use config::table::{self as settings, LEVELS, Setting, TABLES, Table, Value};
use linter::registry;

pub use self::item::{Item, Kind};
use self::scan::{Part, Place, Scan};

/// The name of the file.
pub const FILE_NAME: &str = "redlua.toml";

/// The table whose tables have names of the user's own.
const SERVERS: &str = "servers";

/// The words that may be written at an offset, and the bytes that they replace.
pub fn completions(text: &str, offset: usize) -> (Vec<Item>, Range<usize>) {
    let scan = Scan::new(text, offset);
    let Some(place) = &scan.place else { return (Vec::new(), offset..offset) };
    let items = match place.part {
        Part::Header => tables(&scan).map(|table| header(table, false)).collect(),
        Part::Key { has_value, begins_line } => keys(&scan, place, has_value, begins_line),
        Part::Value { quote, lists } => values(place, quote, lists),
    };
    (items, place.range.clone())
}

/// The tables that the file does not have yet.
fn tables(scan: &Scan) -> impl Iterator<Item = &'static Table> {
    let is_there = |table: &Table| {
        let header = |(path, range): &(Vec<String>, Range<usize>)| {
            path.first().is_some_and(|name| name == table.key)
                && scan.place.as_ref().is_none_or(|place| place.range != *range)
        };
        scan.headers.iter().any(header)
    };
    // Of servers there may be several.
    TABLES.iter().filter(move |table| !table.key.is_empty() && (table.key == SERVERS || !is_there(table)))
}

fn header(table: &Table, with_brackets: bool) -> Item {
    if table.key == SERVERS {
        return servers::header(table, with_brackets);
    }
    let text = if with_brackets { format!("[{}]", table.key) } else { table.key.to_owned() };
    Item {
        label: text.clone(),
        kind: Kind::Table,
        detail: String::new(),
        docs: table.docs.to_owned(),
        snippet: text.clone(),
        text,
    }
}

fn keys(scan: &Scan, place: &Place, has_value: bool, begins_line: bool) -> Vec<Item> {
    let name = match place.path.as_slice() {
        [] => "",
        [name] => name.as_str(),
        [table, _] if table == SERVERS => return servers::keys(scan, place, has_value),
        _ => return Vec::new(),
    };
    let is_taken = |key: &str| {
        let same =
            |path: &[String]| path.split_last().is_some_and(|(last, rest)| last == key && *rest == place.path[..]);
        scan.entries.iter().any(|entry| same(&entry.path) && entry.key.end != place.range.end)
    };
    let table = settings::named(name);
    let settings = table.map_or_else(Vec::new, Table::settings);
    let mut items: Vec<Item> = settings
        .into_iter()
        .filter(|setting| !is_taken(setting.key))
        .map(|setting| {
            let (value, snippet) = if has_value { (String::new(), String::new()) } else { assigned(setting.value) };
            Item {
                label: setting.key.to_owned(),
                kind: Kind::Key,
                detail: default(setting.value).unwrap_or_default(),
                docs: docs(setting),
                text: format!("{}{value}", setting.key),
                snippet: format!("{}{snippet}", setting.key),
            }
        })
        .collect();
    if begins_line && !has_value {
        items.extend(tables(scan).map(|table| header(table, true)));
    }
    items
}

/// The text behind a key, plain and as a snippet.
fn assigned(value: Value) -> (String, String) {
    let (text, snippet) = match value {
        // Who writes it wants the other one.
        Value::Flag(default) => (format!("{}", !default), format!("${{1:{}}}", !default)),
        Value::Time(text) | Value::Memory(text) => (format!("{text:?}"), format!("\"${{1:{text}}}\"")),
        Value::Count(number) => (number.to_string(), format!("${{1:{number}}}")),
        Value::File | Value::Folder => ("\"\"".to_owned(), "\"$1\"".to_owned()),
        Value::Targets => (format!("\"{}\"", Target::DEFAULT), format!("\"${{1:{}}}\"", Target::DEFAULT)),
        Value::Modules | Value::Languages | Value::Patterns => ("[\"\"]".to_owned(), "[\"$1\"]".to_owned()),
        Value::Joins => ("[[\"\", \"\"]]".to_owned(), "[[\"$1\", \"$2\"]]".to_owned()),
        Value::Calls => (
            "[{ name = \"\", script = 1 }]".to_owned(),
            "[{ name = \"$1\", script = ${2:1}, keys = ${3:2}, args = ${4:3} }]".to_owned(),
        ),
        // Choices within snippets hang Neovim 0.11, which completes within the completion.
        Value::Level(_) => ("\"allow\"".to_owned(), "\"${1:allow}\"".to_owned()),
    };
    (format!(" = {text}"), format!(" = {snippet}"))
}

fn values(place: &Place, quote: Option<u8>, lists: usize) -> Vec<Item> {
    let Some((_, setting)) = setting_at(&place.path) else { return Vec::new() };
    let quote = quote.map_or('"', char::from);
    let quoted = |text: &str| format!("{quote}{text}{quote}");
    let item = |text: String, detail: &str, docs: &str| Item {
        label: text.clone(),
        kind: Kind::Value,
        detail: detail.to_owned(),
        docs: docs.to_owned(),
        snippet: text.clone(),
        text,
    };
    match (setting.value, lists) {
        (Value::Flag(default), 0) => {
            [true, false].map(|on| item(on.to_string(), if on == default { "default" } else { "" }, "")).into()
        }
        (Value::Time(text) | Value::Memory(text), 0) => vec![item(quoted(text), "default", "")],
        (Value::Count(number), 0) => vec![item(number.to_string(), "default", "")],
        (Value::Targets, 0 | 1) => {
            let known = Target::KNOWN.iter().rev().map(|target| {
                let detail = if *target == Target::DEFAULT { "default" } else { "" };
                item(quoted(&target.to_string()), detail, "")
            });
            let ranges = [Family::Redis, Family::Valkey].into_iter().filter_map(|family| {
                let first = Target::KNOWN.iter().find(|target| target.family == family)?;
                let docs = format!(
                    "Each known {} from {} on. A range may have both ends: `6.2..7.2`.",
                    family.title(),
                    first.version
                );
                Some(item(quoted(&format!("{first}..")), "range", &docs))
            });
            let all = item(quoted("all"), "range", "Each known server.");
            known.chain(ranges).chain([all]).collect()
        }
        (Value::Modules, 0) => {
            commands::module_keys().iter().map(|name| item(format!("[{}]", quoted(name)), "", "")).collect()
        }
        (Value::Languages, 1) => config::table::HOST_LANGUAGES.iter().map(|name| item(quoted(name), "", "")).collect(),
        (Value::Modules, 1) => commands::module_keys().iter().map(|name| item(quoted(name), "", "")).collect(),
        (Value::Level(default), 0) => LEVELS
            .iter()
            .map(|(name, docs)| {
                let is_default = config::level(name) == config::level(default);
                item(quoted(name), if is_default { "default" } else { "" }, docs)
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The setting at a path from the top of the file, with its table.
fn setting_at(path: &[String]) -> Option<(&'static Table, Setting)> {
    let (table, key) = match path {
        [key] => ("", key),
        [table, key] => (table.as_str(), key),
        _ => return None,
    };
    let table = settings::named(table)?;
    Some((table, table.setting(key)?))
}

/// The hover of the text at an offset, in Markdown, and where that text is.
pub fn hover(text: &str, offset: usize) -> Option<(String, Range<usize>)> {
    let scan = Scan::new(text, offset);
    let has = |range: &Range<usize>| range.start <= offset && offset <= range.end;
    if let Some((path, range)) = scan.headers.iter().find(|(_, range)| has(range)) {
        let table = settings::named(path.first()?)?;
        return Some((format!("**[{}]**\n\n{}", table.key, table.docs), range.clone()));
    }
    let here = scan.entries.iter().filter(|entry| has(&entry.key) || has(&entry.value));
    let entry = here.min_by_key(|entry| entry.value.end - entry.key.start)?;
    let range = if has(&entry.key) { entry.key.clone() } else { entry.value.clone() };
    if let [table, _, key] = entry.path.as_slice()
        && table == SERVERS
    {
        return Some((servers::hover(key)?, range));
    }
    let Some((table, setting)) = setting_at(&entry.path) else {
        // A table that is written inline.
        let [name] = entry.path.as_slice() else { return None };
        let table = settings::named(name)?;
        return has(&entry.key).then(|| (format!("**{}**\n\n{}", table.key, table.docs), range));
    };
    if let Some(rule) = registry::rule(setting.key).filter(|_| table.key == "lints") {
        let level = text.get(entry.value.clone()).unwrap_or_default().trim().trim_matches(['"', '\'']);
        return match LEVELS.iter().find(|(name, _)| *name == level) {
            Some((name, docs)) if has(&entry.value) && !has(&entry.key) => Some((format!("`{name}`: {docs}"), range)),
            _ => Some((rule.explanation(), range)),
        };
    }
    let name = entry.path.last().map_or("", String::as_str);
    let default = default(setting.value).map_or_else(String::new, |it| format!("\n\nDefault: `{it}`"));
    Some((format!("**{name}**\n\n{}{default}", docs(setting)), range))
}

fn docs(setting: Setting) -> String {
    match registry::rule(setting.key).filter(|_| matches!(setting.value, Value::Level(_))) {
        Some(rule) => rule.summary(),
        None => settings::docs(setting),
    }
}

/// The value of a setting that the file does not have, as it would be written.
fn default(value: Value) -> Option<String> {
    match value {
        Value::Flag(on) => Some(on.to_string()),
        Value::Time(text) | Value::Memory(text) => Some(format!("{text:?}")),
        Value::Level("warning") => Some("\"warn\"".to_owned()),
        Value::Level("error") => Some("\"deny\"".to_owned()),
        Value::Level(name) => Some(format!("{name:?}")),
        Value::Count(number) => Some(number.to_string()),
        Value::Targets => Some(format!("\"{}\"", Target::DEFAULT)),
        Value::File
        | Value::Folder
        | Value::Modules
        | Value::Languages
        | Value::Patterns
        | Value::Joins
        | Value::Calls => None,
    }
}

#[cfg(test)]
mod tests {
    use config::Config;

    use super::*;

    fn split(marked: &str) -> (String, usize) {
        (marked.replacen('|', "", 1), marked.find('|').unwrap_or(0))
    }

    fn labels(marked: &str) -> Vec<String> {
        let (text, offset) = split(marked);
        completions(&text, offset).0.into_iter().map(|item| item.label).collect()
    }

    /// The text with an item accepted.
    fn accepted(marked: &str, label: &str) -> String {
        let (mut text, offset) = split(marked);
        let (items, range) = completions(&text, offset);
        let item = items.iter().find(|item| item.label == label);
        let item = item.unwrap_or_else(|| panic!("no {label} at {marked:?}: {:?}", labels(marked)));
        text.replace_range(range, &item.text);
        text
    }

    #[test]
    fn keys_and_tables_are_offered() {
        let top = labels("|");
        assert!(
            ["target", "cluster", "modules", "[lints]", "[run]"].iter().all(|it| top.iter().any(|label| label == it)),
            "{top:?}"
        );
        assert_eq!(
            labels("cluster = true\n[hints]\nnames = true\n[lenses]\n|")[..3],
            ["summary", "runs", "references"]
        );
        let again = labels("cluster = true\n|\n[hints]\n");
        assert!(!again.iter().any(|it| it == "cluster" || it == "[hints]"), "{again:?}");
        assert!(labels("[lints]\n|").iter().any(|it| it == "cross-slot"));
        assert_eq!(labels("hints = { | }"), ["names", "parameters", "replies", "results", "links"]);
        assert_eq!(labels("[servers]\n|").first().map(String::as_str), Some("[lints]"));
        assert_eq!(labels("[nonsense]\nx = |"), [""; 0]);
        assert!(labels("[|").contains(&"files".to_owned()));
    }

    #[test]
    fn values_are_offered() {
        assert_eq!(labels("cluster = |"), ["true", "false"]);
        let targets = labels("target = '|'");
        assert!(targets.contains(&"'redis 7.2'".to_owned()) && targets.contains(&"'all'".to_owned()), "{targets:?}");
        assert_eq!(labels("[lints]\nunused-key = |"), ["\"allow\"", "\"hint\"", "\"warn\"", "\"deny\""]);
        assert!(labels("modules = [|]").contains(&"\"json\"".to_owned()));
        assert_eq!(labels("[run]\ntime = \"|\""), ["\"5s\""]);
        assert_eq!(labels("[includes]\nroot = \"|\""), [""; 0]);
    }

    #[test]
    fn what_is_accepted_is_right() {
        assert_eq!(accepted("clu|", "cluster"), "cluster = true");
        assert_eq!(accepted("c| = true", "cluster"), "cluster = true");
        assert_eq!(accepted("[ha|]", "hints"), "[hints]");
        assert_eq!(accepted("target = 'redis|'", "'redis 6.2'"), "target = 'redis 6.2'");
        for table in TABLES.iter().filter(|table| !table.is_open) {
            let head = if table.key.is_empty() { String::new() } else { format!("[{}]\n", table.key) };
            for key in table.keys() {
                let text = accepted(&format!("{head}|"), key);
                // Places to fill in are empty.
                let is_whole = !text.contains("\"\"");
                assert!(!is_whole || Config::parse(&text).1.is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn hover_tells_what_a_setting_does() {
        let told = |marked: &str| {
            let (text, offset) = split(marked);
            hover(&text, offset).map(|(told, range)| format!("{} <{}>", told.replace('\n', " "), &text[range]))
        };
        assert_eq!(
            told("clus|ter = true").as_deref(),
            Some(
                "**cluster**  Whether the scripts run on a cluster, where all keys must be in one slot.  Default: `false` <cluster>"
            )
        );
        assert_eq!(
            told("[hin|ts]").as_deref(),
            Some("**[hints]**  What editors show beside the code, where their inlay hints are on. <hints>")
        );
        assert!(
            told("[lints]\ncross|-slot = 'deny'").is_some_and(|told| told.contains("Reports calls whose keys belong"))
        );
        assert_eq!(
            told("[lints]\ncross-slot = 'de|ny'").as_deref(),
            Some("`deny`: An error, which makes the check fail. <'deny'>")
        );
        assert!(told("[includes]\nlib| = 'src'").is_some_and(|told| told.starts_with("**lib**")));
        assert!(told("hints = { repl|ies = true }").is_some_and(|told| told.starts_with("**replies**")));
        assert_eq!(told("nonsense| = 1"), None);
    }
}
