//! From paths to findings: read and analyse on all cores, follow the includes, link, then lint on all cores.

use std::{io::Read as _, path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use semantic::{Linked, facts};
use workspace::{Found, Loaded, Resolver, Settings};

use super::{Checked, Report};
use crate::{args::Check, notice};

pub(crate) fn check(args: &Check, settings: &Settings) -> Result<Report> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let (found, missing) = workspace::files(&args.paths, &here, settings);
    missing.iter().for_each(|text| notice::error(text));
    let mut unreadable = missing.len();
    let mut loaded: Vec<Loaded> = Vec::with_capacity(found.len());
    for file in workspace::read_all(found, false) {
        match file {
            Ok(file) => loaded.push(file),
            Err((path, error)) => {
                notice::error(&format!("{}: {error}", shown(&path, &here)));
                unreadable += 1;
            }
        }
    }
    let stdin = args.paths.iter().any(|path| path.as_os_str() == "-").then(|| here.join(&args.stdin_filename));
    if let Some(path) = &stdin {
        let mut source = Vec::new();
        std::io::stdin().read_to_end(&mut source).context("standard input cannot be read")?;
        loaded.push(Loaded { named: true, ..Loaded::new(path.clone(), source.into()) });
    }
    workspace::read_includers(&mut loaded, settings, &here);
    let read = |path: &Path| workspace::read(Found { path: path.to_path_buf(), named: false }, true).ok();
    let linked = workspace::link(&mut loaded, settings, &mut Resolver::default(), read, |path| shown(path, &here));

    let options = &settings.config.options;
    let mut linked: Vec<(Linked, bool)> = linked
        .into_iter()
        .zip(&loaded)
        .map(|(file, loaded)| {
            let is_script = settings.is_script(&loaded.path, loaded.named, &file.script);
            (file, is_script)
        })
        .collect();
    linked.par_iter_mut().for_each(|(file, is_script)| {
        // A file that is only read for what it gives to others counts in their summaries.
        if *is_script || args.summary {
            file.script.bind_commands(&options.targets);
        }
    });
    let others = loaded.iter().filter(|loaded| loaded.context).map(|loaded| loaded.path.clone()).collect();
    let all = &linked;
    let files: Vec<Checked> = all
        .par_iter()
        .zip(loaded)
        .enumerate()
        .filter(|(_, (_, loaded))| !loaded.context)
        .map(|(at, ((file, is_script), loaded))| {
            let script = &file.script;
            let findings = if *is_script { linter::lint(script, options) } else { Vec::new() };
            let facts = if args.summary && *is_script { facts_of(all, at, &options.targets) } else { Vec::new() };
            let source = Arc::clone(&script.source);
            let path = Some(loaded.path).filter(|path| Some(path) != stdin.as_ref());
            Checked { path: file.path.clone(), file: path, source, findings, is_script: *is_script, facts }
        })
        .collect();
    Ok(Report { files, unreadable, others })
}

/// What a script does as a whole, with the files that it includes. Files that only give to others do nothing by themselves.
fn facts_of(files: &[(Linked, bool)], at: usize, targets: &[commands::Target]) -> Vec<facts::Facts> {
    let script = &files[at].0.script;
    if script.library.is_none() && (script.is_definitions() || script.is_fragment()) {
        return Vec::new();
    }
    let mut order = vec![at];
    let mut next = 0;
    while next < order.len() {
        let it = &files[order[next]].0;
        // A program that joins the files of a folder by itself leaves no include, only names. Those of a piece may be
        // another script's.
        let joined = it.script.environment.given().filter(|_| !it.script.is_fragment());
        let given =
            joined.filter_map(|(_, definition)| files.iter().position(|(other, _)| other.path == definition.path));
        for other in it.targets.iter().flatten().copied().chain(given) {
            if !order.contains(&other) {
                order.push(other);
            }
        }
        next += 1;
    }
    let part = |&at: &usize| facts::Part { path: &files[at].0.path, script: &files[at].0.script };
    facts::of(&order.iter().map(part).collect::<Vec<_>>(), targets)
}

/// The path as it is shown.
fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
