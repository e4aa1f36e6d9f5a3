//! Types of a script's expressions at run time: values are followed through its flow, from the replies of commands
//! and the arguments to what the client gets.
//!
//! The script is run on types ([`interpreter`](self)): branches are run separately and joined, conditions are applied
//! ([`Type`] loses what a test excludes), loops run until nothing changes, functions by the arguments of their calls. What is
//! not followed is unknown, and nothing is claimed of unknown values. The work is bounded: a script that needs too much is
//! given up as a whole.

mod aliases;
mod altered;
mod analysis;
mod api;
mod call;
mod client;
mod describe;
mod effects;
mod elements;
mod expr;
mod fields;
mod functions;
mod interpreter;
mod kinds;
mod narrow;
mod observed;
mod presence;
mod replies;
mod site;
mod state;
mod statements;
mod tables;
#[cfg(test)]
mod tests;
mod types;

use std::sync::Arc;

use commands::Target;

pub use analysis::{Flow, Results};
pub use client::{Item, Received, Reply};
pub use fields::FieldType;
pub use kinds::Kinds;
pub use replies::Resp;
pub use site::Site;
pub use types::{List, Number, Real, Source, TableType, Text, Type, TypeId, Types, Whole, is_no_numeral};

use crate::Script;
use analysis::Returned;

impl Script {
    /// The types of the script's values, computed when they are first asked for. The commands must be bound before.
    pub fn flow(&self) -> &Flow {
        self.flow.get_or_init(|| Arc::new(Flow::new(self, &self.targets)))
    }
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
}
