//! `CLIENT`, and how clients are described.

mod command;
mod filter;
mod info;

pub(crate) use command::{run, set_name};
pub(crate) use info::{line, memory};
