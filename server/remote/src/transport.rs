//! Bytes to and from a server, with an end to each wait.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs as _},
    sync::mpsc,
    time::{Duration, Instant},
};

use rustls::{ClientConnection, StreamOwned};

use crate::{Endpoint, Failure, Server, tls};

enum Socket {
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
}

/// An open socket, with TLS or without.
pub(crate) struct Transport {
    socket: Socket,
    /// Host that certificates are compared with.
    host: String,
}

/// Ends a connection from another thread: whoever reads from it is told that it is closed.
pub struct Closer(CloserSocket);

enum CloserSocket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
}

impl Closer {
    /// Closes both directions.
    pub fn close(&self) {
        // A socket that is closed already is what is wanted.
        let _ = match &self.0 {
            CloserSocket::Tcp(socket) => socket.shutdown(Shutdown::Both),
            #[cfg(unix)]
            CloserSocket::Unix(socket) => socket.shutdown(Shutdown::Both),
        };
    }
}

impl Transport {
    /// Connects to a server, and shakes hands where it speaks TLS.
    pub(crate) fn connect(server: &Server) -> Result<Self, Failure> {
        match &server.address.endpoint {
            Endpoint::Tcp(host, port) => {
                let stream = connect_tcp(host, *port, server.timeouts.connect)?;
                if !server.address.tls {
                    return Ok(Self { socket: Socket::Tcp(stream), host: host.clone() });
                }
                let session = tls::session(&server.tls, host)?;
                let mut stream = StreamOwned::new(session, stream);
                shake_hands(&mut stream, server, host)?;
                Ok(Self { socket: Socket::Tls(Box::new(stream)), host: host.clone() })
            }
            #[cfg(unix)]
            Endpoint::Unix(path) => {
                let stream = std::os::unix::net::UnixStream::connect(path)
                    .map_err(|error| unreachable(&error, server.address.endpoint.clone()))?;
                Ok(Self { socket: Socket::Unix(stream), host: "localhost".to_owned() })
            }
            #[cfg(not(unix))]
            Endpoint::Unix(_) => Err(Failure::Unreachable(
                server.address.endpoint.clone(),
                "this system has no Unix sockets here".to_owned(),
            )),
        }
    }

    /// A handle that closes the connection.
    pub(crate) fn closer(&self) -> io::Result<Closer> {
        Ok(Closer(match &self.socket {
            Socket::Tcp(stream) => CloserSocket::Tcp(stream.try_clone()?),
            Socket::Tls(stream) => CloserSocket::Tcp(stream.sock.try_clone()?),
            #[cfg(unix)]
            Socket::Unix(stream) => CloserSocket::Unix(stream.try_clone()?),
        }))
    }

    /// True if the bytes are encrypted.
    pub(crate) fn is_tls(&self) -> bool {
        matches!(self.socket, Socket::Tls(_))
    }

    /// The failure that an error of TLS stands for; none for errors of the socket.
    pub(crate) fn tls_failure(&self, error: &io::Error, server: &Server) -> Option<Failure> {
        tls::failure(error, &server.tls, &self.host)
    }

    /// Writes all bytes until a deadline.
    pub(crate) fn write(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        self.set_timeouts(deadline)?;
        match &mut self.socket {
            Socket::Tcp(stream) => stream.write_all(bytes),
            Socket::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.write_all(bytes),
        }
    }

    /// Reads some bytes until a deadline; 0 at the end.
    pub(crate) fn read(&mut self, into: &mut [u8], deadline: Instant) -> io::Result<usize> {
        loop {
            self.set_timeouts(deadline)?;
            let read = match &mut self.socket {
                Socket::Tcp(stream) => stream.read(into),
                Socket::Tls(stream) => stream.read(into),
                #[cfg(unix)]
                Socket::Unix(stream) => stream.read(into),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A server that ends without TLS's farewell has ended all the same.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                other => return other,
            }
        }
    }

    fn set_timeouts(&self, deadline: Instant) -> io::Result<()> {
        let left = left(deadline)?;
        match &self.socket {
            Socket::Tcp(stream) => set_tcp(stream, left),
            Socket::Tls(stream) => set_tcp(&stream.sock, left),
            #[cfg(unix)]
            Socket::Unix(stream) => {
                stream.set_read_timeout(Some(left))?;
                stream.set_write_timeout(Some(left))
            }
        }
    }
}

/// The time up to a deadline.
///
/// # Errors
/// It is over.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn set_tcp(stream: &TcpStream, left: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(left))?;
    stream.set_write_timeout(Some(left))
}

fn shake_hands(
    stream: &mut StreamOwned<ClientConnection, TcpStream>,
    server: &Server,
    host: &str,
) -> Result<(), Failure> {
    let deadline = Instant::now() + server.timeouts.handshake;
    while stream.conn.is_handshaking() {
        let done = left(deadline).and_then(|left| set_tcp(&stream.sock, left));
        match done.and_then(|()| stream.conn.complete_io(&mut stream.sock)) {
            Ok((0, 0)) => return Err(Failure::NotTls),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                let failure = tls::failure(&error, &server.tls, host);
                // A plain port waits for the rest of what it takes for a command, or closes.
                return Err(failure.unwrap_or(Failure::NotTls));
            }
        }
    }
    Ok(())
}

fn connect_tcp(host: &str, port: u16, timeout: Duration) -> Result<TcpStream, Failure> {
    let place = || Endpoint::Tcp(host.to_owned(), port);
    let deadline = Instant::now() + timeout;
    let mut last = None;
    for address in addresses(host, port, timeout)? {
        let Ok(left) = left(deadline) else { break };
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                // Commands are written whole; waiting for more of them only costs time.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        Some(error) if !tls::is_timeout(&error) => unreachable(&error, place()),
        _ => Failure::ConnectTimeout(place(), timeout),
    })
}

/// Looks a name up. The system's function takes no time-out, so it runs on a thread that may outlive the wait.
fn addresses(host: &str, port: u16, timeout: Duration) -> Result<Vec<SocketAddr>, Failure> {
    let (sender, receiver) = mpsc::channel();
    let name = host.to_owned();
    std::thread::spawn(move || {
        // Nobody may wait any more.
        let _ = sender.send((name.as_str(), port).to_socket_addrs().map(Vec::from_iter));
    });
    match receiver.recv_timeout(timeout) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err(Failure::NoAddress(host.to_owned())),
        Err(_) => Err(Failure::ConnectTimeout(Endpoint::Tcp(host.to_owned(), port), timeout)),
    }
}

fn unreachable(error: &io::Error, place: Endpoint) -> Failure {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => Failure::Refused(place),
        _ => Failure::Unreachable(place, error.to_string()),
    }
}
