//! The command facts: read from real servers, merged by family, one row a command.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    servers::{Server, folder},
    vector_sets,
};

/// The servers to ask, oldest first in each family.
const SERVERS: &[(&str, &str, &str)] = &[
    ("redis-6.2", "redis", "6.2"),
    ("redis-7.0", "redis", "7.0"),
    ("redis-7.2", "redis", "7.2"),
    ("redis-7.4", "redis", "7.4"),
    ("redis-8.2", "redis", "8.2"),
    ("redis-8.6", "redis", "8.6"),
    ("valkey-8.0", "valkey", "8.0"),
    ("valkey-8.1", "valkey", "8.1"),
    ("valkey-9.0", "valkey", "9.0"),
    ("valkey-9.1", "valkey", "9.1"),
];

/// A row of the table.
#[derive(Serialize, Deserialize, Default)]
pub(crate) struct Row {
    pub group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis: Option<FamilyRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valkey: Option<FamilyRow>,
}

/// Facts about a command from one family of servers.
#[derive(Serialize, Deserialize, Default, Clone, PartialEq)]
pub(crate) struct FamilyRow {
    pub since: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<(String, String)>,
    pub complexity: String,
    pub arity: Vec<(String, i16)>,
    pub flags: Vec<(String, Vec<String>)>,
    pub acl: Vec<String>,
    pub keys: Vec<Value>,
    pub args: Vec<Value>,
}

pub(crate) type Table = BTreeMap<String, BTreeMap<String, Row>>;

/// The groups that hold module commands; those are known by family only.
fn is_module(docs: &Value) -> bool {
    matches!(docs["group"].as_str(), Some("module" | "graph" | "search" | "json") | None)
}

pub(crate) fn collect(root: &Path) -> Result<()> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for (name, family, version) in SERVERS {
        let path = folder().join(name).join("redis-server");
        if !path.exists() {
            println!("{name}: not installed, passed over");
            continue;
        }
        let server = Server::start(&path)?;
        let infos = server.ask(&["COMMAND"])?;
        let docs = if *version == "6.2" { Value::Null } else { server.ask(&["COMMAND", "DOCS"])? };
        let mut count = 0;
        for info in infos.as_array().context("COMMAND gives no list")? {
            count += add(&mut rows, info, &docs, family, version);
        }
        println!("{name}: {count} commands");
    }
    // What 6.2 has is only described by later servers: a row without a group is of no server that documents it.
    rows.retain(|_, row| !row.group.is_empty());
    let mut table: Table = BTreeMap::new();
    for (name, row) in rows {
        table.entry(row.group.clone()).or_default().insert(name, row);
    }
    let folder = root.join("server/commands/data/facts");
    std::fs::create_dir_all(&folder)?;
    for (group, rows) in &table {
        // One row a line, so that a change of a command is a change of its line.
        let mut text = String::from("{\n");
        for (at, (name, row)) in rows.iter().enumerate() {
            let comma = if at + 1 < rows.len() { "," } else { "" };
            writeln!(text, "{}: {}{comma}", serde_json::to_string(name)?, serde_json::to_string(row)?)?;
        }
        text.push_str("}\n");
        std::fs::write(folder.join(format!("{group}.json")), text)?;
    }
    Ok(())
}

fn add(rows: &mut BTreeMap<String, Row>, info: &Value, all_docs: &Value, family: &str, version: &str) -> usize {
    let Some(name) = info[0].as_str() else { return 0 };
    let docs = &all_docs[name];
    let flags = strings(&info[2]);
    let parent = name.to_ascii_uppercase();
    let vector_set = vector_sets::command(&parent);
    let module = flags.iter().any(|flag| flag == "module") || (!all_docs.is_null() && is_module(docs));
    if module && vector_set.is_none() {
        return 0;
    }
    if let Some(known) = vector_set {
        // Part of every Redis since 8.0, though built as a module.
        let count = add_one(rows, parent.clone(), info, docs, family, version);
        if let Some(row) = rows.get_mut(&parent) {
            row.group = "vector_set".to_owned();
            if let Some(facts) = &mut row.redis {
                facts.arity = vec![(facts.since.clone(), known.arity)];
                facts.args = known.args.as_array().cloned().unwrap_or_default();
                facts.keys = info[8].as_array().into_iter().flatten().map(key_spec).collect();
                for key in &mut facts.keys {
                    key["access"] = known.access.into();
                }
            }
        }
        return count;
    }
    let mut count = add_one(rows, parent.clone(), info, docs, family, version);
    for sub in info[9].as_array().into_iter().flatten() {
        let full = sub[0].as_str().unwrap_or_default();
        let upper = full.to_ascii_uppercase().replace('|', " ");
        count += add_one(rows, upper, sub, &docs["subcommands"][full], family, version);
    }
    count
}

fn add_one(
    rows: &mut BTreeMap<String, Row>,
    name: String,
    info: &Value,
    docs: &Value,
    family: &str,
    version: &str,
) -> usize {
    let row = rows.entry(name.clone()).or_default();
    let side = if family == "redis" { &mut row.redis } else { &mut row.valkey };
    let facts = side.get_or_insert_default();
    let acl: Vec<String> = strings(&info[6]).iter().map(|word| word.trim_start_matches('@').to_owned()).collect();
    let arity = info[1].as_i64().unwrap_or(0) as i16;
    let mut flags = strings(&info[2]);
    flags.extend(strings(&info[7]));
    // 6.2 says some things with flags that later are ACL categories or tips.
    for (from, to) in [("random", "nondeterministic_output"), ("sort_for_script", "nondeterministic_output_order")] {
        if let Some(flag) = flags.iter_mut().find(|flag| *flag == from) {
            *flag = to.to_owned();
        }
    }
    if acl.iter().any(|category| category == "dangerous") {
        flags.push("dangerous".to_owned());
    }
    let known: Vec<&str> = KNOWN_FLAGS.to_vec();
    flags.retain(|flag| known.contains(&flag.as_str()));
    flags.sort();
    flags.dedup();
    if facts.arity.last().is_none_or(|(_, last)| *last != arity) {
        facts.arity.push((version.to_owned(), arity));
    }
    if facts.flags.last().is_none_or(|(_, last)| *last != flags) {
        facts.flags.push((version.to_owned(), flags));
    }
    facts.acl = acl;
    if facts.since.is_empty() {
        facts.since = version.to_owned();
    }
    if docs.is_null() {
        return 1;
    }
    if let Some(group) = docs["group"].as_str() {
        row.group = group.to_owned();
    }
    if let Some(since) = docs["since"].as_str() {
        facts.since = minor(since);
    }
    facts.complexity = big_o(docs["complexity"].as_str().unwrap_or_default());
    facts.deprecated = docs["deprecated_since"]
        .as_str()
        .map(|since| (minor(since), backticked(docs["replaced_by"].as_str().unwrap_or_default())));
    facts.keys = info[8].as_array().into_iter().flatten().map(key_spec).collect();
    facts.args = docs["arguments"].as_array().into_iter().flatten().map(argument).collect();
    1
}

const KNOWN_FLAGS: &[&str] = &[
    "write",
    "readonly",
    "denyoom",
    "noscript",
    "blocking",
    "may_replicate",
    "fast",
    "movablekeys",
    "nondeterministic_output",
    "nondeterministic_output_order",
    "pubsub",
    "admin",
    "dangerous",
];

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

fn minor(version: &str) -> String {
    version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
}

/// The first balanced `O(…)` of a complexity note.
fn big_o(text: &str) -> String {
    let Some(start) = text.find("O(") else { return String::new() };
    let mut depth = 0;
    for (at, c) in text[start..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return text[start..=start + at].to_owned();
                }
            }
            _ => {}
        }
    }
    String::new()
}

/// The commands and options that a note names in backticks.
fn backticked(text: &str) -> String {
    text.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(" ")
}

fn key_spec(spec: &Value) -> Value {
    let flags = strings(&spec["flags"]);
    let has = |flag: &str| flags.iter().any(|have| have == flag);
    let access = ["RO", "RW", "OW", "RM"].into_iter().find(|flag| has(flag)).unwrap_or("RO");
    let mut out = serde_json::json!({ "access": access, "begin": spec["begin_search"], "find": spec["find_keys"] });
    if has("incomplete") {
        out["incomplete"] = true.into();
    }
    if has("not_key") {
        out["not_key"] = true.into();
    }
    out
}

fn argument(argument: &Value) -> Value {
    let mut out = serde_json::Map::new();
    for field in ["name", "type", "token", "flags", "since", "deprecated_since"] {
        if !argument[field].is_null() {
            out.insert(field.to_owned(), argument[field].clone());
        }
    }
    if let Some(parts) = argument["arguments"].as_array() {
        out.insert("arguments".to_owned(), parts.iter().map(self::argument).collect());
    }
    out.into()
}
