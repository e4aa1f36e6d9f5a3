//! `--format junit`: a test suite a file, a failed case a finding.

use std::io::Write as _;

use anyhow::Result;
use linter::Level;
use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::check::Report;

pub(crate) fn write(report: &Report, hints: bool) -> Result<()> {
    let mut junit = Junit::new("redlua check");
    for file in report.files.iter().filter(|file| file.is_script) {
        let mut suite = TestSuite::new(file.path.as_str());
        let index = file.lines();
        let shown: Vec<_> = file.findings.iter().filter(|finding| hints || finding.level > Level::Hint).collect();
        if shown.is_empty() {
            suite.add_test_case(TestCase::new("no findings", TestCaseStatus::success()));
        }
        for finding in shown {
            let place = index.line_col(&file.source, finding.range.start);
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(finding.level.as_str()).set_message(finding.message.as_str());
            status.set_description(format!("{}:{}:{}", file.path, place.line, place.column));
            let name = format!("{} at {}:{}", finding.code, place.line, place.column);
            suite.add_test_case(TestCase::new(name, status));
        }
        junit.add_test_suite(suite);
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    junit.serialize(&mut out)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}
