//! Between the client and the framework: frames are checked before the framework sees them, for it ends at the first that it
//! cannot read. What is no message is answered with an error, and the next one counts again.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use tower_lsp_server::jsonrpc::{Request, Response};

use crate::spelling::Spellings;

/// The longest message that is read, in bytes: above the largest file that an editor opens.
const LONGEST: usize = 512 << 20;

/// Size of the pipe between the framework and us, in bytes.
const BUFFER: usize = 1 << 20;

/// A client's input and output, cleaned: what the framework reads and writes instead.
pub(crate) fn cleaned(
    input: impl AsyncRead + Unpin + Send + 'static,
    output: impl AsyncWrite + Unpin + Send + 'static,
) -> (DuplexStream, DuplexStream) {
    let (to_framework, framework_input) = tokio::io::duplex(BUFFER);
    let (framework_output, from_framework) = tokio::io::duplex(BUFFER);
    let (errors, to_send) = unbounded_channel();
    let spellings = Arc::new(Spellings::default());
    tokio::spawn(read(input, to_framework, errors, Arc::clone(&spellings)));
    tokio::spawn(write(from_framework, output, to_send, spellings));
    (framework_input, framework_output)
}

/// Reads frames, hands on those that are messages, and has the others answered.
async fn read(
    mut input: impl AsyncRead + Unpin,
    mut framework: DuplexStream,
    errors: UnboundedSender<Vec<u8>>,
    spellings: Arc<Spellings>,
) {
    let mut waiting = Waiting::default();
    let mut chunk = vec![0; 64 << 10];
    loop {
        match waiting.next() {
            Next::Message(body) => {
                let body = spellings.incoming(body);
                let head = format!("Content-Length: {}\r\n\r\n", body.len());
                // The framework is gone after `exit`.
                if framework.write_all(head.as_bytes()).await.is_err() || framework.write_all(&body).await.is_err() {
                    return;
                }
            }
            Next::Error(code, id, text) => {
                let error = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": text } });
                errors.send(framed(error.to_string().as_bytes())).ok();
            }
            Next::More => match input.read(&mut chunk).await {
                Ok(0) | Err(_) => return,
                Ok(count) => waiting.buffer.extend_from_slice(&chunk[..count]),
            },
        }
    }
}

fn framed(body: &[u8]) -> Vec<u8> {
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

/// Passes the framework's frames on, and between them the errors.
async fn write(
    mut framework: DuplexStream,
    mut output: impl AsyncWrite + Unpin,
    mut errors: UnboundedReceiver<Vec<u8>>,
    spellings: Arc<Spellings>,
) {
    let mut buffer: Vec<u8> = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        while let Some((head, length)) = header(&buffer) {
            if buffer.len() < head + length {
                break;
            }
            let translated = spellings.outgoing(&buffer[head..head + length]).map(|body| framed(&body));
            if output.write_all(translated.as_deref().unwrap_or(&buffer[..head + length])).await.is_err() {
                return;
            }
            buffer.drain(..head + length);
        }
        if output.flush().await.is_err() {
            return;
        }
        let open = !errors.is_closed() || !errors.is_empty();
        tokio::select! {
            read = framework.read(&mut chunk) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => buffer.extend_from_slice(&chunk[..count]),
            },
            error = errors.recv(), if open => {
                if let Some(frame) = error
                    && output.write_all(&frame).await.is_err()
                {
                    return;
                }
            }
        }
    }
}

/// Next item of the input.
enum Next {
    /// A message.
    Message(Vec<u8>),
    /// An error: its code, the request's number if it has one, and the reason.
    Error(i32, Value, String),
    /// The input is incomplete.
    More,
}

const LENGTH: &[u8] = b"content-length:";

/// Offset of the next header line with a length.
fn find_length(buffer: &[u8]) -> Option<usize> {
    memchr::memchr2_iter(b'c', b'C', buffer)
        .find(|&at| buffer[at..].get(..LENGTH.len()).is_some_and(|text| text.eq_ignore_ascii_case(LENGTH)))
}

/// The header at the start: its own length and that of the body.
fn header(buffer: &[u8]) -> Option<(usize, usize)> {
    let end = memchr::memmem::find(buffer, b"\r\n\r\n")?;
    let length = buffer[..end].split(|&byte| byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(LENGTH.len())?;
        name.eq_ignore_ascii_case(LENGTH).then(|| std::str::from_utf8(value).ok()?.trim().parse::<usize>().ok())?
    })?;
    Some((end + 4, length))
}

/// Input that was read but not yet consumed.
#[derive(Default)]
struct Waiting {
    buffer: Vec<u8>,
    /// Offset up to which the body that is still incomplete was searched for another header.
    searched: usize,
    /// Number of times a header in it was looked at.
    tries: u32,
}

impl Waiting {
    fn next(&mut self) -> Next {
        /// The longest header that is waited for, in bytes.
        const LONGEST_HEADER: usize = 4 << 10;
        let parse_error = |text: &str| Next::Error(-32700, Value::Null, text.to_owned());
        if self.buffer.is_empty() {
            return Next::More;
        }
        let Some((head, length)) = header(&self.buffer) else {
            let start = &self.buffer[..self.buffer.len().min(LONGEST_HEADER)];
            if memchr::memmem::find(start, b"\r\n\r\n").is_none() && self.buffer.len() < LONGEST_HEADER {
                return Next::More;
            }
            // A header without a length, or no header at all: the next one that has a length counts.
            self.skip(1);
            return parse_error("this is no header with a Content-Length");
        };
        if length > LONGEST {
            self.skip(head);
            return parse_error("the message is too long");
        }
        if self.buffer.len() < head + length {
            return self.cut_short(head);
        }
        let body = self.buffer[head..head + length].to_vec();
        if serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_err() {
            // The length may be wrong: the next header is looked for from the body on.
            self.skip(head);
            return parse_error("the message is no JSON");
        }
        self.take(head + length);
        message(body)
    }

    /// A length that is too large would swallow the messages that follow; the next header gives it away.
    fn cut_short(&mut self, head: usize) -> Next {
        /// Number of times we look whether a message ends before such words: files may be full of them.
        const MOST_TRIES: u32 = 16;
        let mut from = self.searched.max(head);
        while let Some(at) = self.buffer.get(from..).and_then(find_length).map(|at| from + at) {
            let body = &self.buffer[head..at];
            if body.trim_ascii_end().ends_with(b"}") && self.tries < MOST_TRIES {
                self.tries += 1;
                if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
                    let body = body.to_vec();
                    self.take(at);
                    return message(body);
                }
            }
            from = at + 1;
        }
        // The header may be cut by the end of what was read.
        self.searched = self.buffer.len().saturating_sub(LENGTH.len()).max(from);
        Next::More
    }

    fn take(&mut self, count: usize) {
        self.buffer.drain(..count);
        (self.searched, self.tries) = (0, 0);
    }

    /// Drops input up to the next header, searching from `from`.
    fn skip(&mut self, from: usize) {
        let from = from.min(self.buffer.len());
        let at = find_length(&self.buffer[from..]).map_or(self.buffer.len(), |at| from + at);
        self.take(at);
    }
}

/// A body that is JSON, if it is a message too.
fn message(body: Vec<u8>) -> Next {
    /// Fields that tell requests from answers; the rest is ignored.
    #[derive(serde::Deserialize)]
    struct Kind {
        #[serde(default)]
        id: Value,
        method: Option<Value>,
    }
    let kind = serde_json::from_slice::<Kind>(&body);
    let fits = match &kind {
        Ok(Kind { method: Some(_), .. }) => serde_json::from_slice::<Request>(&body).is_ok(),
        Ok(_) => serde_json::from_slice::<Response>(&body).is_ok(),
        Err(_) => false,
    };
    let (id, method) = kind.map(|kind| (kind.id, kind.method)).unwrap_or_default();
    if fits {
        // The framework passes over everything that begins so; a request waits for its answer.
        let is_optional = method.as_ref().and_then(Value::as_str).is_some_and(|name| name.starts_with("$/"));
        if is_optional && !id.is_null() {
            return Next::Error(-32601, id, "Method not found".to_owned());
        }
        return Next::Message(body);
    }
    let id = if id.is_string() || id.is_number() { id } else { Value::Null };
    Next::Error(-32600, id, "this is no message of JSON-RPC 2.0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Vec<String> {
        let mut waiting = Waiting { buffer: input.as_bytes().to_vec(), ..Waiting::default() };
        let mut found = Vec::new();
        loop {
            match waiting.next() {
                Next::Message(body) => found.push(String::from_utf8_lossy(&body).into_owned()),
                Next::Error(code, _, _) => found.push(code.to_string()),
                Next::More => return found,
            }
        }
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    const GOOD: &str = r#"{"jsonrpc":"2.0","method":"x"}"#;

    #[test]
    fn messages_pass_and_the_next_counts_after_an_error() {
        let good = frame(GOOD);
        assert_eq!(read(&format!("{good}{good}")), [GOOD, GOOD]);
        assert_eq!(read(&format!("content-type: x\r\n{good}")), [GOOD]);
        assert_eq!(read(&format!("{}{good}", frame("{nope"))), ["-32700", GOOD]);
        assert_eq!(read(&format!("{}{good}", frame("[1,2]"))), ["-32600", GOOD]);
        assert_eq!(read(&format!("{}{good}", frame(r#"{"jsonrpc":"1.0","id":1,"method":"x"}"#))), ["-32600", GOOD]);
        assert_eq!(read(&format!("{}{good}", frame(r#"{"jsonrpc":"2.0","id":1,"method":"$/x"}"#))), ["-32601", GOOD]);
        let notification = r#"{"jsonrpc":"2.0","method":"$/x"}"#;
        assert_eq!(read(&frame(notification)), [notification]);
        assert_eq!(read(&format!("X-Y: 1\r\n\r\n{good}")), ["-32700", GOOD]);
        assert_eq!(read(&format!("Content-Length: 99999999999999\r\n\r\n{good}")), ["-32700", GOOD]);
    }

    #[test]
    fn lengths_that_lie() {
        let good = frame(GOOD);
        let long = good.replacen("30", "95", 1);
        assert_eq!(read(&format!("{long}{good}")), [GOOD, GOOD], "too long");
        let short = good.replacen("30", "10", 1);
        assert_eq!(read(&format!("{short}{good}")), ["-32700", GOOD], "too short");
        let quoted = r#"{"jsonrpc":"2.0","method":"x","params":["Content-Length: 5"]}"#;
        assert_eq!(read(&format!("{}{good}", frame(quoted))), [quoted, GOOD], "the words in a text");
        assert_eq!(read("Content-Length: 30\r\n\r\n{"), Vec::<String>::new(), "more may come");
    }
}
