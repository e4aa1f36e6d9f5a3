//! Checked files, and the sums of a check.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use linter::{Diagnostic, Level};
use semantic::facts::Facts;
use text::LineIndex;

/// A file that was checked.
pub(crate) struct Checked {
    /// The path to show: relative to the current folder, with `/`.
    pub path: String,
    /// Its path; none for standard input.
    pub file: Option<PathBuf>,
    /// Its text.
    pub source: Arc<[u8]>,
    /// The findings, in source order.
    pub findings: Vec<Diagnostic>,
    /// True if it is a file of another language, with scripts in its strings.
    pub is_host: bool,
    /// Number of scripts: one for a script, those in its strings for a file of another language.
    pub scripts: usize,
    /// Summaries of the scripts, if asked for.
    pub facts: Vec<ScriptFacts>,
}

impl Checked {
    /// Adds another script of the same file.
    pub(super) fn join(&mut self, other: Self) {
        self.scripts += other.scripts;
        self.findings.extend(other.findings);
        self.findings.sort_by_key(|it| (it.range.start, it.range.end));
        self.facts.extend(other.facts);
    }

    /// The file's line index.
    pub(crate) fn lines(&self) -> LineIndex {
        LineIndex::new(&self.source)
    }
}

/// Summary of a script, or of a function of a library.
pub(crate) struct ScriptFacts {
    /// For a script in a string its name in the file.
    pub script: Option<String>,
    /// Offset in the file at which it begins.
    pub start: u32,
    /// The summary.
    pub facts: Facts,
}

/// The sums of a check.
#[derive(Default)]
pub(crate) struct Totals {
    /// Files of the paths.
    pub files: usize,
    /// Scripts among them.
    pub scripts: usize,
    /// Findings by level.
    pub errors: usize,
    pub warnings: usize,
    pub hints: usize,
    /// Findings with edits that `--fix` applies.
    pub fixable: usize,
    /// Findings with edits that only `--fix --unsafe` applies.
    pub fixable_unsafe: usize,
    /// The fixes that were applied.
    pub fixed: Vec<Fixed>,
    /// Files that could not be read.
    pub unreadable: usize,
    /// Files that were only read for what they give to these.
    pub others: Vec<PathBuf>,
}

impl Totals {
    pub(super) fn add(&mut self, file: &Checked) {
        let count = |level| file.findings.iter().filter(|finding| finding.level == level).count();
        self.files += 1;
        self.scripts += file.scripts;
        self.errors += count(Level::Error);
        self.warnings += count(Level::Warning);
        self.hints += count(Level::Hint);
        let fixes = || file.findings.iter().filter_map(|it| it.fix.as_ref());
        self.fixable += fixes().filter(|fix| fix.safe).count();
        self.fixable_unsafe += fixes().filter(|fix| !fix.safe).count();
    }
}

/// The fixes of a file that were applied.
pub(crate) struct Fixed {
    /// The path to show.
    pub path: String,
    /// Path of the file; none for standard input.
    pub(super) file: Option<PathBuf>,
    pub(super) before: Arc<[u8]>,
    pub(super) after: Arc<[u8]>,
    /// Findings that were fixed, by rule.
    pub rules: BTreeMap<&'static str, usize>,
}
