//! Sessions of several clients with a server, `conformance/sessions/*.txt`: their notation, and how they are played.
//!
//! `a> CALL` is sent by the client `a`, `a<` reads a message that it was sent. The lines below, indented, have the reply by
//! server, `*` for all that are not named; `*: <any>` stands for a reply that depends on chance or on the clock.

use std::{
    fmt::{Display, Formatter},
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use protocol::{Reply, notation::quote, resp, split_line};
use rustc_hash::FxHashMap;

/// The reply of a step whose reply is not compared.
pub const ANY: &str = "<any>";

/// A call, or the reading of a message.
pub struct Step {
    /// Number of the line, from 1.
    pub line: usize,
    /// The call as the file has it.
    pub text: String,
    /// Name of the client.
    pub client: String,
    /// Arguments of the call.
    pub words: Vec<Vec<u8>>,
    /// Set if a message is read and nothing is sent.
    pub reads: bool,
    /// Replies by server, `*` for all others.
    pub replies: Vec<(String, String)>,
}

impl Step {
    /// The reply of a server; nothing if it is not recorded.
    pub fn reply_of(&self, server: &str) -> Option<&str> {
        let find = |wanted: &str| self.replies.iter().find(|(name, _)| name == wanted);
        find(server).or_else(|| find("*")).map(|(_, reply)| reply.as_str())
    }
}

/// Reads the steps of a session.
///
/// # Panics
///
/// On a line that is neither a call nor a reply.
pub fn parse(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if let Some(reply) = line.strip_prefix("  ") {
            let Some((names, reply)) = reply.split_once(": ") else { panic!("line {}: no reply", at + 1) };
            let Some(step) = steps.last_mut() else { panic!("line {}: no call", at + 1) };
            step.replies.extend(names.split(' ').map(|name| (name.to_owned(), reply.to_owned())));
            continue;
        }
        let Some((client, call)) = line.split_once(['>', '<']) else { panic!("line {}: no client", at + 1) };
        let reads = line[client.len()..].starts_with('<');
        let Ok(words) = split_line(call.trim().as_bytes()) else { panic!("line {}: no words", at + 1) };
        let words = words.into_iter().map(|word| long(word.to_vec())).collect();
        let (text, client) = (line.to_owned(), client.to_owned());
        steps.push(Step { line: at + 1, text, client, words, reads, replies: Vec::new() });
    }
    steps
}

/// `REP(count)` stands for a long word.
fn long(word: Vec<u8>) -> Vec<u8> {
    let count = word.strip_prefix(b"REP(").and_then(|rest| rest.strip_suffix(b")"));
    match count.and_then(|count| std::str::from_utf8(count).ok()?.parse().ok()) {
        Some(count) => vec![b'x'; count],
        None => word,
    }
}

/// The clients of a session, which connect when they are first named.
pub struct Clients {
    address: String,
    patience: Duration,
    open: FxHashMap<String, Client>,
}

impl Clients {
    /// Clients of the server at `address`, which wait for a reply for `patience` at most.
    pub fn new(address: &str, patience: Duration) -> Self {
        Self { address: address.to_owned(), patience, open: FxHashMap::default() }
    }

    /// Plays a step; its reply, `<closed>` if the server hung up, `<nothing>` if none came in time.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached.
    pub fn play(&mut self, step: &Step) -> std::io::Result<String> {
        let client = match self.open.get_mut(&step.client) {
            Some(client) => client,
            None => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_read_timeout(Some(self.patience))?;
                stream.set_write_timeout(Some(self.patience))?;
                self.open.entry(step.client.clone()).or_insert(Client { stream, buffer: Vec::new() })
            }
        };
        if !step.reads {
            let mut out = Vec::new();
            resp::encode_command(&step.words, &mut out);
            // A server that hung up is noticed by reading.
            client.stream.write_all(&out).ok();
        }
        client.read()
    }
}

struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn read(&mut self) -> std::io::Result<String> {
        loop {
            match resp::decode(&self.buffer) {
                Ok(Some((reply, used))) => {
                    self.buffer.drain(..used);
                    return Ok(Shown(&reply).to_string());
                }
                Ok(None) => {}
                Err(error) => return Err(std::io::Error::new(ErrorKind::InvalidData, error.to_string())),
            }
            let mut chunk = [0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok("<closed>".to_owned()),
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                // Sockets with a time-out are not tried again by the kernel after the process was stopped.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok("<closed>".to_owned()),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Ok("<nothing>".to_owned());
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// A reply on one line, its type before it.
struct Shown<'a>(&'a Reply);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let all = |all: &[Reply]| all.iter().map(|it| Shown(it).to_string()).collect::<Vec<_>>().join(", ");
        match self.0 {
            Reply::Status(bytes) => write!(f, "+{}", text(bytes)),
            Reply::Error(bytes) => write!(f, "-{}", text(bytes)),
            Reply::Int(number) => write!(f, ":{number}"),
            Reply::Bulk(bytes) => write!(f, "{}", quote(bytes)),
            Reply::Nil => write!(f, "nil"),
            Reply::NilArray => write!(f, "nil array"),
            Reply::Double(text) => write!(f, ",{text}"),
            Reply::Bool(truth) => write!(f, "#{truth}"),
            Reply::BigNumber(bytes) => write!(f, "({}", text(bytes)),
            Reply::Verbatim { text, .. } => write!(f, "={}", quote(text)),
            Reply::Array(items) => write!(f, "[{}]", all(items)),
            Reply::Set(items) => write!(f, "~[{}]", all(items)),
            Reply::Push(items) => write!(f, ">[{}]", all(items)),
            Reply::Attributed { reply, .. } => write!(f, "{}", Shown(reply)),
            Reply::Map(pairs) => {
                let pair = |(key, value): &(Reply, Reply)| format!("{} => {}", Shown(key), Shown(value));
                write!(f, "%[{}]", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
            }
        }
    }
}
