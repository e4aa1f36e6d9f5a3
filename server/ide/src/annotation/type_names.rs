//! Names of the types that files declare.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use semantic::annotations::TypeDeclaration;

/// The names of types that files declare.
#[derive(Debug, Default)]
pub(crate) struct TypeNames {
    pub(super) by_name: FxHashMap<Box<[u8]>, Vec<TypeDeclaration>>,
    /// For each name, the files that use it in annotations.
    pub(super) users: FxHashMap<Box<[u8]>, Vec<usize>>,
    /// For each file, the files around it, in ascending order; computed on first use.
    pub(super) around: Vec<OnceLock<Vec<usize>>>,
}
