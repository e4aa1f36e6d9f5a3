//! Failures of connections, each with what a user should read.

use std::{fmt, sync::Arc, time::Duration};

use crate::{Endpoint, Refusal, duration::seconds};

/// Failure of a connection or of a call, with the server it concerns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// Name of the server as the user gave it, without password.
    pub server: Arc<str>,
    /// The failure.
    pub failure: Failure,
}

/// Kinds of failure. No text of a server is in them that could repeat a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// No process listens at the port or socket (ECONNREFUSED, ENOENT of a socket).
    Refused(Endpoint),
    /// The name has no address (getaddrinfo).
    NoAddress(String),
    /// The system cannot reach the host: no route, no permission.
    Unreachable(Endpoint, String),
    /// The connection was not made in time: packets are lost or dropped by a firewall.
    ConnectTimeout(Endpoint, Duration),
    /// The connection was taken and nothing came: a stopped process, another protocol.
    Silent(Duration),
    /// TLS to a port without it.
    NotTls,
    /// Plain bytes to a port with TLS: closed or answered by an alert at the first reply.
    WantsTls,
    /// The certificate is signed by an authority that is not trusted.
    UnknownIssuer,
    /// The certificate has other names: those, and the one asked for.
    WrongName(Vec<String>, String),
    /// Another fault of the certificate or of the handshake.
    Tls(String),
    /// A file of certificates or keys cannot be used: its path and the reason.
    CertificateFile(String, String),
    /// TLS 1.3 succeeds, and the first read ends: no client certificate was sent.
    WantsClientCertificate,
    /// Closed at the first reply, without a reason.
    ClosedAtOnce,
    /// NOAUTH.
    WantsPassword,
    /// WRONGPASS: one reply for a wrong password, an unknown user and one that is off.
    WrongPassword(Option<String>),
    /// A password for the default user, which has none.
    NoPasswordSet,
    /// A password setting that gives none: its description and the reason.
    NoPassword(String, String),
    /// The server does not know RESP3, which was asked for.
    NoResp3,
    /// DENIED: protected mode.
    Protected,
    /// `maxclients` is reached.
    TooManyClients,
    /// The database's number is beyond those of the server.
    NoDatabase(u32),
    /// The connection broke while a reply was awaited. True if what was sent may have run.
    Lost(bool),
    /// A reply did not come in time.
    NoReply(Duration),
    /// The bytes of the server are no replies.
    Protocol(String),
    /// The handshake was refused; the code of the error.
    Handshake(String),
    /// The server refused a call.
    Refusal(Refusal),
}

impl Error {
    /// Failure of a server.
    pub fn new(server: &Arc<str>, failure: Failure) -> Self {
        Self { server: Arc::clone(server), failure }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &*self.server;
        match &self.failure {
            Failure::Refused(place) => write!(f, "nothing listens at {place} ({server}): is the server running?"),
            Failure::NoAddress(host) => write!(f, "no address for {host} ({server}): is the name right?"),
            Failure::Unreachable(place, why) => write!(f, "{place} ({server}) cannot be reached: {why}"),
            Failure::ConnectTimeout(place, time) => write!(
                f,
                "{place} ({server}) takes no connection within {}: is the address right, does a firewall drop it?",
                seconds(*time)
            ),
            Failure::Silent(time) => write!(
                f,
                "{server} took the connection but does not answer within {}: is it a Redis server, is it stopped or busy?",
                seconds(*time)
            ),
            Failure::NotTls => write!(f, "{server} does not speak TLS there: try redis:// instead of rediss://"),
            Failure::WantsTls => write!(
                f,
                "{server} closed the connection at the first command: does the port want TLS? Try rediss:// instead of redis://"
            ),
            Failure::UnknownIssuer => write!(
                f,
                "the certificate of {server} is signed by none that this machine trusts: name the authority with --cacert, \
                 or cacert in [servers]"
            ),
            Failure::WrongName(names, asked) if names.is_empty() => write!(
                f,
                "the certificate of {server} is not for {asked}: it has no names (subjectAltName), and its common name does not \
                 count: give the server one with names"
            ),
            Failure::WrongName(names, asked) => {
                write!(
                    f,
                    "the certificate of {server} is not for {asked} but for {}: name the one that is meant with --server-name, or \
                     server-name in [servers]",
                    names.join(", ")
                )
            }
            Failure::Tls(why) => write!(f, "no TLS connection to {server}: {why}"),
            Failure::CertificateFile(path, why) => write!(f, "{path} cannot be used for {server}: {why}"),
            Failure::WantsClientCertificate => write!(
                f,
                "{server} closed the connection after the TLS handshake: it may want a client certificate (--cert and --key, \
                 or cert and key in [servers])"
            ),
            Failure::ClosedAtOnce => write!(f, "{server} closed the connection at the first command"),
            Failure::WantsPassword => write!(
                f,
                "{server} wants a password: give it by password-env in [servers], by REDISCLI_AUTH, or with --ask-password"
            ),
            Failure::WrongPassword(None) => write!(f, "{server} does not take this password for the default user"),
            Failure::WrongPassword(Some(user)) => write!(
                f,
                "{server} does not take this password for user {user}, or there is no user {user}, or it is off"
            ),
            Failure::NoPasswordSet => write!(
                f,
                "a password was given for {server}, but its default user has none: is it the right server? Leave the \
                 password out, or name the user"
            ),
            Failure::NoPassword(setting, why) => write!(f, "no password for {server} from {setting}: {why}"),
            Failure::NoResp3 => write!(f, "{server} does not know RESP3: leave --resp 3 out"),
            Failure::Protected => write!(
                f,
                "{server} runs in protected mode: it takes connections from its own machine alone, until it has a password \
                 or protected-mode is off"
            ),
            Failure::TooManyClients => write!(f, "{server} has as many clients as it takes (maxclients)"),
            Failure::NoDatabase(number) => {
                write!(f, "{server} has no database {number}: see `databases` in its configuration")
            }
            Failure::Lost(false) => write!(f, "{server} closed the connection"),
            Failure::Lost(true) => write!(
                f,
                "{server} went away while the script ran: what it had written may be kept, by its file or a replica, or lost"
            ),
            Failure::NoReply(time) => write!(f, "{server} does not answer within {}: it may be busy", seconds(*time)),
            Failure::Protocol(why) => write!(f, "{server} does not speak the protocol of Redis: {why}"),
            Failure::Handshake(code) => write!(f, "{server} refuses the connection with {code}"),
            Failure::Refusal(refusal) => refusal.write(server, f),
        }
    }
}
