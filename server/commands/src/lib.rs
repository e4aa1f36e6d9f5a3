//! The command table of every server version as data, how one call binds to it, and cluster slots.

mod generated {
    pub(crate) mod commands;
}
pub mod bind;
mod lookup;
mod slot;
pub mod spec;
mod target;

pub use lookup::{ModuleFamily, all, lookup, module_family, subcommand, suggest, suggest_subcommand};
pub use slot::{SLOTS, hash_tag, key_slot};
pub use spec::{CommandSpec, Flags};
pub use target::{Family, Target, UnknownTarget, Version};
