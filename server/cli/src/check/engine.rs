//! From paths to findings: read and analyse on all cores, follow the includes, link, then lint on all cores.

use std::{
    collections::HashMap,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use globset::Glob;
use rayon::prelude::*;
use semantic::{Include, Linked, Script};

use super::{
    Checked, Report, Settings,
    walk::{self, Found},
};
use crate::{args::Check, notice};

/// How many files are read to find out who includes the files that were named.
const MOST_INCLUDERS: usize = 2_000;

/// A file that was read.
struct Loaded {
    path: PathBuf,
    /// None for standard input.
    file: Option<PathBuf>,
    named: bool,
    /// Whether it is only read for what it says of others.
    context: bool,
    script: Script,
}

pub(crate) fn check(args: &Check, settings: &Settings) -> Result<Report> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let (found, mut unreadable) = walk::files(&args.paths, &here, settings);
    let mut loaded: Vec<Loaded> = Vec::with_capacity(found.len());
    for file in read_all(found, false, &here) {
        match file {
            Some(file) => loaded.push(file),
            None => unreadable += 1,
        }
    }
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        let mut source = Vec::new();
        std::io::stdin().read_to_end(&mut source).context("standard input cannot be read")?;
        let path = here.join(&args.stdin_filename);
        let script = Script::new(source.into(), file_name(&path));
        loaded.push(Loaded { path, file: None, named: true, context: false, script });
    }
    read_includers(&mut loaded, settings, &here);
    let targets = follow_includes(&mut loaded, settings, &here);
    let mut linked: Vec<Linked> = Vec::with_capacity(loaded.len());
    let mut rest = Vec::with_capacity(loaded.len());
    for (file, targets) in loaded.into_iter().zip(targets) {
        linked.push(Linked { path: shown(&file.path, &here), script: file.script, targets });
        rest.push((file.path, file.file, file.named, file.context));
    }
    semantic::link(&mut linked);

    let options = &settings.config.options;
    let files: Vec<Checked> = linked
        .into_par_iter()
        .zip(rest)
        .filter(|(_, (_, _, _, context))| !context)
        .map(|(file, (path, place, named, _))| {
            let Linked { path: shown, mut script, .. } = file;
            let is_script =
                named || settings.include.is_match(walk::relative(&path, &settings.root)) || script.is_redis_lua();
            let mut findings = Vec::new();
            if is_script {
                script.bind_commands(&options.targets);
                findings = linter::lint(&script, options);
            }
            let source = Arc::clone(&script.source);
            Checked { path: shown, file: place, source, findings, is_script }
        })
        .collect();
    Ok(Report { files, unreadable })
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

/// The path as it is shown.
fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn read_all(found: Vec<Found>, context: bool, here: &Path) -> Vec<Option<Loaded>> {
    found.into_par_iter().map(|file| read(file, context, here)).collect()
}

fn read(file: Found, context: bool, here: &Path) -> Option<Loaded> {
    let source = match read_bounded(&file.path) {
        Ok(source) => source,
        Err(error) => {
            if !context {
                notice::error(&format!("{}: {error}", shown(&file.path, here)));
            }
            return None;
        }
    };
    // A `.lua` file with NUL bytes is compiled Lua or something else altogether.
    if !file.named && memchr_nul(&source) {
        return Some(Loaded {
            script: Script::new(Arc::from(&b""[..]), None),
            path: file.path.clone(),
            file: Some(file.path),
            named: false,
            context: true,
        });
    }
    let script = Script::new(source.into(), file_name(&file.path));
    Some(Loaded { path: file.path.clone(), file: Some(file.path), named: file.named, context, script })
}

fn memchr_nul(source: &[u8]) -> bool {
    source.iter().take(8_000).any(|&byte| byte == 0)
}

/// Reads a file, but of one that is too large to be a script only so much that the parser says so.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() {
        return Err(std::io::Error::other("this is no ordinary file"));
    }
    let mut source = Vec::with_capacity((meta.len() as usize).min(syntax::MAX_SOURCE_BYTES + 1));
    std::fs::File::open(path)?.take(syntax::MAX_SOURCE_BYTES as u64 + 1).read_to_end(&mut source)?;
    Ok(source)
}

/// For files that were named and that look like pieces of others, reads the other Lua files of the workspace that
/// have include directives.
fn read_includers(loaded: &mut Vec<Loaded>, settings: &Settings, here: &Path) {
    let is_piece = |file: &Loaded| {
        file.named
            && file.script.scopes.globals().iter().any(|global| {
                let name = global.name.as_str(&file.script.source);
                global.write.is_none() && commands::api::global(name).is_none()
            })
    };
    if !loaded.iter().any(is_piece) {
        return;
    }
    let known: std::collections::HashSet<PathBuf> = loaded.iter().map(|file| file.path.clone()).collect();
    let (others, _) = walk::files(std::slice::from_ref(&settings.root), here, settings);
    let others: Vec<Found> =
        others.into_iter().filter(|file| !known.contains(&file.path)).take(MOST_INCLUDERS).collect();
    let includers = read_all(others, true, here);
    let folders: Vec<PathBuf> = loaded.iter().filter_map(|file| Some(file.path.parent()?.to_path_buf())).collect();
    loaded.extend(includers.into_iter().flatten().filter(|file| {
        !file.script.includes.is_empty()
            || (file.script.is_definitions()
                && file.path.parent().is_some_and(|folder| folders.iter().any(|it| it == folder)))
    }));
}

/// Finds the files that the includes name, reads those that are new, and so on until none is.
fn follow_includes(loaded: &mut Vec<Loaded>, settings: &Settings, here: &Path) -> Vec<Vec<Vec<usize>>> {
    let mut index: HashMap<PathBuf, usize> =
        loaded.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect();
    let mut targets: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut at = 0;
    while at < loaded.len() {
        let mut of_file = Vec::new();
        for nth in 0..loaded[at].script.includes.len() {
            let file = &loaded[at];
            let mut found = Vec::new();
            for path in resolve(&file.script.includes[nth], &file.path, settings) {
                let known = index.get(&path).copied().or_else(|| {
                    let file = Found { path: path.clone(), named: false };
                    let read = read(file, true, here)?;
                    loaded.push(read);
                    index.insert(path, loaded.len() - 1);
                    Some(loaded.len() - 1)
                });
                // A pattern may name the file itself, which loaders leave out.
                found.extend(known.filter(|&target| target != at || !is_pattern(&loaded[at].script.includes[nth])));
            }
            of_file.push(found);
        }
        targets.push(of_file);
        at += 1;
    }
    targets
}

fn is_pattern(include: &Include) -> bool {
    include.path.contains('*')
}

fn resolve(include: &Include, file: &Path, settings: &Settings) -> Vec<PathBuf> {
    for candidate in include.candidates(file, &settings.root, &settings.config.mappings) {
        if is_pattern(include) {
            let found = expand(&candidate);
            if !found.is_empty() {
                return found;
            }
        } else if candidate.is_file() {
            return vec![candidate];
        }
    }
    Vec::new()
}

/// The files that a pattern in a file's name matches.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let (Ok(glob), Ok(entries)) = (Glob::new(name), std::fs::read_dir(folder)) else { return Vec::new() };
    let matcher = glob.compile_matcher();
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| matcher.is_match(name)) && path.is_file())
        .collect();
    found.sort();
    found
}
