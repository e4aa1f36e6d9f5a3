//! Objects of the types that annotations write.

use rustc_hash::FxHashMap;
use text::TextRange;

use crate::{
    annotations::TypeDeclaration,
    points_to::sets::{Node, ObjectId},
};

/// The objects of types that are made already.
#[derive(Default)]
pub(super) struct TypeObjects {
    pub(super) classes: FxHashMap<TypeDeclaration, ObjectId>,
    /// Those without a name, by where they are written.
    pub(super) unnamed: FxHashMap<(usize, TextRange), ObjectId>,
    /// For each object a node that holds it alone.
    pub(super) nodes: FxHashMap<ObjectId, Node>,
}
