//! `--format sarif`: SARIF 2.1.0, for code scanning services.

use std::{collections::BTreeMap, io::Write as _};

use anyhow::Result;
use linter::{Diagnostic, Level};
use serde_json::{Value, json};
use text::{LineIndex, TextRange};

use crate::check::{Checked, Report};

pub(crate) fn write(report: &Report) -> Result<()> {
    let rules: Vec<&str> = linter::RULES.iter().map(|rule| rule.code).collect();
    let places: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(at, code)| (*code, at)).collect();
    let mut results = Vec::new();
    for file in report.files.iter().filter(|file| !file.findings.is_empty()) {
        let index = file.lines();
        results.extend(file.findings.iter().map(|finding| result(file, &index, finding, &places)));
    }
    let log = json!({
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
            "results": results,
        }],
    });
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, &log)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
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

fn result(file: &Checked, index: &LineIndex, finding: &Diagnostic, places: &BTreeMap<&str, usize>) -> Value {
    let location = |range: TextRange| {
        json!({
            "artifactLocation": { "uri": uri(&file.path) },
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
            "artifactChanges": [{ "artifactLocation": { "uri": uri(&file.path) }, "replacements": replacements }],
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
