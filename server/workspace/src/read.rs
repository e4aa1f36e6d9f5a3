//! Reading of files: bounded, on all cores, each analysed separately.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use semantic::{File, Script};

use crate::{Embedding, FileStamp, Found, Host};

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
    /// The program with calls of scripts that this stands for; then the file has no text.
    pub program: Option<Arc<Host>>,
    /// The file.
    pub file: Arc<File>,
}

impl Loaded {
    /// Analyses `source` as the file at `path`.
    pub fn new(path: PathBuf, source: Arc<[u8]>) -> Self {
        let name = path.file_name().and_then(|name| name.to_str());
        let file = Script::new(source, name).file;
        Self { path, alias: None, named: false, context: false, stamp: None, embedding: None, program: None, file }
    }
}

/// Reads and analyses one file.
///
/// # Errors
///
/// Returns the path and the error if the file cannot be read.
pub fn read(found: Found, context: bool) -> Result<Loaded, (PathBuf, std::io::Error)> {
    let (source, stamp) = match read_stamped(&found.path) {
        Ok((source, stamp)) => (source, Some(stamp)),
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
    Ok(read_stamped(path)?.0)
}

/// The bytes of a file, see [`read_bounded`], with its stamp.
fn read_stamped(path: &Path) -> std::io::Result<(Vec<u8>, FileStamp)> {
    // Before it is read: what is written meanwhile is seen as a change.
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() {
        let what = if meta.is_dir() { "this is a folder" } else { "this is no ordinary file" };
        return Err(std::io::Error::other(what));
    }
    let mut source = Vec::with_capacity((meta.len() as usize).min(syntax::MAX_SOURCE_BYTES) + 1);
    std::fs::File::open(path)?.take(syntax::MAX_SOURCE_BYTES as u64 + 1).read_to_end(&mut source)?;
    Ok((source, FileStamp::from(&meta)))
}
