//! The files of a project: which are scripts, what `redlua.toml` says, and where includes lead.
//!
//! Both the checker and the language server build on this, so that they cannot disagree. This crate reads files; the crates
//! below, which analyse them, do no I/O.

mod flatten;
mod hosts;
mod locate;
mod moves;
mod programs;
mod project;
mod read;
mod read_hosts;
mod relative;
mod resolve;
mod sent;
mod settings;
mod sites;
mod source;
mod stamp;
mod survey;
mod walk;

pub use flatten::{Flattened, flatten};
pub use hosts::{Embedding, Host, embedded_path, split_embedded_path};
pub use locate::{Named, Place, Raised, locate, texts};
pub use moves::{IncludeEdit, MappingEdit, MovedFile, Moves};
pub use project::Project;
pub use read::{Loaded, read, read_bounded};
pub use read_hosts::{read_all, read_scripts, scripts_of};
pub use relative::relative;
pub use resolve::Resolver;
pub use sent::{Sent, sent};
pub use settings::{Problem, Settings, nearest};
pub use source::Source;
pub use stamp::FileStamp;
pub use survey::survey;
pub use walk::{Found, canonical, files, files_named, files_with_hosts};
