//! The engine behind a port: clients speak RESP with it as with a real server.
//!
//! One thread reads, decodes and writes ([`connection`]), and runs the commands in the order of their arrival ([`executor`]), so
//! that no command ever sees another at work. Another thread runs scripts. What the clients are lives in the [`state`], behind a
//! lock which is given up only while a script runs: then others may be answered `BUSY` ([`busy`]).

mod admission;
mod blocking;
mod busy;
mod client;
mod connection;
mod engine_calls;
mod executor;
mod listen;
mod monitor;
mod pause;
mod prefix_tree;
mod process;
mod pubsub;
mod session;
mod settings;
mod state;
mod tracking;
mod transaction;
mod turn;

pub use listen::{Options, run};
