//! A use of something.

use crate::Location;

/// A use of something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reference {
    /// The place.
    pub location: Location,
    /// True if it is given a value there.
    pub is_write: bool,
}
