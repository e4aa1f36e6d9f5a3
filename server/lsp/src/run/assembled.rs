//! A script as loaders hand it to the server: with its includes pasted, and the SHA1 by which EVALSHA knows it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use crate::run::job::Job;

/// A script with its includes pasted.
#[derive(Clone, Debug)]
pub(crate) struct Assembled {
    /// The text, byte by byte what a run loads.
    pub text: Vec<u8>,
    /// The SHA1 of the text; none for a library, which is loaded under its name.
    pub sha1: Option<String>,
    /// File name of the script.
    pub name: String,
    /// The files that are pasted, without the script itself.
    files: Vec<PathBuf>,
    /// The includes that lead nowhere, as they are written.
    missing: Vec<String>,
}

/// How long files of earlier times are kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

impl Assembled {
    /// Reads files.
    pub(crate) fn of(job: &Job) -> Self {
        let flat = job.flatten();
        let sha1 = (!job.is_library()).then(|| script::sha1_hex(&flat.code));
        let files = flat.files.into_iter().skip(1).collect();
        Self { text: flat.code, sha1, name: job.name.clone(), files, missing: flat.missing }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "sha1": self.sha1,
            "text": String::from_utf8_lossy(&self.text),
            "files": self.files,
            "missing": self.missing,
        })
    }

    /// Writes the text to a read-only file whose name has the SHA1.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(folder)?;
        forget(folder);
        let stem = self.name.strip_suffix(".lua").unwrap_or(&self.name);
        let digest = script::sha1_hex(&self.text);
        let path = folder.join(format!("{stem}.{}.lua", self.sha1.as_deref().unwrap_or(&digest[..8])));
        if std::fs::read(&path).is_ok_and(|known| known == self.text) {
            return Ok(path);
        }
        // One that differs is broken off, and read-only.
        std::fs::remove_file(&path).ok();
        std::fs::write(&path, &self.text)?;
        let mut permissions = std::fs::metadata(&path)?.permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions)?;
        Ok(path)
    }
}

/// Removes the files of earlier times.
fn forget(folder: &Path) {
    let old = |path: &Path| {
        let changed = std::fs::metadata(path).and_then(|data| data.modified()).ok();
        changed.and_then(|at| SystemTime::now().duration_since(at).ok()).is_some_and(|age| age > KEPT)
    };
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in files.filter(|path| path.extension().is_some_and(|it| it == "lua") && old(path)) {
        std::fs::remove_file(path).ok();
    }
}

/// The folder for such files, below the user's cache.
pub(crate) fn folder() -> PathBuf {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = of("XDG_CACHE_HOME").or_else(|| of("LOCALAPPDATA")).or_else(|| Some(of("HOME")?.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("redlua").join("assembled")
}
