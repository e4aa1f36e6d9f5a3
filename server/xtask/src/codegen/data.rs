//! Files of the data that code is generated from, and their notation.

use std::path::Path;

use anyhow::{Context as _, Result};

/// The longest summary that a completion list shows whole, in characters.
pub(super) const LONGEST_SUMMARY: usize = 105;

/// Returns the files of a folder with an extension, sorted.
pub(super) fn files(folder: &Path, extension: &str) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|have| have == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Returns a version as Rust: `v(7, 0)` of `7.0`.
pub(super) fn version(text: &str) -> Result<String> {
    let (major, minor) = text.split_once('.').with_context(|| format!("version {text}"))?;
    Ok(format!("v({major}, {minor})"))
}
