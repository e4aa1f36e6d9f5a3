//! The constraints that are put on the objects of nodes.

use rustc_hash::FxHashMap;
use syntax::{ExprId, FunctionId};
use text::TextRange;

use super::sets::{ITEM, NameId, Node, ObjectId, Refusal};

/// A field's value goes into a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Load {
    pub base: Node,
    pub key: Key,
    pub to: Node,
}

/// A node's value goes into a field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Store {
    pub base: Node,
    pub name: NameId,
    pub from: Node,
}

/// The fields that a load reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Key {
    /// The one of a name, or of a number for [`ITEM`].
    Name(NameId),
    /// Any.
    Any,
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct CallConstraint {
    pub callee: Node,
    pub args: Vec<Node>,
    /// The method's name, if it is `base:name()`.
    pub method: Option<NameId>,
    /// Key of its first result: file, call and number; later results follow.
    pub results: (usize, ExprId, u32),
    /// File of the call.
    pub file: usize,
    pub range: TextRange,
}

/// All constraints of the files.
#[derive(Debug, Default)]
pub(super) struct Constraints {
    pub objects: Vec<(Node, ObjectId)>,
    pub copies: Vec<(Node, Node)>,
    pub loads: Vec<Load>,
    pub stores: Vec<Store>,
    pub calls: Vec<CallConstraint>,
    /// The parameters of functions.
    pub params: FxHashMap<(usize, FunctionId), Vec<Node>>,
    /// Tables, and their metatables.
    pub metatables: Vec<(Node, Node)>,
    /// Tables, and the `self` of a method that they are given.
    pub methods: Vec<(Node, Node)>,
    /// Objects, and those that give the fields which they lack, by annotations.
    pub parents: Vec<(ObjectId, Node)>,
    /// Nodes whose objects something reads by names.
    pub readers: Vec<(Node, Refusal)>,
    /// Functions that are called from elsewhere, whose results are read by names.
    pub callbacks: Vec<(Node, Refusal)>,
}

impl Load {
    /// True if it reads an element by a number.
    pub(super) fn is_item(&self) -> bool {
        self.key == Key::Name(ITEM)
    }
}
