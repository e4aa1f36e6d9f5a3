//! `redlua check`.

mod engine;
mod fix;
mod output;
mod settings;
mod watch;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, bail};
use linter::{Diagnostic, Level, registry};
use semantic::facts::Facts;
use text::LineIndex;
use workspace::Settings;

use crate::args::{Check, Format};
pub(crate) use fix::replace;
pub(crate) use settings::load as load_settings;

/// One file that was looked at.
pub(crate) struct Checked {
    /// The path as it is shown: relative to where we are, with `/`.
    pub path: String,
    /// Where it lies; none for standard input.
    pub file: Option<PathBuf>,
    /// Its bytes.
    pub source: std::sync::Arc<[u8]>,
    /// The findings, in source order.
    pub findings: Vec<Diagnostic>,
    /// Whether it is a script.
    pub is_script: bool,
    /// What it does as a whole, if that is asked for: of each function, where it is a library.
    pub facts: Vec<Facts>,
}

impl Checked {
    /// The file's line index.
    pub(crate) fn lines(&self) -> LineIndex {
        LineIndex::new(&self.source)
    }
}

/// What a check came to.
#[derive(Default)]
pub(crate) struct Report {
    /// The files, by path.
    pub files: Vec<Checked>,
    /// How many files could not be read.
    pub unreadable: usize,
    /// Files that were only read for what they give to these.
    pub others: Vec<PathBuf>,
}

impl Report {
    /// All findings with their files.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&Checked, &Diagnostic)> {
        self.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)))
    }

    /// How many findings of a level there are.
    pub(crate) fn count(&self, level: Level) -> usize {
        self.findings().filter(|(_, finding)| finding.level == level).count()
    }
}

/// What makes the check fail.
struct Failing {
    level: Level,
    rules: Vec<String>,
}

pub(crate) fn run(args: &Check) -> Result<ExitCode> {
    let failing = failing(&args.deny)?;
    if args.summary && !matches!(args.format, Format::Human | Format::Json) {
        bail!("--summary is written with `--format human` or `json` only");
    }
    if args.watch {
        watch::run(args, || {
            let (_, settings, others) = once(args, &failing)?;
            Ok((settings, others))
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    once(args, &failing).map(|(code, ..)| code)
}

/// Checks the paths. Returns also the settings, and the files that were read beside those of the paths.
fn once(args: &Check, failing: &Failing) -> Result<(ExitCode, Settings, Vec<PathBuf>)> {
    let settings = settings::load(args)?;
    let mut report = engine::check(args, &settings)?;
    if args.fix {
        let mended = fix::apply(&report)?;
        if mended > 0 {
            report = engine::check(args, &settings)?;
        }
    }
    match args.format {
        Format::Human => output::human::write(&report, args.hints)?,
        Format::Json => output::json::write(&report, args.summary)?,
        Format::Sarif => output::sarif::write(&report)?,
        Format::Github => output::github::write(&report, args.hints)?,
        Format::Junit => output::junit::write(&report, args.hints)?,
    }
    let fails =
        report.findings().any(|(_, it)| it.level >= failing.level || failing.rules.iter().any(|rule| rule == it.code));
    let code = match (report.unreadable > 0 || !settings.problems.is_empty(), fails) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::from(1),
        (false, false) => ExitCode::SUCCESS,
    };
    let others = settings.file.iter().cloned().chain(report.others).collect();
    Ok((code, settings, others))
}

fn failing(deny: &[String]) -> Result<Failing> {
    let mut failing = Failing { level: Level::Error, rules: Vec::new() };
    for name in deny {
        match name.as_str() {
            "errors" | "error" => {}
            "warnings" | "warning" => failing.level = failing.level.min(Level::Warning),
            "hints" | "hint" | "all" => failing.level = Level::Hint,
            code if registry::rule(code).is_some() => failing.rules.push(code.to_owned()),
            code => match registry::suggest(code) {
                Some(meant) => bail!("--deny: there is no rule `{code}`: did you mean `{meant}`?"),
                None => bail!("--deny takes `warnings`, `hints` or a rule's name, not `{code}`"),
            },
        }
    }
    Ok(failing)
}
