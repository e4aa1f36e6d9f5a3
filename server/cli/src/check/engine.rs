//! From paths to findings: read and analyse on all cores, follow the includes, link, then lint on all cores.

use std::{io::Read as _, path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use semantic::Linked;
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
    let files: Vec<Checked> = linked
        .into_par_iter()
        .zip(loaded)
        .filter(|(_, loaded)| !loaded.context)
        .map(|(file, loaded)| {
            let Linked { path: shown, mut script, .. } = file;
            let is_script = settings.is_script(&loaded.path, loaded.named, &script);
            let mut findings = Vec::new();
            if is_script {
                script.bind_commands(&options.targets);
                findings = linter::lint(&script, options);
            }
            let source = Arc::clone(&script.source);
            let file = Some(loaded.path).filter(|path| Some(path) != stdin.as_ref());
            Checked { path: shown, file, source, findings, is_script }
        })
        .collect();
    Ok(Report { files, unreadable })
}

/// The path as it is shown.
fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
