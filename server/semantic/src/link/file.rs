//! A file as linking keeps it.

use std::sync::Arc;

use crate::{Environment, Outline};

/// A file among the links.
#[derive(Debug)]
pub(super) struct File {
    pub path: String,
    pub outline: Arc<Outline>,
    pub targets: Vec<Vec<usize>>,
    /// The files that include it directly, in ascending order.
    pub includers: Vec<usize>,
    /// The roots whose walks reach it, in their order.
    pub roots: Vec<usize>,
    /// Result of the walks.
    pub own: Arc<Environment>,
    /// `own` with the additions of the folder.
    pub environment: Arc<Environment>,
}

impl File {
    /// True if an include leads nowhere.
    pub fn has_unresolved(&self) -> bool {
        self.targets.iter().any(Vec::is_empty)
    }
}
