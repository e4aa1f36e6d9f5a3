//! Requests of the language server protocol: from the protocol's types to the `ide` crate, and back; one file a request.
//!
//! A request is answered from a [`snapshot`](snapshot::Snapshot), without threads or I/O, so that any transport can carry
//! it. What formatting, renames of files and links to files ask of a disk goes through a trait ([`Disk`](disk::Disk)).
//! All that a request knows of a place goes through a [`View`](snapshot::View): positions come in and ranges go out there.

/// A request that is refused, with the reason in a sentence for the user (`RequestFailed`, -32803).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused(pub String);

pub mod call_hierarchy;
pub mod calls;
pub mod client;
pub mod code_action;
pub mod code_lens;
pub mod completion;
pub mod convert;
pub mod definition;
pub mod diagnostic;
pub mod disk;
pub mod document_link;
pub mod folding;
pub mod format_script;
pub mod formatting;
pub mod hover;
pub mod inlay_hint;
pub mod markup;
pub mod move_script;
pub mod references;
pub mod rename;
pub mod rename_files;
pub mod run;
pub mod selection;
pub mod semantic_tokens;
pub mod settings;
pub mod settings_file;
pub mod signature_help;
pub mod snapshot;
mod snippet;
pub mod symbols;
