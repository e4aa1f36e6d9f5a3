//! Selects the files to analyse.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::Settings;

/// A file to analyse.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Absolute path.
    pub path: PathBuf,
    /// True if it was named, so that it is checked whatever is in it.
    pub named: bool,
}

/// The `.lua` files of `paths`, each once, and why others could not be read.
pub fn files(paths: &[PathBuf], here: &Path, settings: &Settings) -> (Vec<Found>, Vec<String>) {
    files_named(paths, "lua", here, settings)
}

/// The files of `paths` that may be scripts or have scripts in their strings, each once, and why others could not be read.
pub fn files_with_hosts(paths: &[PathBuf], here: &Path, settings: &Settings) -> (Vec<Found>, Vec<String>) {
    files_where(paths, |path| settings.may_have_scripts(path), here, settings)
}

/// The files of `paths`, each once, and why others could not be read: those that are named, and those with the extension
/// in folders that are.
pub fn files_named(paths: &[PathBuf], extension: &str, here: &Path, settings: &Settings) -> (Vec<Found>, Vec<String>) {
    files_where(paths, |path| path.extension().is_some_and(|it| it == extension), here, settings)
}

fn files_where(
    paths: &[PathBuf],
    is_wanted: impl Fn(&Path) -> bool,
    here: &Path,
    settings: &Settings,
) -> (Vec<Found>, Vec<String>) {
    // Each with its one path: links lead to a file by several.
    let mut found: Vec<(PathBuf, Found)> = Vec::new();
    let mut unreadable = Vec::new();
    for path in paths.iter().filter(|path| path.as_os_str() != "-") {
        let absolute = semantic::normalise(&here.join(path));
        if absolute.is_file() || (absolute.exists() && !absolute.is_dir()) {
            found.push((canonical(&absolute), Found { path: absolute, named: true }));
            continue;
        }
        if !absolute.exists() {
            match expanded(&absolute, settings) {
                Some(files) if files.is_empty() => unreadable.push(format!("no file matches {}", path.display())),
                Some(files) => {
                    found.extend(files.into_iter().map(|path| (canonical(&path), Found { path, named: true })))
                }
                None => unreadable.push(format!("{} is not there", path.display())),
            }
            continue;
        }
        let root = canonical(&absolute);
        let skipping = settings.clone();
        // Links to folders are not followed, so that a circle of them cannot hold us.
        let walk = WalkBuilder::new(&absolute)
            .hidden(true)
            .require_git(false)
            .filter_entry(move |entry| {
                let is_folder = entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
                !(is_folder && skipping.skips_folder(entry.file_name()))
            })
            .build();
        for entry in walk {
            match entry {
                Ok(entry) => {
                    let is_link = entry.path_is_symlink();
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                    let path = entry.into_path();
                    let fits = is_wanted(&path);
                    if fits && !settings.is_excluded(&path, &absolute) && (is_file || (is_link && path.is_file())) {
                        let real = match path.strip_prefix(&absolute) {
                            Ok(rest) if !is_link => root.join(rest),
                            _ => canonical(&path),
                        };
                        found.push((real, Found { path, named: false }));
                    }
                }
                Err(error) => unreadable.push(error.to_string()),
            }
        }
    }
    // What was named comes first, and the file itself before a link to it.
    found.sort_by_cached_key(|(real, file)| (real.clone(), !file.named, file.path != *real, file.path.clone()));
    found.dedup_by(|b, a| a.0 == b.0);
    let mut found: Vec<Found> = found.into_iter().map(|(_, file)| file).collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    (found, unreadable)
}

/// The files that a pattern matches, for shells that leave patterns to their programs and for quoted ones; none if it is no
/// pattern.
fn expanded(pattern: &Path, settings: &Settings) -> Option<Vec<PathBuf>> {
    let is_pattern = |part: &std::ffi::OsStr| part.to_string_lossy().contains(['*', '?', '[', '{']);
    if !pattern.iter().any(is_pattern) {
        return None;
    }
    let folder: PathBuf = pattern.iter().take_while(|part| !is_pattern(part)).collect();
    let glob = globset::GlobBuilder::new(&pattern.to_string_lossy()).literal_separator(true).build().ok()?;
    let matcher = glob.compile_matcher();
    let skipping = settings.clone();
    let walk = WalkBuilder::new(&folder)
        .require_git(false)
        .filter_entry(move |entry| {
            let is_folder = entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_folder && skipping.skips_folder(entry.file_name()))
        })
        .build();
    let paths = walk.filter_map(Result::ok).map(ignore::DirEntry::into_path);
    Some(paths.filter(|path| matcher.is_match(path) && path.is_file()).collect())
}

/// Canonical path of a file: without symbolic links, and in the case that the file system has. For a file that does not
/// exist, that of its folder is used; a path that cannot be resolved stays.
pub fn canonical(path: &Path) -> PathBuf {
    let real = |path: &Path| path.canonicalize().ok().map(plain);
    real(path).or_else(|| Some(real(path.parent()?)?.join(path.file_name()?))).unwrap_or_else(|| path.to_path_buf())
}

/// Without the prefix that Windows gives to canonical paths (`\\\\?\\C:\\…`), which no client writes.
fn plain(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(rest) if cfg!(windows) && !rest.starts_with("UNC") => PathBuf::from(rest),
        _ => path,
    }
}
