//! The values that a file gives to others by its top-level locals, kept without the file itself: texts, functions that make
//! keys, tables of such functions.

use super::Template;

/// The value of a top-level local, as other files see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Made {
    /// The values that it may have, at least one.
    Value(Vec<Template>),
    /// A function.
    Function(Gives),
    /// A table with functions in its fields.
    Table(Vec<(Box<[u8]>, Gives)>),
}

/// The values that a function may give, at least one. Its parameters are [`super::Piece::Parameter`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gives {
    /// True if it was declared with `:`.
    pub takes_self: bool,
    /// The values.
    pub values: Vec<Template>,
}

impl Made {
    /// The values that a call of it gives, or of one of its fields.
    pub(crate) fn gives(&self, field: Option<&[u8]>) -> Option<&Gives> {
        match (self, field) {
            (Self::Function(gives), None) => Some(gives),
            (Self::Table(fields), Some(name)) => fields.iter().find(|(it, _)| **it == *name).map(|(_, gives)| gives),
            _ => None,
        }
    }
}
