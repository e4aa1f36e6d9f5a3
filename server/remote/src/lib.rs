//! Real servers and clusters: connections, and runs of scripts and functions there.
//!
//! Sockets, TLS (rustls) and the decoder of `protocol` are all that it takes. The `redis` crate was tried and cannot give the
//! outcome that a script has: a status or an error that is not UTF-8 is a parse error, and every later reply of the connection
//! is that error again; a list with an error in it becomes an error altogether; doubles lose digits; the two nulls of RESP2 are
//! one; and its cluster client sends a command again by itself when a connection breaks, so that a script writes twice. Here
//! nothing is sent twice that may have run.
//!
//! Passwords live in [`Secret`] and leave it for the server alone: neither errors nor `Debug` show them, and of a reply to AUTH
//! or HELLO only the code is looked at.

mod address;
mod connection;
mod duration;
mod failure;
mod identity;
mod refusal;
mod secret;
mod server;
mod tls;
mod transport;

pub use address::{Address, AddressError, DEFAULT_PORT, Endpoint};
pub use connection::Connection;
pub use failure::{Error, Failure};
pub use identity::{Identity, Product};
pub use refusal::{Call, Place, Refusal, code, is_in_script, line};
pub use secret::Secret;
pub use server::{Resp, Server, Timeouts, TlsOptions};
pub use transport::Closer;
