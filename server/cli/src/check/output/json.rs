//! `--format json`: the stable interface for other programs.

use std::io::Write;

use anyhow::Result;
use linter::{Diagnostic, Fix};
use serde::Serialize;
use text::LineIndex;

use super::{
    facts,
    writer::{Items, Output},
};
use crate::check::checked::{Checked, Totals};

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

/// One JSON object.
#[derive(Default)]
pub(super) struct Json {
    diagnostics: Items,
    /// Summaries of the scripts, if asked for.
    scripts: Option<Vec<serde_json::Value>>,
    /// True to list the fixes.
    fix: bool,
}

impl Json {
    pub(super) fn new(scripts: bool, fix: bool) -> Self {
        Self { scripts: scripts.then(Vec::new), fix, ..Self::default() }
    }

    fn begin(&self, out: &mut dyn Write) -> Result<()> {
        if self.diagnostics.count == 0 {
            write!(out, "{{\n  \"diagnostics\": [")?;
        }
        Ok(())
    }
}

impl Output for Json {
    fn file(&mut self, out: &mut dyn Write, file: &Checked) -> Result<()> {
        if !file.findings.is_empty() {
            let index = file.lines();
            for finding in &file.findings {
                self.begin(out)?;
                self.diagnostics.put(out, 2, &item(file, &index, finding))?;
            }
        }
        if let Some(scripts) = &mut self.scripts {
            if file.facts.is_empty() {
                return Ok(());
            }
            let index = file.lines();
            scripts.extend(file.facts.iter().map(|one| facts::json(file, &index, one)));
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, totals: &Totals) -> Result<()> {
        self.begin(out)?;
        self.diagnostics.end(out, 1)?;
        let summary = Summary {
            files: totals.files,
            scripts: totals.scripts,
            errors: totals.errors,
            warnings: totals.warnings,
            hints: totals.hints,
        };
        write!(out, ",\n  \"summary\": {}", serde_json::to_string_pretty(&summary)?.replace('\n', "\n  "))?;
        if self.fix {
            let fixed: serde_json::Map<_, _> =
                totals.fixed.iter().map(|it| (it.path.clone(), serde_json::json!(it.rules))).collect();
            write!(out, ",\n  \"fixed\": {}", serde_json::to_string_pretty(&fixed)?.replace('\n', "\n  "))?;
        }
        if let Some(scripts) = &self.scripts {
            write!(out, ",\n  \"scripts\": {}", serde_json::to_string_pretty(scripts)?.replace('\n', "\n  "))?;
        }
        writeln!(out, "\n}}")?;
        Ok(())
    }
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
