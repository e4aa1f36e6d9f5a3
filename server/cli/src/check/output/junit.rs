//! `--format junit`: a test suite a file, a failed case a finding.

use std::io::Write;

use anyhow::Result;
use linter::Level;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::writer::Output;
use crate::check::checked::{Checked, Totals};

/// A report that is written at the end, for it begins with its counts.
pub(super) struct JUnit {
    report: Report,
    hints: bool,
}

impl JUnit {
    pub(super) fn new(hints: bool) -> Self {
        Self { report: Report::new("redlua check"), hints }
    }
}

impl Output for JUnit {
    fn file(&mut self, _: &mut dyn Write, file: &Checked) -> Result<()> {
        if file.scripts == 0 {
            return Ok(());
        }
        let mut suite = TestSuite::new(file.path.as_str());
        let case = |name: &str, status| {
            let mut case = TestCase::new(name, status);
            case.set_classname(class(&file.path));
            case
        };
        let index = file.lines();
        let shown: Vec<_> = file.findings.iter().filter(|it| self.hints || it.level > Level::Hint).collect();
        if shown.is_empty() {
            suite.add_test_case(case("no findings", TestCaseStatus::success()));
        }
        for finding in shown {
            let place = index.line_col(&file.source, finding.range.start);
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(finding.level.as_str()).set_message(finding.message.as_str());
            status.set_description(format!("{}:{}:{}", file.path, place.line, place.column));
            let name = format!("{} at {}:{}", finding.code, place.line, place.column);
            suite.add_test_case(case(&name, status));
        }
        self.report.add_test_suite(suite);
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, _: &Totals) -> Result<()> {
        self.report.serialize(&mut *out)?;
        writeln!(out)?;
        Ok(())
    }
}

/// A file as a class, by which build servers group the cases: its path without the extension, dots for slashes.
fn class(path: &str) -> String {
    let path = path.strip_suffix(".lua").unwrap_or(path);
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != "." && *part != "..");
    parts.collect::<Vec<_>>().join(".")
}
