//! The keyspace of a server in memory, and the commands that work on it.
//!
//! Layers, each above the next: `execute` runs calls, and its `dispatch` names the function of each command of the table;
//! `commands/` has a file a group of commands, which work on a `Call`; `engine` is the state of a server; below are its
//! parts: `keyspace`, `value/` with a file a data type, `acl`, `config`, `stats`. `resolve` finds commands by target alone.

pub mod acl;
pub mod call;
mod clients;
mod commands;
pub mod config;
mod double;
mod engine;
mod error;
mod eviction;
mod execute;
mod getkeys;
pub mod glob;
pub mod judge;
mod key_access;
pub mod keyspace;
pub mod latency;
mod long_double;
mod names;
mod notify;
pub mod rdb;
pub mod release;
pub mod resolve;
mod settings;
mod size;
mod stats;
mod subscribers;
pub mod value;

pub use clients::{Caller, Clients};
pub use commands::help::help;
pub use double::digits;
pub use engine::{Clock, Engine, Expiration, Watch};
pub use error::Error;
pub use execute::{Support, support};
pub use notify::{Class, Classes, Published};
pub use stats::{ByCommand, Calls, CommandLog, Denied, Logged, Rates, Stats, request_size};
pub use subscribers::Subscribers;
