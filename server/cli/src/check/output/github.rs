//! `--format github`: workflow commands, which GitHub shows beside the changed lines.

use std::io::Write as _;

use anyhow::Result;
use linter::Level;

use crate::check::Report;

pub(crate) fn write(report: &Report, hints: bool) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for file in &report.files {
        let index = file.lines();
        for finding in file.findings.iter().filter(|finding| hints || finding.level > Level::Hint) {
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
                property(&file.path),
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
    }
    out.flush()?;
    Ok(())
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
