//! What runs of scripts left to show, and the runs that are offered. Runs themselves are the server's.

pub mod candidates;
pub mod inputs;
pub mod names;
pub mod offer;
pub mod results;
pub mod shorten;
pub mod show;
pub mod update;
