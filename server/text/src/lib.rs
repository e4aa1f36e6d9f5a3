//! Byte ranges and the line index: how an offset in a script becomes a place that a person can find.

mod line_index;
mod range;

pub use line_index::{LineCol, LineIndex};
pub use range::TextRange;
