//! Detects whether a file on disk has changed since it was read.

use std::{fs::Metadata, path::Path, time::SystemTime};

/// Time of a file's last change, and its length in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileStamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl FileStamp {
    /// The current stamp of a file; none if the file does not exist.
    pub fn of(path: &Path) -> Option<Self> {
        Some(Self::from(&std::fs::metadata(path).ok()?))
    }

    /// Length of the file.
    pub(crate) fn bytes(&self) -> u64 {
        self.length
    }
}

impl From<&Metadata> for FileStamp {
    fn from(meta: &Metadata) -> Self {
        Self { modified: meta.modified().ok(), length: meta.len() }
    }
}
