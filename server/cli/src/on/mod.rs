//! Real servers in the place of the embedded engine: `--on`.

mod compare;
mod examples;
mod interrupt;
mod normal;
mod report;
mod run;
mod servers;
mod single;

pub(crate) use examples::{File, Label, run as examples};
pub(crate) use run::run;
pub(crate) use servers::{only, refused};
