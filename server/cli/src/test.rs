//! `redlua test`.

use std::{io::Write as _, path::Path, process::ExitCode};

use anyhow::{Context as _, Result};
use commands::Target;
use on::Label;
use script::Cancel;
use spec::{Example, Result as Judged, Verdict};
use workspace::{Found, Settings};

use crate::{
    args::{Check, Test},
    check, notice, on,
    run::{Seed, Source, budget, on_large_stack},
};

/// A file with examples.
struct File {
    path: String,
    /// Script that `.` denotes; none in a transcript.
    code: Option<Vec<u8>>,
    examples: Vec<Example>,
}

/// The verdicts on a file, at one place.
struct Judgement {
    path: String,
    label: Label,
    verdicts: Vec<Verdict>,
}

pub(crate) fn run(args: &Test) -> Result<ExitCode> {
    let asked = Check {
        target: args.target.clone(),
        cluster: args.cluster,
        config: args.config.clone(),
        ..Check::for_paths(&args.paths)
    };
    let settings = check::load_settings(&asked)?;
    let (files, unreadable) = files(args, &settings)?;
    let seed = Seed::read(args.seed.as_deref(), &settings)?;
    let mut targets = settings.config.options.targets.clone();
    if targets.is_empty() {
        targets.push(Target::DEFAULT);
    }
    let (budget, cluster) = (budget(&settings, None), settings.config.options.cluster);
    let mut real = Vec::new();
    if !args.on.on.is_empty() {
        let plain = files.iter().map(|file| on::File { code: file.code.as_deref(), examples: &file.examples });
        let done = on::examples(&args.on, &settings, &plain.collect::<Vec<_>>(), &seed.commands)?;
        for (label, verdicts) in done.real {
            let judged = files.iter().zip(verdicts);
            real.extend(judged.map(|(file, verdicts)| Judgement {
                path: file.path.clone(),
                label: label.clone(),
                verdicts,
            }));
        }
        if !done.has_embedded {
            targets.clear();
        }
    }
    let mut judged = on_large_stack(move || -> Result<Vec<Judgement>> {
        let mut judged = Vec::new();
        for file in files {
            for &target in &targets {
                let options =
                    spec::Options { target, cluster, budget, cancel: Cancel::default(), seed: seed.commands.clone() };
                let verdicts =
                    spec::run(file.code.as_deref(), &file.examples, &options).with_context(|| seed.context())?;
                judged.push(Judgement { path: file.path.clone(), label: Label::Embedded(target), verdicts });
            }
        }
        Ok(judged)
    })??;
    judged.extend(real);
    if args.json {
        json(&judged)?
    } else {
        human(&judged)?
    }
    let failed = judged.iter().flat_map(|file| &file.verdicts).any(|it| it.result != Judged::Passed);
    Ok(match (unreadable, failed) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::from(1),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// The files with examples, and whether some could not be read.
fn files(args: &Test, settings: &Settings) -> Result<(Vec<File>, bool)> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let (found, missing) = workspace::files_with_hosts(&args.paths, &here, settings);
    missing.iter().for_each(|text| notice::error(text));
    let mut unreadable = !missing.is_empty();
    let mut files = Vec::new();
    let is_transcript = |path: &Path| path.extension().is_some_and(|extension| extension == "redis");
    for found in found.into_iter().filter(|found| !is_transcript(&found.path)) {
        let is_host =
            || std::fs::read(&found.path).is_ok_and(|text| settings.host_language_of(&found.path, &text).is_some());
        if is_host() {
            match embedded(found, &here, settings) {
                Ok(some) => files.extend(some),
                Err(error) => {
                    notice::error(&error.to_string());
                    unreadable = true;
                }
            }
            continue;
        }
        match Source::read(&found.path, None, settings) {
            Ok(source) => {
                // Examples in what is included are that file's own.
                let text = std::fs::read(&found.path).unwrap_or_default();
                let examples = spec::examples(&text);
                if !examples.is_empty() {
                    files.push(File { path: source.shown(0), code: Some(source.flat.code), examples });
                }
            }
            Err(error) => {
                notice::error(&format!("{error:#}"));
                unreadable = true;
            }
        }
    }
    let (transcripts, _) = workspace::files_named(&args.paths, "redis", &here, settings);
    for path in transcripts.into_iter().map(|found| found.path).filter(|path| is_transcript(path)) {
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) => {
                notice::error(&format!("{}: {error}", path.display()));
                unreadable = true;
                continue;
            }
        };
        let shown = path.strip_prefix(&here).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let examples = spec::transcript(&text);
        // A file without replies fills a keyspace and has nothing to test.
        if examples.iter().any(|example| example.expected.is_some()) {
            files.push(File { path: shown, code: None, examples });
        }
    }
    Ok((files, unreadable))
}

/// The scripts with examples in the strings of a file of another language. Their lines are those of the file.
fn embedded(found: Found, here: &Path, settings: &Settings) -> Result<Vec<File>> {
    let shown = found.path.strip_prefix(here).unwrap_or(&found.path).to_string_lossy().replace('\\', "/");
    let scripts = workspace::read_scripts(found, settings);
    let scripts = scripts.map_err(|(_, error)| anyhow::anyhow!("{shown}: {error}"))?;
    let mut files = Vec::new();
    for embedding in scripts.into_iter().filter_map(|loaded| loaded.embedding) {
        let mut examples = spec::examples(&embedding.script().text);
        if examples.is_empty() {
            continue;
        }
        let source = Source::of_embedding(&embedding, here.to_path_buf(), settings)?;
        let line = |line: u32| line.checked_sub(1).and_then(|line| embedding.line(line)).map_or(line, |line| line + 1);
        for example in &mut examples {
            (example.line, example.last_line) = (line(example.line), line(example.last_line));
        }
        files.push(File { path: shown.clone(), code: Some(source.flat.code), examples });
    }
    Ok(files)
}

fn json(judged: &[Judgement]) -> Result<()> {
    let files: Vec<serde_json::Value> = judged
        .iter()
        .map(|file| {
            let place = if matches!(file.label, Label::Embedded(_)) { "target" } else { "server" };
            serde_json::json!({
                "path": file.path,
                place: file.label.to_string(),
                "examples": spec::json::verdicts(&file.verdicts),
            })
        })
        .collect();
    let (passed, failed) = counts(judged);
    let out = serde_json::json!({ "files": files, "summary": { "passed": passed, "failed": failed } });
    let mut stdout = anstream::stdout();
    writeln!(stdout, "{}", serde_json::to_string_pretty(&out)?)?;
    Ok(())
}

fn counts(judged: &[Judgement]) -> (usize, usize) {
    let all = judged.iter().flat_map(|file| &file.verdicts);
    let (passed, failed): (Vec<_>, Vec<_>) = all.partition(|it| it.result == Judged::Passed);
    (passed.len(), failed.len())
}

fn human(judged: &[Judgement]) -> Result<()> {
    let mut out = std::io::BufWriter::new(anstream::stdout());
    let several = judged.windows(2).any(|two| two[0].label != two[1].label);
    for file in judged {
        for verdict in &file.verdicts {
            let place = format!("{}:{}", file.path, verdict.example.line);
            let server = if several { format!(" on {}", file.label) } else { String::new() };
            match &verdict.result {
                Judged::Passed => {}
                Judged::Differs { expected, got } => {
                    writeln!(out, "\u{1b}[1;31m✗\u{1b}[0m {place}{server}: {}", verdict.example.command)?;
                    expected.lines().try_for_each(|line| writeln!(out, "    \u{1b}[31m- {line}\u{1b}[0m"))?;
                    got.lines().try_for_each(|line| writeln!(out, "    \u{1b}[32m+ {line}\u{1b}[0m"))?;
                }
                Judged::Broken(why) => {
                    writeln!(out, "\u{1b}[1;31m✗\u{1b}[0m {place}{server}: {}\n    {why}", verdict.example.command)?;
                }
            }
        }
    }
    let (passed, failed) = counts(judged);
    let plural = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    if failed > 0 {
        writeln!(out, "{} passed, {failed} failed", plural(passed, "example"))?;
    } else if passed > 0 {
        writeln!(out, "\u{1b}[1;32m✓ {}\u{1b}[0m", plural(passed, "example"))?;
    } else {
        writeln!(out, "no examples here: write `--> EVAL . 1 key` and `--= (integer) 1` in a script's comments")?;
    }
    out.flush()?;
    Ok(())
}
