//! What every expression of a script is when it runs: the types of values through its flow, from the replies of commands
//! and the arguments to what the client gets.
//!
//! The script is run on types ([`interpreter`](self)): branches apart and joined again, conditions taken into account
//! ([`Type`] loses what a test excludes), loops until nothing changes, functions by what they are called with. What is not
//! followed is unknown, and of what is unknown nothing is claimed. The work is bounded: a script that needs too much is
//! given up as a whole.

mod aliases;
mod altered;
mod api;
mod call;
mod client;
mod describe;
mod elements;
mod expr;
mod fields;
mod functions;
mod interpreter;
mod kinds;
mod narrow;
mod presence;
mod replies;
mod state;
mod statements;
mod tables;
#[cfg(test)]
mod tests;
mod types;

use commands::Target;
use rustc_hash::FxHashMap;
use syntax::{ExprId, FunctionId, StmtId};

pub use client::{Item, Received, Reply};
pub use fields::FieldType;
pub use kinds::Kinds;
pub use replies::Resp;
pub use tables::Site;
pub use types::{List, Number, Real, Source, TableType, Text, Type, TypeId, Types, Whole, is_no_numeral};

use crate::{LocalId, Script};

/// The types of a script.
#[derive(Debug)]
pub struct Flow {
    types: Types,
    exprs: Vec<TypeId>,
    sites: FxHashMap<ExprId, Site>,
    returns: FxHashMap<StmtId, Returned>,
    declared: Vec<TypeId>,
    functions: Vec<Results>,
    gave_up: bool,
}

/// What a `return` returns.
#[derive(Debug)]
struct Returned {
    values: Vec<TypeId>,
    resp: Resp,
    function: FunctionId,
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
    /// Analyses a script whose commands are bound.
    pub(crate) fn new(script: &Script, targets: &[Target]) -> Self {
        let mut run = interpreter::Interpreter::new(script, targets);
        run.run();
        let functions = script
            .tree()
            .functions()
            .map(|(id, _)| {
                let found = run.results(id);
                let never = found.is_none();
                let (values, open) = found.unwrap_or_default().all();
                Results { values, open, never, falls_through: run.falls_through[id.index()] }
            })
            .collect();
        let interpreter::Interpreter { types, exprs, sites, returns, declared, gave_up, .. } = run;
        let returns = returns
            .into_iter()
            .map(|(stmt, of)| (stmt, Returned { values: of.values.all().0, resp: of.resp, function: of.function }))
            .collect();
        Self { types, exprs, sites, returns, declared, functions, gave_up }
    }

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
