//! Files that requests need and that are not in the snapshot.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
};

use format::{Indent, Style};

/// The files around the documents, on a disk or elsewhere.
pub trait Disk: Debug + Send + Sync {
    /// Canonical path of a file; a path that cannot be resolved stays.
    fn canonical(&self, path: &Path) -> PathBuf;

    /// The text of a file, or none if it cannot be read.
    fn text(&self, path: &Path) -> Option<String>;

    /// The style of a file: that of the settings around it, else the default one with this indent.
    ///
    /// # Errors
    ///
    /// Fails if such settings cannot be read or have mistakes.
    fn style(&self, path: &Path, indent: Indent) -> Result<Style, format::Error>;

    /// True if settings around a file exclude it from formatting.
    fn is_ignored(&self, path: &Path) -> bool;
}
