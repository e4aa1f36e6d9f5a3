//! A server on a port of its own, and its clients.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use protocol::{Reply, resp};
use tests::redlua;

/// A server that ends with its test.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = match redlua().args(["serve", "--port", "0"]).args(args).stdout(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => panic!("{error}"),
        };
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).ok();
        }
        let Some(address) = line.trim_end().strip_prefix("ready ") else { panic!("not ready: {line:?}") };
        Self { child, address: address.to_owned() }
    }

    pub(crate) fn client(&self) -> Client {
        match TcpStream::connect(&self.address) {
            Ok(stream) => {
                stream.set_read_timeout(Some(Duration::from_secs(60))).ok();
                Client { stream, buffer: Vec::new() }
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    pub(crate) buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).ok();
    }

    pub(crate) fn send(&mut self, command: &str) {
        let mut out = Vec::new();
        resp::encode_command(&command.split(' ').collect::<Vec<_>>(), &mut out);
        self.raw(&out);
    }

    /// The next reply; none if the server has closed the connection.
    pub(crate) fn read(&mut self) -> Option<Reply> {
        loop {
            match resp::decode(&self.buffer) {
                Ok(Some((reply, used))) => {
                    self.buffer.drain(..used);
                    return Some(reply);
                }
                Ok(None) => {}
                Err(error) => panic!("{error}: {:?}", self.buffer),
            }
            let mut chunk = [0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("no reply"),
                Err(_) => return None,
            }
        }
    }

    /// Sends a command; its reply in short.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.send(command);
        self.told()
    }

    /// Returns once so many clients wait in a blocking command.
    pub(crate) fn wait_for_blocked(&mut self, count: usize) {
        let (begin, wanted) = (Instant::now(), format!("blocked_clients:{count} "));
        while !self.ask("INFO clients").replace(['\r', '\n'], " ").contains(&wanted) {
            assert!(begin.elapsed() < Duration::from_secs(60), "they do not wait");
        }
    }

    /// The next reply in short.
    pub(crate) fn told(&mut self) -> String {
        self.read().map_or_else(|| "closed".to_owned(), |reply| short(&reply))
    }
}

pub(crate) fn short(reply: &Reply) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match reply {
        Reply::Status(bytes) | Reply::Bulk(bytes) => text(bytes),
        Reply::Error(bytes) => format!("-{}", text(bytes)),
        Reply::Int(number) => number.to_string(),
        Reply::Nil | Reply::NilArray => "nil".to_owned(),
        Reply::Array(all) | Reply::Set(all) => format!("[{}]", all.iter().map(short).collect::<Vec<_>>().join(" ")),
        Reply::Push(all) => format!(">[{}]", all.iter().map(short).collect::<Vec<_>>().join(" ")),
        Reply::Map(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}={}", short(key), short(value))).collect();
            format!("{{{}}}", pairs.join(" "))
        }
        Reply::Double(text) => text.clone(),
        other => format!("{other:?}"),
    }
}
