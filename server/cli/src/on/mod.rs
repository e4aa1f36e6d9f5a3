//! Real servers in the place of the embedded engine: `--on`.

mod password;
mod report;
mod run;
mod servers;

pub(crate) use run::run;
