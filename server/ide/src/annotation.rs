//! Types that annotations write: where their names are declared and used, and the types of expressions by them.

mod annotated;
mod names;
#[cfg(test)]
mod tests;

pub(crate) use annotated::Annotated;
pub use names::TypeName;
pub(crate) use names::{BUILT_IN, TypeNames, mentions, words};
