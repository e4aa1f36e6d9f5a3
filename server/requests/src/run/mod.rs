//! Stored results of runs, and the runs that are offered. The server does the runs themselves.

pub mod candidates;
pub mod inputs;
pub mod names;
pub mod offer;
pub mod results;
pub mod shorten;
pub mod show;
pub mod update;
