//! Tables and functions that each expression of linked files may denote, and the uses of their fields.
//!
//! An inclusion-based points-to analysis (Andersen's), field-sensitive and without regard to time or calling context. An
//! [`ObjectId`] stands for all tables that a constructor makes, for a function, or for all tables that come to a place from
//! outside (`cjson.decode`, a reply, the parameter of a function that nothing calls). A [`Node`] is a variable, the value of
//! an expression, or a field of an object; it holds objects. Files are analysed together as far as they share locals, so
//! that a module in an included file and its uses elsewhere are one.
//!
//! The work is bounded: files that need more are given up, and nothing is claimed of them.

mod constraints;
mod generate;
mod sets;
mod solve;
#[cfg(test)]
mod tests;
mod uses;

pub use sets::{
    FieldUse, Input, NameId, Names, Node, Object, ObjectId, Outside, PointsTo, Refusal, RefusalReason, UseForm, UseId,
};

impl PointsTo {
    /// Analyses files together.
    pub fn new(files: &[Input<'_>], names: Names<'_>) -> Self {
        let mut generator = generate::Generator::new(files, names);
        generator.run();
        let (mut out, constraints) = generator.finish();
        let mut solver = solve::Solver::new(&mut out, constraints);
        solver.run();
        let constraints = solver.finish();
        if out.gave_up {
            return Self { gave_up: true, ..Self::default() };
        }
        out.index_uses();
        out.find_readers(&constraints);
        out
    }
}
