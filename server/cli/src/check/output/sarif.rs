//! `--format sarif`: SARIF 2.1.0, for code scanning services.

use std::{collections::BTreeMap, io::Write};

use anyhow::Result;
use linter::{Diagnostic, Level};
use serde_json::{Value, json};
use text::{LineIndex, TextRange};

use super::writer::{Items, Output, Repository};
use crate::check::checked::{Checked, Totals};

/// A SARIF log with one run.
#[derive(Default)]
pub(super) struct Sarif {
    results: Items,
    /// Text to write after the results; none until the first result is written.
    tail: Option<String>,
    repository: Repository,
}

/// Start of the list of results in a log without any.
const NO_RESULTS: &str = "\"results\": [";

impl Sarif {
    pub(super) fn new() -> Self {
        Self { repository: Repository::here(), ..Self::default() }
    }

    fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        if self.tail.is_none() {
            let log = serde_json::to_string_pretty(&log())?;
            let (head, tail) = log.split_once(NO_RESULTS).unwrap_or((&log, ""));
            write!(out, "{head}{NO_RESULTS}")?;
            self.tail = Some(tail.strip_prefix(']').unwrap_or(tail).to_owned());
        }
        Ok(())
    }
}

impl Output for Sarif {
    fn file(&mut self, out: &mut dyn Write, file: &Checked) -> Result<()> {
        if file.findings.is_empty() {
            return Ok(());
        }
        self.begin(out)?;
        let index = file.lines();
        let uri = uri(&self.repository.path(file));
        let places: BTreeMap<&str, usize> =
            linter::RULES.iter().enumerate().map(|(at, rule)| (rule.code, at)).collect();
        for finding in &file.findings {
            self.results.put(out, 4, &result(file, &uri, &index, finding, &places))?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, _: &Totals) -> Result<()> {
        self.begin(out)?;
        self.results.end(out, 3)?;
        writeln!(out, "{}", self.tail.as_deref().unwrap_or_default())?;
        Ok(())
    }
}

/// The log without results.
fn log() -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "redlua",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": linter::RULES.iter().map(|rule| json!({
                    "id": rule.code,
                    "shortDescription": { "text": rule.summary() },
                    "helpUri": rule.page(),
                    "help": { "text": rule.docs, "markdown": rule.docs },
                    "defaultConfiguration": { "level": level(rule.level) },
                })).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": [],
        }],
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Hint => "note",
    }
}

fn region(file: &Checked, index: &LineIndex, range: TextRange) -> Value {
    let start = index.line_col(&file.source, range.start);
    let end = index.line_col(&file.source, range.end);
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}

fn result(file: &Checked, uri: &str, index: &LineIndex, finding: &Diagnostic, places: &BTreeMap<&str, usize>) -> Value {
    let location = |range: TextRange| {
        json!({
            "artifactLocation": { "uri": uri },
            "region": region(file, index, range),
        })
    };
    let mut result = json!({
        "ruleId": finding.code,
        "ruleIndex": places.get(finding.code),
        "level": level(finding.level),
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": location(finding.range) }],
    });
    let related: Vec<Value> = finding
        .related
        .iter()
        .filter(|related| related.path.is_none())
        .map(|related| json!({ "message": { "text": related.message }, "physicalLocation": location(related.range) }))
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if let Some(fix) = &finding.fix {
        let replacements: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| {
                json!({ "deletedRegion": region(file, index, edit.range), "insertedContent": { "text": edit.text } })
            })
            .collect();
        result["fixes"] = json!([{
            "description": { "text": fix.title },
            "artifactChanges": [{ "artifactLocation": { "uri": uri }, "replacements": replacements }],
        }]);
    }
    result
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
