//! A server as users name and configure it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::Address;

/// Version of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resp {
    /// Version 2.
    Two,
    /// Version 3, since Redis 6.
    Three,
}

/// Certificates of a connection.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TlsOptions {
    /// PEM file of the authorities that are trusted; those of the system if none.
    pub cacert: Option<PathBuf>,
    /// PEM file of the client's certificate.
    pub cert: Option<PathBuf>,
    /// PEM file of the client's key.
    pub key: Option<PathBuf>,
    /// Name that the server's certificate must have; the host if none.
    pub server_name: Option<String>,
}

/// Longest times of the waits of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// For the TCP connection.
    pub connect: Duration,
    /// For the TLS handshake: a port without TLS never answers one.
    pub handshake: Duration,
    /// For the first reply: a stopped process accepts connections too.
    pub first_reply: Duration,
    /// For each later reply, but for those of scripts.
    pub reply: Duration,
}

impl Timeouts {
    /// The same time for each wait.
    pub const fn all(time: Duration) -> Self {
        Self { connect: time, handshake: time, first_reply: time, reply: time }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::all(Duration::from_secs(5))
    }
}

/// A server and how to connect to it.
#[derive(Clone, Debug)]
pub struct Server {
    /// Name in messages: as in `[servers]`, else the address.
    pub name: Arc<str>,
    /// The address, with user and password.
    pub address: Address,
    /// Certificates, for addresses with TLS.
    pub tls: TlsOptions,
    /// Protocol to speak; none for RESP3 if the server knows it, else RESP2.
    pub resp: Option<Resp>,
    /// Longest waits.
    pub timeouts: Timeouts,
}

impl Server {
    /// A server named by its address, all else as by default.
    pub fn new(address: Address) -> Self {
        Self {
            name: address.to_string().into(),
            address,
            tls: TlsOptions::default(),
            resp: None,
            timeouts: Timeouts::default(),
        }
    }
}
