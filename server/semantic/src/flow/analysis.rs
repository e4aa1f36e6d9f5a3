//! The types of a script's expressions, as the interpreter found them.

use rustc_hash::FxHashMap;
use syntax::{ExprId, FunctionId, StmtId};

use super::{Resp, Site, Type, TypeId, Types};
use crate::LocalId;

/// The types of a script.
#[derive(Debug)]
pub struct Flow {
    pub(super) types: Types,
    pub(super) exprs: Vec<TypeId>,
    pub(super) sites: FxHashMap<ExprId, Site>,
    pub(super) returns: FxHashMap<StmtId, Returned>,
    pub(super) declared: Vec<TypeId>,
    pub(super) functions: Vec<Results>,
    pub(super) gave_up: bool,
}

/// The values of a `return`.
#[derive(Debug)]
pub(super) struct Returned {
    pub(super) values: Vec<TypeId>,
    pub(super) resp: Resp,
    pub(super) function: FunctionId,
}

/// What a function returns, whatever it is called with.
#[derive(Debug)]
pub struct Results {
    /// The values.
    pub values: Vec<TypeId>,
    /// Whether more may follow, like the last.
    pub open: bool,
    /// Whether it never returns: it raises an error, or loops.
    pub never: bool,
    /// Whether it may end without a `return`.
    pub falls_through: bool,
}

impl Flow {
    /// What an expression is, at all times that it is evaluated; as one value. `None` if it cannot be told: the script is
    /// too large to follow.
    pub fn of(&self, expr: ExprId) -> Option<&Type> {
        if self.gave_up {
            return None;
        }
        self.exprs.get(expr.index()).map(|&id| &self.types[id])
    }

    /// A type by its id: an element of a list, a field of a table.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id]
    }

    /// What is in the tables that the constructor at `expr` makes.
    pub fn site(&self, expr: ExprId) -> Option<&Site> {
        self.sites.get(&expr).filter(|_| !self.gave_up)
    }

    /// The values that a `return` returns, the last one standing for what may follow it too. Empty when it is never
    /// reached or returns nothing.
    pub fn returned(&self, stmt: StmtId) -> &[TypeId] {
        self.returns.get(&stmt).map_or(&[], |of| &of.values)
    }

    /// What a local is given where it is declared: by its `local`, by the calls of its function, by its loop. What is assigned
    /// to it later is not in it.
    pub fn declared(&self, local: LocalId) -> Option<&Type> {
        if self.gave_up {
            return None;
        }
        self.declared.get(local.0 as usize).map(|&id| &self.types[id])
    }

    /// What a function returns.
    pub fn results(&self, function: FunctionId) -> Option<&Results> {
        self.functions.get(function.index()).filter(|_| !self.gave_up)
    }

    /// Whether the script was too much to follow.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }
}
