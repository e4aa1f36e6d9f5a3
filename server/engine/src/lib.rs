//! The keyspace of a server in memory, and the commands that work on it.
//!
//! `value/` has a file a data type, `commands/` a file a group of commands, and `dispatch.rs` says which function answers
//! which command of the table.

pub mod acl;
pub mod call;
mod commands;
pub mod config;
mod dispatch;
mod engine;
mod error;
mod eviction;
pub mod glob;
pub mod judge;
pub mod keyspace;
pub mod latency;
mod long_double;
mod notify;
pub mod rdb;
pub mod release;
mod settings;
mod size;
mod stats;
mod subscribers;
pub mod value;

pub use call::digits;
pub use commands::help::help;
pub use dispatch::{Support, support};
pub use engine::{Caller, Clients, Clock, Engine, Expiration, Published, Watch};
pub use error::Error;
pub use notify::{Class, Classes};
pub use stats::{ByCommand, Calls, CommandLog, Denied, Logged, Rates, Stats, request_size};
pub use subscribers::Subscribers;
