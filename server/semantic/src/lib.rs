//! Meaning of a script: its names, constants, keys and arguments, includes, registrations and command calls.
//!
//! [`Script::new`] analyses one file by itself and never fails; [`link()`] links the names of a project's files;
//! [`Script::bind_commands`] reads the command calls against the target servers; [`facts`] describes a script
//! as a whole; [`annotations`] reads the types in comments. Nothing here does I/O.

mod analyse;
pub mod annotations;
mod api_paths;
mod bind_commands;
mod calls;
mod constant;
mod detect;
mod environment;
pub mod facts;
mod files;
pub mod flow;
mod functions;
mod header;
mod include;
mod key_uses;
mod keys;
mod library;
mod link;
mod members;
mod movement;
mod needs;
mod outline;
pub mod pattern;
pub mod points_to;
mod reach;
mod registrations;
mod returns;
mod scope;
mod script;
mod shebang;
mod sites;
pub mod values;

pub use api_paths::ApiPath;
pub use calls::{CallForm, CommandCall};
pub use constant::Constant;
pub use environment::{Definition, Environment, FolderLack, IncludedUse, ProgramName};
pub use files::{Files, Part};
pub use header::{Entry, Header};
pub use include::{Include, IncludeForm, PathMappings, normalise};
pub use keys::{IndexUse, TableUse};
pub use library::{Library, Registration};
pub use link::{LinkSource, Linked, Links, link};
pub use outline::Outline;
pub use reach::Reached;
pub use scope::{GlobalUse, Init, Local, LocalId, LocalKind, Scopes, Write};
pub use script::{File, Pasted, Script};
pub use shebang::{Shebang, Word};
pub use sites::{Callers, Needs, Site, SiteTarget};
