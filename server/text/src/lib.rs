//! Texts and places in them: edited documents, byte ranges, lines, and the positions of people and editors.

mod document;
mod line_index;
mod position;
mod range;

pub use document::Document;
pub use line_index::{LineCol, LineIndex};
pub use position::{Encoding, Position};
pub use range::TextRange;
