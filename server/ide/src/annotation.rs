//! Types that annotations write: where their names are declared and used, and the types of expressions by them.

mod annotated;
mod names;
#[cfg(test)]
mod tests;
mod type_names;

pub(crate) use annotated::Annotated;
pub use names::TypeName;
pub(crate) use names::{BUILT_IN, mentions, words};
pub(crate) use type_names::TypeNames;
