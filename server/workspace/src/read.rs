//! Reading of files: bounded, on all cores, each analysed separately.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rayon::prelude::*;
use semantic::{File, Script};

use crate::{Embedding, FileStamp, Found, Host, Settings};

/// A file that was read and analysed by itself.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Absolute path.
    pub path: PathBuf,
    /// Another path by which it is known, where includes in it may lead from.
    pub alias: Option<PathBuf>,
    /// True if it was named, so that it is a script whatever is in it.
    pub named: bool,
    /// True if it is only read for its names.
    pub context: bool,
    /// Stamp of the file on disk when it was read; none if it was not read from there.
    pub stamp: Option<FileStamp>,
    /// Its place in a file of another language, for a script in a string.
    pub embedding: Option<Embedding>,
    /// The file.
    pub file: Arc<File>,
}

impl Loaded {
    /// Analyses `source` as the file at `path`.
    pub fn new(path: PathBuf, source: Arc<[u8]>) -> Self {
        let name = path.file_name().and_then(|name| name.to_str());
        let file = Script::new(source, name).file;
        Self { path, alias: None, named: false, context: false, stamp: None, embedding: None, file }
    }
}

/// Reads and analyses files on all cores, and maps each script with `keep`; an error for each file that cannot be read.
pub fn read_all<T: Send>(
    found: Vec<Found>,
    settings: &Settings,
    keep: impl Fn(Loaded) -> T + Sync,
) -> Vec<Result<T, (PathBuf, std::io::Error)>> {
    let read_one = |found| match read_scripts(found, settings) {
        Ok(scripts) => scripts.into_iter().map(|loaded| Ok(keep(loaded))).collect(),
        Err(error) => vec![Err(error)],
    };
    found.into_par_iter().flat_map_iter(read_one).collect()
}

/// Bytes of a file of another language that is searched for scripts, unless it is named.
const MAX_HOST_BYTES: u64 = 2 * 1024 * 1024;

/// Reads and analyses the scripts of a file: itself, or those in its strings. Files of other languages that were made by a program
/// (large ones, minified ones) have none unless they are named.
///
/// # Errors
///
/// Returns the path and the error if the file cannot be read.
pub fn read_scripts(found: Found, settings: &Settings) -> Result<Vec<Loaded>, (PathBuf, std::io::Error)> {
    let Some(language) = settings.host_language(&found.path) else { return Ok(vec![read(found, false)?]) };
    let stamp = FileStamp::of(&found.path);
    if !found.named && std::fs::metadata(&found.path).is_ok_and(|meta| meta.len() > MAX_HOST_BYTES) {
        return Ok(Vec::new());
    }
    let source: Arc<[u8]> = match read_bounded(&found.path) {
        Ok(source) => source.into(),
        Err(error) => return Err((found.path, error)),
    };
    let Some(host) = Host::new(found.path, language, source) else { return Ok(Vec::new()) };
    if !found.named && Host::is_minified(&host.source) {
        return Ok(Vec::new());
    }
    let scripts = host.scripts(|_| false);
    Ok(scripts.into_iter().map(|loaded| Loaded { stamp, ..loaded }).collect())
}

/// Analyses `source` as the file at `path`: itself, or the scripts in its strings.
pub fn scripts_of(path: PathBuf, source: Arc<[u8]>, settings: &Settings) -> Vec<Loaded> {
    match settings.host_language(&path) {
        Some(language) => Host::new(path, language, source).map_or_else(Vec::new, |host| host.scripts(|_| false)),
        None => vec![Loaded::new(path, source)],
    }
}

/// Reads and analyses one file.
///
/// # Errors
///
/// Returns the path and the error if the file cannot be read.
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
/// Errors of the file system, and an error for a path that is not a regular file.
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
