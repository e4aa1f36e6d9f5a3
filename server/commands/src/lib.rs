//! The command table of every server version as data, how one call binds to it, and cluster slots.

mod generated {
    pub(crate) mod api;
    pub(crate) mod command_ids;
    pub(crate) mod commands;
}
pub mod api;
pub mod bind;
mod lookup;
pub mod reply;
mod slot;
pub mod spec;
mod target;
mod usage;

pub use generated::command_ids::CommandId;
pub use lookup::{
    ModuleFamily, NewerCommand, all, by_name, lookup, module_family, module_keys, newer_command, subcommand, suggest,
    suggest_subcommand,
};
pub use slot::{SLOTS, hash_tag, key_slot};
pub use spec::{CommandSpec, Flags};
pub use target::{Family, Target, Targets, UnknownTarget, UnknownTargets, Version, listed};
pub use usage::{spans, usage};
