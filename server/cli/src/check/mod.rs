//! `redlua check`.

mod engine;
mod fix;
mod output;
mod progress;
mod settings;
mod watch;

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::{Result, bail};
use linter::{Diagnostic, Level, registry};
use semantic::facts::Facts;
use text::LineIndex;
use workspace::Settings;

use self::progress::Progress;
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
pub(crate) struct Totals {
    /// Files of the paths.
    pub files: usize,
    /// How many of them are scripts.
    pub scripts: usize,
    /// Findings by level.
    pub errors: usize,
    pub warnings: usize,
    pub hints: usize,
    /// Findings with edits that `--fix` applies.
    pub fixable: usize,
    /// Files that could not be read.
    pub unreadable: usize,
    /// Files that were only read for what they give to these.
    pub others: Vec<PathBuf>,
}

impl Totals {
    fn add(&mut self, file: &Checked) {
        let count = |level| file.findings.iter().filter(|finding| finding.level == level).count();
        self.files += 1;
        self.scripts += usize::from(file.is_script);
        self.errors += count(Level::Error);
        self.warnings += count(Level::Warning);
        self.hints += count(Level::Hint);
        self.fixable += file.findings.iter().filter(|it| it.fix.as_ref().is_some_and(|fix| fix.safe)).count();
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
    let mut out: Box<dyn Write> = match args.format {
        Format::Human => Box::new(anstream::stdout()),
        _ => Box::new(std::io::stdout()),
    };
    let (totals, fails) = if args.fix {
        // What is found before the files change is written only if none does.
        let mut text = Vec::new();
        let mut mended = 0;
        let mut done = pass(args, &settings, failing, &mut text, |files| {
            for file in files {
                mended += usize::from(fix::apply(file)?);
            }
            Ok(())
        })?;
        if mended > 0 {
            done = pass(args, &settings, failing, &mut out, |_| Ok(()))?;
        } else {
            out.write_all(&text)?;
        }
        done
    } else {
        pass(args, &settings, failing, &mut out, |_| Ok(()))?
    };
    out.flush()?;
    let code = match (totals.unreadable > 0 || !settings.problems.is_empty(), fails) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::from(1),
        (false, false) => ExitCode::SUCCESS,
    };
    let others = settings.file.iter().cloned().chain(totals.others).collect();
    Ok((code, settings, others))
}

/// Checks all files and writes the findings. `each` is called with every chunk of files. Returns also whether a finding
/// makes the check fail.
fn pass(
    args: &Check,
    settings: &Settings,
    failing: &Failing,
    out: &mut dyn Write,
    mut each: impl FnMut(&[Checked]) -> Result<()>,
) -> Result<(Totals, bool)> {
    let progress = Progress::start();
    let mut output = output::new(args);
    let mut text = Vec::new();
    let mut fails = false;
    let totals = engine::check(args, settings, &progress, |files| {
        each(&files)?;
        for file in &files {
            output.file(&mut text, file)?;
            let is_failure =
                |it: &Diagnostic| it.level >= failing.level || failing.rules.iter().any(|rule| rule == it.code);
            fails |= file.findings.iter().any(is_failure);
        }
        if !text.is_empty() {
            let _paused = progress.pause();
            out.write_all(&text)?;
            out.flush()?;
            text.clear();
        }
        Ok(())
    })?;
    drop(progress);
    output.end(out, &totals)?;
    Ok((totals, fails))
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
