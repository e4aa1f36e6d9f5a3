//! `redlua check`.

mod calls;
mod checked;
mod engine;
mod fix;
mod output;
mod progress;
mod settings;
mod watch;

use std::{
    io::{Read as _, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use linter::{Diagnostic, Level, registry};
use workspace::Settings;

use self::{
    checked::{Fixed, Totals},
    fix::Texts,
    progress::Progress,
};
use crate::{
    args::{Check, Format},
    notice,
};
pub(crate) use fix::replace;
pub(crate) use settings::load as load_settings;

/// Findings that make the check fail.
struct Failing {
    level: Level,
    rules: Vec<String>,
}

pub(crate) fn run(args: &Check) -> Result<ExitCode> {
    meter::keep_small_blocks();
    let failing = failing(&args.deny)?;
    if args.summary && !matches!(args.format, Format::Human | Format::Json) {
        bail!("--summary is written with `--format human` or `json` only");
    }
    if args.statistics && !matches!(args.format, Format::Human | Format::Json) {
        bail!("--statistics is written with `--format human` or `json` only");
    }
    if args.unsafe_fixes && !args.fix && !args.diff {
        bail!("--unsafe goes with --fix or --diff");
    }
    if args.calls {
        if !matches!(args.format, Format::Human | Format::Json) {
            bail!("--calls is written with `--format human` or `json` only");
        }
        calls::run(args, &settings::load(args)?, &mut std::io::stdout())?;
        return Ok(ExitCode::SUCCESS);
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
    let mut texts = Texts::default();
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        let mut source = Vec::new();
        std::io::stdin().read_to_end(&mut source).context("standard input cannot be read")?;
        texts.stdin = Some(source.into());
    }
    let mends = args.fix || args.diff;
    // The fixed text of standard input goes to standard output, and the findings elsewhere.
    let is_filter = mends && texts.stdin.is_some();
    let mut out: Box<dyn Write> = match args.format {
        _ if args.silent || args.diff => Box::new(std::io::sink()),
        Format::Human if is_filter => Box::new(anstream::stderr()),
        Format::Human => Box::new(anstream::stdout()),
        _ if is_filter => Box::new(std::io::stderr()),
        _ => Box::new(std::io::stdout()),
    };
    let mut fixed = Vec::new();
    let mut text = Vec::new();
    let mut passes = 0;
    let (totals, fails) = loop {
        passes += 1;
        text.clear();
        let may_fix = mends && passes < fix::PASSES;
        let out: &mut dyn Write = if mends { &mut text } else { &mut out };
        if let Some(done) = pass(args, &settings, failing, &mut texts, may_fix.then_some(&mut fixed), out)? {
            break done;
        }
    };
    let fails = if args.diff {
        fix::show(&totals.fixed)?;
        !totals.fixed.is_empty()
    } else {
        fix::write(&totals.fixed)?;
        if let (true, Some(stdin)) = (is_filter, &texts.stdin) {
            std::io::stdout().write_all(stdin)?;
        }
        fails
    };
    out.write_all(&text)?;
    out.flush()?;
    // The formats for people and JSON say it themselves.
    let is_told = !args.diff && (args.statistics || matches!(args.format, Format::Human | Format::Json));
    if !totals.fixed.is_empty() && !is_told && !args.quiet && !args.silent {
        notice::plain(&fix::summary(&totals.fixed, !args.diff));
    }
    let code = match (totals.unreadable > 0 || !settings.problems.is_empty(), fails) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::from(1),
        (false, false) => ExitCode::SUCCESS,
    };
    let others = settings.file.iter().cloned().chain(totals.others).collect();
    Ok((code, settings, others))
}

/// Checks all files and writes the findings. Returns also whether a finding makes the check fail. With `fixed`, applies
/// fixes to `texts`; if there are any, the output is out of date and the result is none.
fn pass(
    args: &Check,
    settings: &Settings,
    failing: &Failing,
    texts: &mut Texts,
    mut fixed: Option<&mut Vec<Fixed>>,
    out: &mut dyn Write,
) -> Result<Option<(Totals, bool)>> {
    let progress = if args.quiet || args.silent { Progress::default() } else { Progress::start() };
    let mut output = output::new(args);
    let mut text = Vec::new();
    let mut fails = false;
    let mut changes = Vec::new();
    let mut totals = engine::check(args, settings, &progress, texts, |files| {
        for file in files {
            if let Some(fixed) = &mut fixed {
                changes.extend(fix::apply(file, args.unsafe_fixes, fixed));
            }
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
    if !changes.is_empty() {
        changes.into_iter().for_each(|change| texts.set(change));
        return Ok(None);
    }
    totals.fixed = fixed.map(std::mem::take).unwrap_or_default();
    output.end(out, &totals)?;
    Ok(Some((totals, fails)))
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
