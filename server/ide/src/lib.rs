//! Editor features for scripts: one file a feature, answers in byte offsets, independent of the protocol.
//!
//! A feature takes a [`Project`], the number of a file and an offset, and never fails: its answer may be empty.

mod annotation;
mod at;
mod call_site;
mod classify;
pub mod code_action;
pub mod code_lens;
mod command_line;
pub mod completion;
mod doc_comment;
pub mod entry;
pub mod explain;
mod field;
pub mod folding;
mod functions;
pub mod highlight;
pub mod hover;
pub mod indent;
pub mod inlay_hint;
pub mod links;
mod naming;
pub mod navigation;
pub mod on_enter;
mod path;
mod project;
mod reference;
mod render;
mod see;
pub mod selection;
pub mod semantic_tokens;
pub mod settings;
pub mod signature;
pub mod summary;
pub mod symbols;
#[cfg(test)]
mod test_support;
mod tokens;
mod visibility;
mod vocabulary;

pub use annotation::TypeName;
pub use at::{At, Element};
pub use field::FieldAt;
pub use project::{File, Location, Project, is_transcript};
pub use reference::Reference;
