//! The settings of a workspace: [`table`] lists all that `redlua.toml` may hold, [`Config`] is what one holds.
//!
//! The reader, the schema that editors use, completion in the file and the documentation all go by the table.

mod config;
mod run;
mod servers;
pub mod table;

pub use config::{Config, ConfigProblem, HostCall, HostsConfig, level, mapping_values};
pub use run::{RunConfig, time};
pub use servers::{SERVER_SETTINGS, ServerConfig, ServerSetting, ServerUrl, ServerValue};
