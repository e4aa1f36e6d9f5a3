//! Paths below a folder.

use std::path::Path;

/// Returns a path below `root`, or the whole path if it is elsewhere.
pub fn relative<'a>(path: &'a Path, root: &Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}
