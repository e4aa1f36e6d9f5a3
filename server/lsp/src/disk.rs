//! The disk, for requests.

use std::path::{Path, PathBuf};

use format::{Indent, Style};
use requests::disk::Disk;

/// The disk of this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalDisk;

impl Disk for LocalDisk {
    fn canonical(&self, path: &Path) -> PathBuf {
        workspace::canonical(path)
    }

    fn text(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    fn style(&self, path: &Path, indent: Indent) -> Result<Style, format::Error> {
        Style::of(path, Some(indent))
    }

    fn is_ignored(&self, path: &Path) -> bool {
        format::is_ignored(path)
    }
}
