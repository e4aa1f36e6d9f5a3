//! `--format github`: workflow commands, which GitHub shows beside the changed lines.

use std::io::Write;

use anyhow::Result;
use linter::Level;

use super::writer::{Output, Repository};
use crate::check::checked::{Checked, Totals};

/// A workflow command a finding.
pub(super) struct Github {
    hints: bool,
    repository: Repository,
}

impl Github {
    pub(super) fn new(hints: bool) -> Self {
        Self { hints, repository: Repository::here() }
    }
}

impl Output for Github {
    fn file(&mut self, out: &mut dyn Write, file: &Checked) -> Result<()> {
        let index = file.lines();
        for finding in file.findings.iter().filter(|finding| self.hints || finding.level > Level::Hint) {
            let kind = match finding.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Hint => "notice",
            };
            let start = index.line_col(&file.source, finding.range.start);
            let end = index.line_col(&file.source, finding.range.end);
            writeln!(
                out,
                "::{kind} file={},line={},endLine={},col={},endColumn={},title={}::{}",
                property(&self.repository.path(file)),
                start.line,
                end.line,
                start.column,
                end.column,
                finding.code,
                message(&match &finding.help {
                    Some(help) => format!("{} ({help})", finding.message),
                    None => finding.message.clone(),
                }),
            )?;
        }
        Ok(())
    }

    fn end(&mut self, _: &mut dyn Write, _: &Totals) -> Result<()> {
        Ok(())
    }
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
