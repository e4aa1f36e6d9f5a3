//! One connection to one server.

use std::{
    io,
    time::{Duration, Instant},
};

use protocol::{Reply, ReplyDecoder, resp};

use crate::{Closer, Error, Failure, Identity, Resp, Secret, Server, refusal, tls, transport::Transport};

/// Longest reply in bytes. Servers send at most 512 MiB in one text.
const MAX_REPLY: usize = 1024 * 1024 * 1024;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// An open connection, authenticated and on its database.
pub struct Connection {
    server: Server,
    transport: Transport,
    decoder: ReplyDecoder,
    identity: Option<Identity>,
    resp: Resp,
    /// True until the first reply: only then an end means that the port wants TLS or a certificate.
    is_new: bool,
}

impl Connection {
    /// Connects, authenticates, selects the database and asks for the version.
    ///
    /// # Errors
    /// Any of the failures of a connection; each wait ends by the server's time-outs.
    pub fn open(server: &Server) -> Result<Self, Error> {
        let named = |failure| Error::new(&server.name, failure);
        let transport = Transport::connect(server).map_err(named)?;
        let mut connection = Self {
            server: server.clone(),
            transport,
            decoder: ReplyDecoder::new(MAX_REPLY),
            identity: None,
            resp: Resp::Two,
            is_new: true,
        };
        connection.shake_hands().map_err(named)?;
        connection.select().map_err(named)?;
        connection.identify();
        Ok(connection)
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Product and version; none if the user may ask for neither.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Protocol that is spoken.
    pub fn resp(&self) -> Resp {
        self.resp
    }

    /// A handle that closes the connection from another thread.
    ///
    /// # Errors
    /// The system has no more descriptors.
    pub fn closer(&self) -> io::Result<Closer> {
        self.transport.closer()
    }

    /// Sends a command and waits for its reply as long as the server's time-out for replies. An error reply is a reply.
    ///
    /// # Errors
    /// The connection broke, or no reply came. It cannot be used any more then.
    pub fn call<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Result<Reply, Error> {
        let time = self.server.timeouts.reply;
        self.call_for(words, time)
    }

    /// Sends a command and waits for its reply for a time.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn call_for<W: AsRef<[u8]>>(&mut self, words: &[W], time: Duration) -> Result<Reply, Error> {
        let deadline = Instant::now() + time;
        let done = self.send_all(&[words], deadline).and_then(|()| self.receive(deadline, time));
        done.map_err(|failure| Error::new(&self.server.name, failure))
    }

    /// Sends commands at once and reads their replies, in order, within the server's time-out for one.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn call_all<W: AsRef<[u8]>>(&mut self, calls: &[impl AsRef<[W]>]) -> Result<Vec<Reply>, Error> {
        let time = self.server.timeouts.reply;
        let deadline = Instant::now() + time;
        let done = self.send_all(calls, deadline);
        let done = done.and_then(|()| calls.iter().map(|_| self.receive(deadline, time)).collect());
        done.map_err(|failure| Error::new(&self.server.name, failure))
    }

    /// Sends commands without waiting for their replies.
    pub(crate) fn send_all<W: AsRef<[u8]>>(
        &mut self,
        calls: &[impl AsRef<[W]>],
        deadline: Instant,
    ) -> Result<(), Failure> {
        let mut out = Vec::new();
        calls.iter().for_each(|words| resp::encode_command(words.as_ref(), &mut out));
        match self.transport.write(&out, deadline) {
            // A server that refuses the size of what is sent says so and closes: its last words are read by `receive`.
            Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => Ok(()),
            Err(error) => Err(self.broken(&error, Duration::ZERO)),
            Ok(()) => Ok(()),
        }
    }

    /// Waits for the next reply until a deadline.
    pub(crate) fn receive_until(&mut self, deadline: Instant) -> Result<Reply, Failure> {
        self.receive(deadline, deadline.saturating_duration_since(Instant::now()))
    }

    fn receive(&mut self, deadline: Instant, time: Duration) -> Result<Reply, Failure> {
        let mut chunk = vec![0; CHUNK];
        loop {
            match self.decoder.next_reply() {
                // Messages without a request: nothing here asks for any.
                Ok(Some(Reply::Push(_))) => {}
                Ok(Some(reply)) => {
                    self.is_new = false;
                    return Ok(reply);
                }
                Ok(None) => match self.transport.read(&mut chunk, deadline) {
                    Ok(0) => return Err(self.ended()),
                    Ok(count) => self.decoder.feed(&chunk[..count]),
                    Err(error) => return Err(self.broken(&error, time)),
                },
                // An alert of TLS, in the words of a port that speaks nothing else.
                Err(_) if self.is_new && self.decoder.pending().first() == Some(&0x15) => {
                    return Err(Failure::WantsTls);
                }
                Err(error) => return Err(Failure::Protocol(error.0)),
            }
        }
    }

    /// The failure that the end of the connection is.
    fn ended(&self) -> Failure {
        match (self.is_new, self.transport.is_tls()) {
            (false, _) => Failure::Lost(false),
            (true, true) if self.server.tls.cert.is_none() => Failure::WantsClientCertificate,
            (true, false) if matches!(self.server.address.endpoint, crate::Endpoint::Tcp(..)) => Failure::WantsTls,
            (true, _) => Failure::ClosedAtOnce,
        }
    }

    fn broken(&self, error: &io::Error, time: Duration) -> Failure {
        if let Some(failure) = self.transport.tls_failure(error, &self.server) {
            return failure;
        }
        match (tls::is_timeout(error), self.is_new) {
            (true, true) => Failure::Silent(time),
            (true, false) => Failure::NoReply(time),
            (false, _) => self.ended(),
        }
    }

    /// Asks for a protocol and authenticates. Replies to commands with a password are looked at for their code alone: the texts
    /// of old servers repeat the words of commands that they do not know.
    fn shake_hands(&mut self) -> Result<(), Failure> {
        let time = self.server.timeouts.first_reply;
        let address = self.server.address.clone();
        let version: &[u8] = if self.server.resp == Some(Resp::Two) { b"2" } else { b"3" };
        let mut calls: Vec<Vec<&[u8]>> = Vec::new();
        let mut hello: Vec<&[u8]> = vec![b"HELLO", version];
        match (&address.user, &address.password) {
            // Before it has authenticated, a client may not call HELLO by itself.
            (Some(user), password) if user != "default" => {
                // A user may need no password, but then takes the empty one.
                let password = password.as_ref().map_or(&b""[..], Secret::expose);
                hello.extend([&b"AUTH"[..], user.as_bytes(), password]);
            }
            // HELLO takes any password for a default user that has none; AUTH refuses it.
            (_, Some(password)) => calls.push(vec![b"AUTH", password.expose()]),
            _ => {}
        }
        calls.push(hello);
        let replies = self.pipeline(&calls, time)?;
        let mut replies = replies.iter();
        if calls.len() == 2 {
            let reply = replies.next().unwrap_or(&Reply::Nil);
            if let Reply::Error(text) = reply {
                return Err(self.handshake_failure(text).unwrap_or(match refusal::code(text) {
                    b"ERR" => Failure::NoPasswordSet,
                    code => Failure::Handshake(String::from_utf8_lossy(code).into_owned()),
                }));
            }
        }
        match replies.next() {
            Some(Reply::Error(text)) => {
                if let Some(failure) = self.handshake_failure(text) {
                    return Err(failure);
                }
                match refusal::code(text) {
                    b"NOPROTO" if self.server.resp == Some(Resp::Three) => Err(Failure::NoResp3),
                    // A server without HELLO, or a user who may not call it.
                    b"ERR" | b"NOPERM" | b"NOPROTO" if self.server.resp != Some(Resp::Three) => self.authenticate(),
                    b"ERR" => Err(Failure::NoResp3),
                    code => Err(Failure::Handshake(String::from_utf8_lossy(code).into_owned())),
                }
            }
            Some(reply) => {
                self.identity = Identity::of_hello(reply);
                self.resp = if version == b"3" { Resp::Three } else { Resp::Two };
                Ok(())
            }
            None => Err(Failure::ClosedAtOnce),
        }
    }

    /// Authenticates a named user by AUTH, where HELLO is not to be had.
    fn authenticate(&mut self) -> Result<(), Failure> {
        let address = self.server.address.clone();
        let Some(user) = address.user.as_deref().filter(|user| *user != "default") else { return Ok(()) };
        let password = address.password.as_ref().map_or(&b""[..], Secret::expose);
        let call: Vec<&[u8]> = vec![b"AUTH", user.as_bytes(), password];
        let replies = self.pipeline(&[call], self.server.timeouts.reply)?;
        match replies.first() {
            Some(Reply::Error(text)) => Err(self
                .handshake_failure(text)
                .unwrap_or_else(|| Failure::Handshake(String::from_utf8_lossy(refusal::code(text)).into_owned()))),
            _ => Ok(()),
        }
    }

    /// The failure of an error during the handshake, where its code tells.
    fn handshake_failure(&self, text: &[u8]) -> Option<Failure> {
        let user = self.server.address.user.clone();
        Some(match refusal::code(text) {
            b"NOAUTH" => Failure::WantsPassword,
            b"WRONGPASS" if self.server.address.password.is_none() => Failure::WantsPassword,
            b"WRONGPASS" => Failure::WrongPassword(user),
            b"DENIED" => Failure::Protected,
            // It has no code, comes unasked for, and the connection ends.
            b"ERR" if text.starts_with(b"ERR max number of clients") => Failure::TooManyClients,
            _ => return None,
        })
    }

    /// Sends several commands at once and reads their replies; fewer if the server closes behind an error.
    fn pipeline(&mut self, calls: &[Vec<&[u8]>], time: Duration) -> Result<Vec<Reply>, Failure> {
        let deadline = Instant::now() + time;
        let mut out = Vec::new();
        for call in calls {
            resp::encode_command(call, &mut out);
        }
        let written = self.transport.write(&out, deadline);
        zeroize::Zeroize::zeroize(&mut out);
        if let Err(error) = written
            && !matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
        {
            return Err(self.broken(&error, time));
        }
        let mut replies = Vec::new();
        for _ in calls {
            match self.receive(deadline, time) {
                Ok(reply) => replies.push(reply),
                Err(_) if replies.last().is_some_and(Reply::is_error) => break,
                Err(failure) => return Err(failure),
            }
        }
        Ok(replies)
    }

    fn select(&mut self) -> Result<(), Failure> {
        let database = self.server.address.database;
        if database == 0 {
            return Ok(());
        }
        let number = database.to_string();
        let replies = self.pipeline(&[vec![b"SELECT", number.as_bytes()]], self.server.timeouts.reply)?;
        match replies.first() {
            Some(Reply::Error(text)) => match refusal::code(text) {
                b"ERR" => Err(Failure::NoDatabase(database)),
                _ => match refusal::Refusal::of(text, &refusal::Call { command: "SELECT", user: self.user() }) {
                    Some(refusal) => Err(Failure::Refusal(refusal)),
                    None => Err(self.handshake_failure(text).unwrap_or(Failure::NoDatabase(database))),
                },
            },
            _ => Ok(()),
        }
    }

    /// Asks for the version. A user who may not call INFO keeps what HELLO told, which is wrong for Dragonfly alone.
    fn identify(&mut self) {
        let info = self.pipeline(&[vec![b"INFO", b"server"]], self.server.timeouts.reply);
        let text = match info.as_deref() {
            Ok([Reply::Bulk(text) | Reply::Verbatim { text, .. }]) => String::from_utf8_lossy(text).into_owned(),
            _ => return,
        };
        if let Some(mut identity) = Identity::of_info(&text) {
            identity.cluster |= self.identity.as_ref().is_some_and(|it| it.cluster);
            self.identity = Some(identity);
        }
    }

    /// User of the connection; none for the default user.
    pub fn user(&self) -> Option<&str> {
        self.server.address.user.as_deref()
    }
}
