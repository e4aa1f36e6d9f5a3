//! The pipeline from paths to findings: read and analyse on all cores, follow the includes, link, then lint on all cores.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use semantic::{Linked, facts};
use workspace::{Loaded, Project, Settings};

use super::{
    checked::{Checked, ScriptFacts, Totals},
    fix::Texts,
    progress::Progress,
};
use crate::{args::Check, notice};

/// Number of files that are checked before their findings are written.
const CHUNK: usize = 256;

/// Checks the paths of the command line, and writes each chunk of files as soon as it is done.
pub(crate) fn check(
    args: &Check,
    settings: &Settings,
    progress: &Progress,
    texts: &Texts,
    mut write: impl FnMut(&[Checked]) -> Result<()>,
) -> Result<Totals> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let shown = |path: &Path| shown(path, &here);
    let mut totals = Totals::default();
    let complain = |totals: &mut Totals, text: &str| {
        let _paused = progress.pause();
        notice::error(text);
        totals.unreadable += 1;
    };
    let (found, missing) = workspace::files_with_hosts(&args.paths, &here, settings);
    missing.iter().for_each(|text| complain(&mut totals, text));
    progress.expect(found.len());
    let fixed = texts.fixed.iter();
    let mut others: Vec<Loaded> =
        fixed.flat_map(|(path, text)| workspace::scripts_of(path.clone(), Arc::clone(text), settings)).collect();
    let stdin = texts.stdin.as_ref().map(|_| here.join(&args.stdin_filename));
    if let (Some(path), Some(text)) = (&stdin, &texts.stdin) {
        let scripts = workspace::scripts_of(path.clone(), Arc::clone(text), settings).into_iter();
        others.extend(scripts.map(|loaded| Loaded { named: loaded.embedding.is_none(), ..loaded }));
    }
    let was_read = || progress.read();
    let (mut project, unreadable) = workspace::survey(found, others, settings, &here, args.summary, was_read, shown);
    for (path, error) in unreadable {
        complain(&mut totals, &format!("{}: {error}", shown(&path)));
    }
    let contexts = (0..project.len()).filter(|&at| project.file(at).context);
    totals.others = contexts.map(|at| project.file(at).path.as_path().to_path_buf()).collect();
    let scripts = if args.summary { Some(summarised(&project, settings, &shown)?) } else { None };
    let mut begin = 0;
    while begin < project.len() {
        let mut end = (begin + CHUNK).min(project.len());
        // The scripts of a file of another language are written together.
        while end < project.len() && is_same_host(&project, end - 1, end) {
            end += 1;
        }
        let chunk = begin..end;
        let own = chunk.clone().into_par_iter().filter(|&at| !project.file(at).context);
        let checked: Vec<_> = own
            .map(|at| {
                let path = project.file(at).path.as_path();
                let file =
                    one(&project, at, settings, scripts.as_deref()).map_err(|error| (path.to_path_buf(), error))?;
                let path = project.file(at).disk_path();
                Ok(Checked {
                    path: shown(path),
                    file: Some(path.to_path_buf()).filter(|it| Some(it) != stdin.as_ref()),
                    ..file
                })
            })
            .collect();
        let mut files: Vec<Checked> = Vec::with_capacity(checked.len());
        for file in checked {
            match file {
                Ok(file) => {
                    match files.last_mut().filter(|last| last.is_host && file.is_host && last.path == file.path) {
                        Some(host) => host.join(file),
                        None => files.push(file),
                    }
                }
                Err((path, error)) => complain(&mut totals, &format!("{}: {error}", shown(&path))),
            }
        }
        files.iter().for_each(|file| totals.add(file));
        progress.checked(files.len());
        write(&files)?;
        rayon::spawn(move || drop(files));
        begin = chunk.end;
        // What belongs to the last goes with all else.
        if begin < project.len() {
            project.forget(chunk);
        }
    }
    // Nobody waits for the end of what a process that ends had.
    rayon::spawn(move || drop(project));
    Ok(totals)
}

/// Checks one file of the project.
fn one(
    project: &Project,
    at: usize,
    settings: &Settings,
    scripts: Option<&[Summarised]>,
) -> Result<Checked, std::io::Error> {
    let options = &settings.config.options;
    let mut checked = Checked {
        path: String::new(),
        file: None,
        source: Arc::default(),
        findings: Vec::new(),
        is_host: project.file(at).embedding.is_some() || project.file(at).program.is_some(),
        scripts: 0,
        facts: Vec::new(),
    };
    if let Some(program) = &project.file(at).program {
        checked.source = Arc::clone(&program.source);
        checked.findings = linter::lint(&project.script(at)?, options);
        return Ok(checked);
    }
    let embedding = project.file(at).embedding.as_ref();
    if let Some(embedding) = embedding {
        checked.source = Arc::clone(&embedding.host.source);
    }
    if !project.may_be_script(at, settings) {
        return Ok(checked);
    }
    let (mut script, is_script) = (project.script(at)?, project.is_script(at, settings));
    checked.scripts = usize::from(is_script);
    if is_script {
        script.bind_commands(&options.targets);
        checked.findings = linter::lint(&script, options);
        let facts = scripts.map_or_else(Vec::new, |scripts| facts_of(scripts, at, &options.targets));
        checked.facts.extend(facts.into_iter().map(|facts| ScriptFacts {
            script: embedding.map(|it| it.script().id.clone()),
            start: embedding.map_or(facts.range.start, |it| {
                it.out(facts.range).map_or(it.script().range.start, |range| range.start)
            }),
            facts,
        }));
    }
    match embedding {
        Some(embedding) => checked.findings = checked.findings.iter().filter_map(|it| embedding.finding(it)).collect(),
        None => checked.source = Arc::clone(&script.source),
    }
    Ok(checked)
}

/// True if two files are scripts of one file of another language.
fn is_same_host(project: &Project, a: usize, b: usize) -> bool {
    let host = |at: usize| {
        let file = project.file(at);
        file.embedding.as_ref().map(|it| &it.host).or(file.program.as_ref()).map(|it| &it.path)
    };
    host(a).is_some() && host(a) == host(b)
}

/// A file of the project, for summaries.
struct Summarised {
    linked: Linked,
    /// The path and the numbers of lines by which messages call a script in a string and its lines.
    host: Option<(String, Vec<u32>)>,
}

/// All files of the project, for summaries: those of a script also count files that are only read for their names.
fn summarised(
    project: &Project,
    settings: &Settings,
    shown: &(dyn Fn(&Path) -> String + Sync),
) -> Result<Vec<Summarised>> {
    let all = (0..project.len()).into_par_iter().map(|at| {
        let mut script = project.script(at)?;
        script.bind_commands(&settings.config.options.targets);
        let file = project.file(at);
        let host = file.embedding.as_ref().map(|it| (shown(&it.host.path), it.line_numbers()));
        let linked = Linked { path: shown(&file.path), script, targets: project.targets(at).to_vec() };
        Ok(Summarised { linked, host })
    });
    all.collect()
}

/// Summaries of a script with the files that it includes; empty for files that only define things for others.
fn facts_of(files: &[Summarised], at: usize, targets: &[commands::Target]) -> Vec<facts::Facts> {
    let script = &files[at].linked.script;
    if script.library.is_none() && (script.is_definitions() || script.is_fragment()) {
        return Vec::new();
    }
    let mut order = vec![at];
    let mut next = 0;
    while next < order.len() {
        let it = &files[order[next]].linked;
        // A program that joins the files of a folder by itself leaves no include, only names. Those of a piece may be
        // another script's.
        let joined = it.script.environment.given().filter(|_| !it.script.is_fragment());
        let given =
            joined.filter_map(|(_, definition)| files.iter().position(|other| other.linked.path == definition.path));
        for other in it.targets.iter().flatten().copied().chain(given) {
            if !order.contains(&other) {
                order.push(other);
            }
        }
        next += 1;
    }
    let part = |&at: &usize| {
        let Summarised { linked, host } = &files[at];
        let own = facts::Part::new(&linked.path, &linked.script);
        host.as_ref().map_or(own, |(path, lines)| facts::Part { path, lines, ..own })
    };
    facts::of(&order.iter().map(part).collect::<Vec<_>>(), targets)
}

/// The path to show.
pub(super) fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
