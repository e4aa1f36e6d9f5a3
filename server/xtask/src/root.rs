//! The root of the repository.

use std::path::{Path, PathBuf};

/// Returns the root of the repository in which this program was built.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf()
}
