//! Real servers and clusters: connections, and runs of scripts and functions there.
//!
//! Sockets, TLS (rustls) and the decoder of `protocol` are all that it takes. The `redis` crate was tried and cannot give the
//! outcome that a script has: a status or an error that is not UTF-8 is a parse error, and every later reply of the connection
//! is that error again; a list with an error in it becomes an error altogether; doubles lose digits; the two nulls of RESP2 are
//! one; and its cluster client sends a command again by itself when a connection breaks, so that a script writes twice. Here
//! nothing is sent twice that may have run.
//!
//! ```no_run
//! use remote::{Entry, Invocation, Server, Session, Stop};
//!
//! let server = Server::new("redis://localhost:6379".parse()?);
//! let mut session = Session::open(&server)?;
//! let invocation = Invocation {
//!     entry: Entry::Script(b"return redis.call('GET', KEYS[1])".to_vec()),
//!     keys: vec![b"stock:42".to_vec()],
//!     args: Vec::new(),
//!     write: false,
//!     proved_read_only: false,
//!     time: std::time::Duration::from_secs(30),
//!     replicas: false,
//! };
//! // `stop.stop()` on another thread ends the run, on the server too.
//! let stop = Stop::default();
//! println!("{:?}", session.run(&invocation, &stop)?.reply());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Passwords live in [`Secret`] and leave it for the server alone: neither errors nor `Debug` show them, and of a reply to AUTH
//! or HELLO only the code is looked at.

mod address;
mod connection;
mod credentials;
mod duration;
mod explain;
mod failure;
mod functions;
mod identity;
mod invocation;
mod keys;
mod node;
mod refusal;
mod refusal_text;
mod secret;
mod server;
mod session;
mod stop;
mod tls;
mod topology;
mod transport;

pub use address::{Address, AddressError, DEFAULT_PORT, Endpoint};
pub use connection::Connection;
pub use credentials::{PASSWORD_VARIABLE, PasswordSource};
pub use failure::{Error, Failure};
pub use functions::{Library, field};
pub use identity::{Identity, Product};
pub use invocation::{Entry, Invocation, Loaded, Outcome, Ran};
pub use keys::{Key, Keys};
pub use node::{End, Why};
pub use refusal::{Call, Place, Refusal, code, is_in_script, line};
pub use secret::Secret;
pub use server::{Resp, Server, Timeouts, TlsOptions};
pub use session::Session;
pub use stop::Stop;
pub use topology::{SlotRange, Topology, slot_of};
pub use transport::Closer;
