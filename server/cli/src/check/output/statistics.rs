//! `--statistics`: findings counted by rule.

use std::{collections::BTreeMap, io::Write};

use anyhow::Result;
use linter::{Diagnostic, Level};
use serde::Serialize;

use super::{human::summary, writer::Output};
use crate::check::{
    checked::{Checked, Totals},
    fix,
};

/// The findings of one rule at one level.
#[derive(Serialize)]
struct Count {
    code: &'static str,
    level: &'static str,
    count: usize,
    /// Findings that `--fix` mends.
    fixable: usize,
    /// Findings that `--fix --unsafe` mends beside these.
    fixable_unsafe: usize,
}

/// Counts instead of findings.
pub(super) struct Statistics {
    counts: BTreeMap<(&'static str, Level), Count>,
    hints: bool,
    json: bool,
    quiet: bool,
}

impl Statistics {
    pub(super) fn new(hints: bool, json: bool, quiet: bool) -> Self {
        Self { counts: BTreeMap::new(), hints, json, quiet }
    }

    fn add(&mut self, finding: &Diagnostic) {
        let (code, level) = (finding.code, finding.level);
        let new = || Count { code, level: level.as_str(), count: 0, fixable: 0, fixable_unsafe: 0 };
        let count = self.counts.entry((code, level)).or_insert_with(new);
        count.count += 1;
        count.fixable += usize::from(finding.fix.as_ref().is_some_and(|fix| fix.safe));
        count.fixable_unsafe += usize::from(finding.fix.as_ref().is_some_and(|fix| !fix.safe));
    }
}

impl Output for Statistics {
    fn file(&mut self, _: &mut dyn Write, file: &Checked) -> Result<()> {
        let shown = |it: &&Diagnostic| self.hints || it.level > Level::Hint;
        let findings: Vec<&Diagnostic> = file.findings.iter().filter(shown).collect();
        findings.into_iter().for_each(|finding| self.add(finding));
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, totals: &Totals) -> Result<()> {
        let mut counts: Vec<&Count> = self.counts.values().collect();
        counts.sort_by_key(|it| (std::cmp::Reverse(it.count), it.code));
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&counts)?)?;
            return Ok(());
        }
        let digits = counts.first().map_or(0, |it| it.count.to_string().len());
        let width = counts.iter().map(|it| it.code.len()).max().unwrap_or(0);
        for it in &counts {
            let fix = match (it.fixable, it.fixable_unsafe) {
                (0, 0) => String::new(),
                (safe, 0) => format!("{safe} by --fix"),
                (0, more) => format!("{more} by --fix --unsafe"),
                (safe, more) => format!("{safe} by --fix, {more} more with --unsafe"),
            };
            let line = format!("{:digits$}  {:7}  {:width$}  {fix}", it.count, it.level, it.code);
            writeln!(out, "{}", line.trim_end())?;
        }
        if !self.quiet {
            if !counts.is_empty() {
                writeln!(out)?;
            }
            if !totals.fixed.is_empty() {
                writeln!(out, "{}\n", fix::summary(&totals.fixed, true))?;
            }
            writeln!(out, "{}", summary(totals, self.hints))?;
        }
        Ok(())
    }
}
