//! The meanings of option words and of other words, and the counts of calls, from `server/commands/data`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::data::{LONGEST_SUMMARY, files};
use crate::facts::Row;

/// For each command, its option words and their meanings.
pub(super) type Meanings = BTreeMap<String, BTreeMap<String, String>>;

/// Reads the meanings and holds them against the servers' grammars: every option of every command has exactly one.
pub(super) fn read(folder: &Path, rows: &BTreeMap<String, Row>) -> Result<Meanings> {
    let mut meanings = Meanings::new();
    for path in files(folder, "toml")? {
        let text = std::fs::read_to_string(&path)?;
        let tables: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(&text).with_context(|| path.display().to_string())?;
        for (commands, options) in tables {
            for command in commands.split(", ") {
                let of = meanings.entry(command.to_owned()).or_default();
                for (token, meaning) in &options {
                    if meaning.is_empty() || meaning.chars().count() > LONGEST_SUMMARY {
                        bail!("the meaning of {command} {token} must have 1 to {LONGEST_SUMMARY} characters");
                    }
                    if of.insert(token.clone(), meaning.clone()).is_some() {
                        bail!("options/ tells twice of {command} {token}");
                    }
                }
            }
        }
    }
    let mut grammar: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, row) in rows {
        let mut tokens = BTreeSet::new();
        for family in [&row.redis, &row.valkey].into_iter().flatten() {
            collect(&family.args, &mut tokens);
        }
        grammar.insert(name, tokens);
    }
    let told = |name: &str, token: &str| meanings.get(name).is_some_and(|of| of.contains_key(token));
    let lacking: Vec<String> = grammar
        .iter()
        .flat_map(|(name, tokens)| {
            tokens.iter().filter(|token| !told(name, token)).map(move |it| format!("{name} {it}"))
        })
        .collect();
    if !lacking.is_empty() {
        bail!("options/ does not tell of {}", lacking.join(", "));
    }
    let is_known = |name: &str, token: &str| grammar.get(name).is_some_and(|tokens| tokens.contains(token));
    let stray: Vec<String> = meanings
        .iter()
        .flat_map(|(name, of)| of.keys().filter(|it| !is_known(name, it)).map(move |it| format!("{name} {it}")))
        .collect();
    if !stray.is_empty() {
        bail!("options/ tells of {}, which no server has", stray.join(", "));
    }
    Ok(meanings)
}

/// For each command, the words with a meaning of their own, by the name of the argument, in order.
pub(super) type Values = BTreeMap<String, BTreeMap<String, Vec<(String, String)>>>;

/// Reads the words that have a meaning of their own at an argument.
pub(super) fn values(path: &Path, rows: &BTreeMap<String, Row>) -> Result<Values> {
    let tables: Values = toml::from_str(&std::fs::read_to_string(path)?).with_context(|| path.display().to_string())?;
    let mut found = Values::new();
    for (commands, arguments) in tables {
        for command in commands.split(", ") {
            let row =
                rows.get(command).with_context(|| format!("values.toml tells of {command}, which no server has"))?;
            let families = [&row.redis, &row.valkey];
            for (argument, words) in &arguments {
                if !families.into_iter().flatten().any(|family| has_argument(&family.args, argument)) {
                    bail!("values.toml tells of {command} {argument}, which no server has");
                }
                if found.entry(command.to_owned()).or_default().insert(argument.clone(), words.clone()).is_some() {
                    bail!("values.toml tells twice of {command} {argument}");
                }
            }
        }
    }
    Ok(found)
}

fn has_argument(args: &[Value], name: &str) -> bool {
    args.iter().any(|arg| {
        let inner = arg["arguments"].as_array().map(Vec::as_slice).unwrap_or_default();
        arg["name"].as_str() == Some(name) || has_argument(inner, name)
    })
}

/// Reads the counts that `cargo xtask count-calls` writes.
pub(super) fn calls(path: &Path, rows: &BTreeMap<String, Row>) -> Result<BTreeMap<String, u16>> {
    let counts: BTreeMap<String, u16> =
        toml::from_str(&std::fs::read_to_string(path)?).with_context(|| path.display().to_string())?;
    match counts.keys().find(|name| !rows.contains_key(*name)) {
        Some(stray) => bail!("calls.toml counts {stray}, which no server has"),
        None => Ok(counts),
    }
}

fn collect<'a>(args: &'a [Value], tokens: &mut BTreeSet<&'a str>) {
    for arg in args {
        tokens.extend(arg["token"].as_str().filter(|token| !token.is_empty()));
        collect(arg["arguments"].as_array().map(Vec::as_slice).unwrap_or_default(), tokens);
    }
}
