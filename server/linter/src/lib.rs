//! The lint rules, suppression comments and fixes.

mod diagnostic;

pub use diagnostic::{Diagnostic, Edit, Fix, Level, Related, Tag};
