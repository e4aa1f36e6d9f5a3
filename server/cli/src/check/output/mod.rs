//! The forms in which findings are written, one a file.

pub(super) mod human;
pub(super) mod json;
