//! `--format json`: the stable interface for other programs.

use std::io::Write as _;

use anyhow::Result;
use linter::{Diagnostic, Fix, Level};
use serde::Serialize;
use text::LineIndex;

use super::facts;
use crate::check::{Checked, Report};

#[derive(Serialize)]
struct Output<'a> {
    diagnostics: Vec<Item<'a>>,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    scripts: Option<Vec<serde_json::Value>>,
}

#[derive(Serialize)]
struct Item<'a> {
    path: &'a str,
    code: &'a str,
    level: &'a str,
    message: &'a str,
    start: Place,
    end: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<RelatedItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixItem<'a>>,
}

#[derive(Serialize)]
struct RelatedItem<'a> {
    path: &'a str,
    message: &'a str,
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct FixItem<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<EditItem<'a>>,
}

#[derive(Serialize)]
struct EditItem<'a> {
    start: Place,
    end: Place,
    text: &'a str,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    scripts: usize,
    errors: usize,
    warnings: usize,
    hints: usize,
}

pub(crate) fn write(report: &Report, scripts: bool) -> Result<()> {
    let mut diagnostics = Vec::new();
    for file in report.files.iter().filter(|file| !file.findings.is_empty()) {
        let index = file.lines();
        diagnostics.extend(file.findings.iter().map(|finding| item(file, &index, finding)));
    }
    let summary = Summary {
        files: report.files.len(),
        scripts: report.files.iter().filter(|file| file.is_script).count(),
        errors: report.count(Level::Error),
        warnings: report.count(Level::Warning),
        hints: report.count(Level::Hint),
    };
    let scripts = scripts.then(|| {
        let all = report.files.iter().flat_map(|file| file.facts.iter().map(|facts| facts::json(file, facts)));
        all.collect()
    });
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, &Output { diagnostics, summary, scripts })?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

fn item<'a>(file: &'a Checked, index: &LineIndex, finding: &'a Diagnostic) -> Item<'a> {
    let place = |at: u32| {
        let place = index.line_col(&file.source, at);
        Place { line: place.line, column: place.column }
    };
    Item {
        path: &file.path,
        code: finding.code,
        level: finding.level.as_str(),
        message: &finding.message,
        start: place(finding.range.start),
        end: place(finding.range.end),
        help: finding.help.as_deref(),
        related: finding
            .related
            .iter()
            .filter(|related| related.path.is_none())
            .map(|related| RelatedItem {
                path: &file.path,
                message: &related.message,
                start: place(related.range.start),
                end: place(related.range.end),
            })
            .collect(),
        fix: finding.fix.as_ref().map(|fix: &Fix| FixItem {
            title: &fix.title,
            safe: fix.safe,
            edits: fix
                .edits
                .iter()
                .map(|edit| EditItem { start: place(edit.range.start), end: place(edit.range.end), text: &edit.text })
                .collect(),
        }),
    }
}
