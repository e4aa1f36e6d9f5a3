//! Which files are looked at.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::Settings;

/// A file to look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Where it lies, absolute.
    pub path: PathBuf,
    /// Whether it was named, so that it is checked whatever is in it.
    pub named: bool,
}

/// The `.lua` files of `paths`, each once, and why others could not be read.
pub fn files(paths: &[PathBuf], here: &Path, settings: &Settings) -> (Vec<Found>, Vec<String>) {
    let mut found: Vec<Found> = Vec::new();
    let mut unreadable = Vec::new();
    for path in paths.iter().filter(|path| path.as_os_str() != "-") {
        let absolute = semantic::normalise(&here.join(path));
        if absolute.is_file() || (absolute.exists() && !absolute.is_dir()) {
            found.push(Found { path: absolute, named: true });
            continue;
        }
        if !absolute.exists() {
            unreadable.push(format!("{} is not there", path.display()));
            continue;
        }
        // Links to folders are not followed, so that a circle of them cannot hold us.
        for entry in WalkBuilder::new(&absolute).hidden(true).require_git(false).build() {
            match entry {
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink());
                    let path = entry.into_path();
                    if is_file && path.extension().is_some_and(|extension| extension == "lua") && path.is_file() {
                        found.push(Found { path, named: false });
                    }
                }
                Err(error) => unreadable.push(error.to_string()),
            }
        }
    }
    found.retain(|file| file.named || !settings.exclude.is_match(relative(&file.path, &settings.root)));
    found.sort_by(|a, b| a.path.cmp(&b.path).then(b.named.cmp(&a.named)));
    found.dedup_by(|b, a| a.path == b.path);
    (found, unreadable)
}

/// The path below `root`, or the whole path.
pub fn relative<'a>(path: &'a Path, root: &Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}
