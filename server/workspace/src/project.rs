//! From files to linked scripts: read and analyse on all cores, follow the includes, link.

use std::{
    collections::HashMap,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rayon::prelude::*;
use semantic::{File, Linked, Script};

use crate::{FileStamp, Found, Resolver, Settings, walk::relative};

/// A file that was read and analysed by itself.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Where it lies, absolute.
    pub path: PathBuf,
    /// Another path by which it is known, where includes in it may lead from.
    pub alias: Option<PathBuf>,
    /// Whether it was named, so that it is a script whatever is in it.
    pub named: bool,
    /// Whether it is only read for what it says of others.
    pub context: bool,
    /// What the file on disk was when it was read; none for what was not read there.
    pub stamp: Option<FileStamp>,
    /// The file.
    pub file: Arc<File>,
}

impl Loaded {
    /// Analyses `source` as the file at `path`.
    pub fn new(path: PathBuf, source: Arc<[u8]>) -> Self {
        let name = path.file_name().and_then(|name| name.to_str());
        let file = Script::new(source, name).file;
        Self { path, alias: None, named: false, context: false, stamp: None, file }
    }
}

/// Reads and analyses files on all cores; an error for each that cannot be read.
pub fn read_all(found: Vec<Found>, context: bool) -> Vec<Result<Loaded, (PathBuf, std::io::Error)>> {
    found.into_par_iter().map(|found| read(found, context)).collect()
}

/// Reads and analyses one file.
///
/// # Errors
///
/// With its path, when it cannot be read.
pub fn read(found: Found, context: bool) -> Result<Loaded, (PathBuf, std::io::Error)> {
    // Before it is read: what is written meanwhile is seen as a change.
    let stamp = FileStamp::of(&found.path);
    let source = match read_bounded(&found.path) {
        Ok(source) => source,
        Err(error) => return Err((found.path, error)),
    };
    // A `.lua` file with NUL bytes is compiled Lua or something else altogether.
    if !found.named && source.iter().take(8_000).any(|&byte| byte == 0) {
        return Ok(Loaded { context: true, stamp, ..Loaded::new(found.path, Arc::from(&b""[..])) });
    }
    Ok(Loaded { named: found.named, context, stamp, ..Loaded::new(found.path, source.into()) })
}

/// Reads a file, but of one that is too large to be a script only so much that the parser says so.
///
/// # Errors
///
/// Those of the file system; also when the path is no ordinary file.
pub fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() {
        let what = if meta.is_dir() { "this is a folder" } else { "this is no ordinary file" };
        return Err(std::io::Error::other(what));
    }
    let mut source = Vec::with_capacity((meta.len() as usize).min(syntax::MAX_SOURCE_BYTES + 1));
    std::fs::File::open(path)?.take(syntax::MAX_SOURCE_BYTES as u64 + 1).read_to_end(&mut source)?;
    Ok(source)
}

/// Follows the includes of all files, reading with `read` those that are not among them, and links them. `shown` gives
/// the path by which a file is called in messages.
pub fn link(
    loaded: &mut Vec<Loaded>,
    settings: &Settings,
    resolver: &mut Resolver,
    mut read: impl FnMut(&Path) -> Option<Loaded>,
    shown: impl Fn(&Path) -> String,
) -> Vec<Linked> {
    let mut index: HashMap<PathBuf, usize> =
        loaded.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect();
    let mut linked: Vec<Linked> = Vec::with_capacity(loaded.len());
    let mut at = 0;
    while at < loaded.len() {
        let file = Arc::clone(&loaded[at].file);
        let mut targets = Vec::with_capacity(file.includes.len());
        for include in &file.includes {
            let mut found = Vec::new();
            let from = &loaded[at].path;
            let mut paths = if from.is_absolute() { resolver.resolve(include, from, settings) } else { Vec::new() };
            if let (true, Some(alias)) = (paths.is_empty(), &loaded[at].alias) {
                paths = resolver.resolve(include, alias, settings);
            }
            for path in paths {
                let known = index.get(&path).copied();
                let path = if known.is_none() { resolver.canonical(&path) } else { path };
                found.extend(known.or_else(|| index.get(&path).copied()).or_else(|| {
                    loaded.push(Loaded { context: true, ..read(&path)? });
                    index.insert(path, loaded.len() - 1);
                    Some(loaded.len() - 1)
                }));
            }
            targets.push(found);
        }
        let joined = settings.joined_before(&loaded[at].path);
        if !joined.is_empty() {
            let mut found = Vec::new();
            for path in joined {
                found.extend(index.get(&path).copied().or_else(|| {
                    loaded.push(Loaded { context: true, ..read(&path)? });
                    index.insert(path, loaded.len() - 1);
                    Some(loaded.len() - 1)
                }));
            }
            targets.push(found);
        }
        linked.push(Linked { path: shown(&loaded[at].path), script: Script::of(file), targets });
        at += 1;
    }
    semantic::link(&mut linked);
    for (linked, loaded) in linked.iter_mut().zip(&*loaded).filter(|(_, loaded)| loaded.path.is_absolute()) {
        let Script { file, environment, .. } = &mut linked.script;
        resolver.ask_programs(environment, file.unknown_names(), &loaded.path, settings);
    }
    // An unsaved buffer has no folder that its includes could be looked for in.
    for (linked, _) in linked.iter_mut().zip(&*loaded).filter(|(_, loaded)| !loaded.path.is_absolute()) {
        linked.script.environment.unresolved.clear();
    }
    linked
}

impl Settings {
    /// Whether a file is Redis Lua: by its name, by the settings, or by what is in it.
    pub fn is_script(&self, path: &Path, named: bool, script: &Script) -> bool {
        named || self.include.is_match(relative(path, &self.root)) || script.is_redis_lua()
    }
}
