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

/// Results of a function for all its arguments.
#[derive(Debug)]
pub struct Results {
    /// The values.
    pub values: Vec<TypeId>,
    /// True if more may follow, like the last.
    pub open: bool,
    /// True if it never returns: it raises an error, or loops.
    pub never: bool,
    /// True if it may end without a `return`.
    pub falls_through: bool,
}

impl Flow {
    /// Returns the type of an expression over all its evaluations, as one value. `None` if it is unknown: the script is
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

    /// Returns the contents of the tables that the constructor at `expr` makes.
    pub fn site(&self, expr: ExprId) -> Option<&Site> {
        self.sites.get(&expr).filter(|_| !self.gave_up)
    }

    /// The values that a `return` returns, the last one standing for what may follow it too. Empty when it is never
    /// reached or returns nothing.
    pub fn returned(&self, stmt: StmtId) -> &[TypeId] {
        self.returns.get(&stmt).map_or(&[], |of| &of.values)
    }

    /// Returns the type that a local is given where it is declared: by its `local`, by the calls of its function, by its loop.
    /// Later assignments are not included.
    pub fn declared(&self, local: LocalId) -> Option<&Type> {
        if self.gave_up {
            return None;
        }
        self.declared.get(local.0 as usize).map(|&id| &self.types[id])
    }

    /// Returns the results of a function.
    pub fn results(&self, function: FunctionId) -> Option<&Results> {
        self.functions.get(function.index()).filter(|_| !self.gave_up)
    }

    /// Returns true if the script was too much to follow.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }
}
