//! RESP, the bytes on the wire: encodes replies and commands, and decodes both.

use crate::{
    LineRules, Reply,
    number::{parse_int, to_usize},
};

/// Appends a reply in RESP version 2 or 3.
pub fn encode(reply: &Reply, resp3: bool, out: &mut Vec<u8>) {
    // Room for what is no text.
    meter::tick(1);
    meter::grow(out, 64);
    match reply {
        Reply::Status(text) => simple(b'+', text, out),
        Reply::Error(text) => simple(b'-', text, out),
        Reply::Int(value) => header(b':', *value, out),
        Reply::Bulk(text) => bulk(b'$', text, out),
        Reply::Nil | Reply::NilArray if resp3 => out.extend_from_slice(b"_\r\n"),
        Reply::Nil => out.extend_from_slice(b"$-1\r\n"),
        Reply::NilArray => out.extend_from_slice(b"*-1\r\n"),
        Reply::Array(replies) => all(b'*', replies, resp3, out),
        Reply::Set(replies) => all(if resp3 { b'~' } else { b'*' }, replies, resp3, out),
        Reply::Push(replies) => all(if resp3 { b'>' } else { b'*' }, replies, resp3, out),
        Reply::Map(pairs) => {
            let count = pairs.len() as i64;
            if resp3 {
                header(b'%', count, out)
            } else {
                header(b'*', count * 2, out)
            }
            for (key, value) in pairs {
                encode(key, resp3, out);
                encode(value, resp3, out);
            }
        }
        Reply::Attributed { attributes, reply } => {
            if resp3 {
                header(b'|', attributes.len() as i64, out);
                for (key, value) in attributes {
                    encode(key, resp3, out);
                    encode(value, resp3, out);
                }
            }
            encode(reply, resp3, out);
        }
        Reply::Double(text) if resp3 => simple(b',', text.as_bytes(), out),
        Reply::Double(text) => bulk(b'$', text.as_bytes(), out),
        Reply::Bool(truth) if resp3 => out.extend_from_slice(if *truth { b"#t\r\n" } else { b"#f\r\n" }),
        Reply::Bool(truth) => header(b':', i64::from(*truth), out),
        Reply::BigNumber(text) if resp3 => simple(b'(', text, out),
        Reply::Verbatim { format, text } if resp3 => {
            header(b'=', text.len() as i64 + 4, out);
            meter::grow(out, text.len() + 6);
            out.extend_from_slice(format);
            out.push(b':');
            out.extend_from_slice(text);
            out.extend_from_slice(b"\r\n");
        }
        Reply::BigNumber(text) | Reply::Verbatim { text, .. } => bulk(b'$', text, out),
    }
}

fn header(mark: u8, value: i64, out: &mut Vec<u8>) {
    out.push(mark);
    out.extend_from_slice(value.to_string().as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// A line break would end the reply before its time.
fn simple(mark: u8, text: &[u8], out: &mut Vec<u8>) {
    meter::grow(out, text.len() + 3);
    out.push(mark);
    out.extend(text.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }));
    out.extend_from_slice(b"\r\n");
}

fn bulk(mark: u8, text: &[u8], out: &mut Vec<u8>) {
    header(mark, text.len() as i64, out);
    meter::grow(out, text.len() + 2);
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

fn all(mark: u8, replies: &[Reply], resp3: bool, out: &mut Vec<u8>) {
    header(mark, replies.len() as i64, out);
    for reply in replies {
        encode(reply, resp3, out);
    }
}

/// Appends a command as clients send it.
pub fn encode_command<W: AsRef<[u8]>>(words: &[W], out: &mut Vec<u8>) {
    header(b'*', words.len() as i64, out);
    for word in words {
        bulk(b'$', word.as_ref(), out);
    }
}

/// Violation of the protocol; the server reports it and closes the connection.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("Protocol error: {0}")]
pub struct ProtocolError(pub String);

/// Longest line in bytes, as on the servers.
const LINE_LIMIT: usize = 64 * 1024;

/// Limits on the size of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CommandLimits {
    /// Most words in a command.
    pub words: i64,
    /// Most bytes in a word.
    pub bulk: i64,
    /// Rules for splitting inline commands.
    pub lines: LineRules,
    /// True if a line feed must follow each carriage return (Valkey 9.1); older servers accept any byte.
    pub strict_line_ends: bool,
}

impl Default for CommandLimits {
    fn default() -> Self {
        Self { words: 1024 * 1024, bulk: 512 * 1024 * 1024, lines: LineRules::default(), strict_line_ends: false }
    }
}

/// Decodes the bytes that a client sends, which may arrive in any pieces.
#[derive(Default, Debug)]
pub struct CommandDecoder {
    limits: CommandLimits,
    buffer: Vec<u8>,
    at: usize,
    words: Vec<Vec<u8>>,
    /// Number of words still to come of the command begun.
    missing: usize,
}

impl CommandDecoder {
    /// Creates a decoder that refuses commands beyond the limits.
    pub fn new(limits: CommandLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Adds bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
        } else if self.at > 64 * 1024 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        meter::grow(&mut self.buffer, bytes.len());
        self.buffer.extend_from_slice(bytes);
    }

    /// Number of bytes that wait for the rest of their command, with the overhead of storing them.
    pub fn pending(&self) -> usize {
        self.buffer.len() - self.at + self.words.iter().map(|word| word.len() + 48).sum::<usize>()
    }

    /// True if no command has begun.
    pub fn is_idle(&self) -> bool {
        self.missing == 0 && self.at == self.buffer.len()
    }

    fn line(&mut self, too_long: &str) -> Result<Option<Vec<u8>>, ProtocolError> {
        let rest = &self.buffer[self.at..];
        let Some(end) = rest.iter().take(LINE_LIMIT + 1).position(|byte| *byte == b'\n') else {
            return if rest.len() > LINE_LIMIT { Err(ProtocolError(too_long.to_owned())) } else { Ok(None) };
        };
        self.at += end + 1;
        let line = &rest[..end];
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
    }

    /// Returns the next line of a command in RESP, which ends with a carriage return and one more byte.
    fn header(&mut self, too_long: &str) -> Result<Option<Vec<u8>>, ProtocolError> {
        let rest = &self.buffer[self.at..];
        let Some(end) = rest.iter().take(LINE_LIMIT + 1).position(|byte| *byte == b'\r') else {
            return if rest.len() > LINE_LIMIT { Err(ProtocolError(too_long.to_owned())) } else { Ok(None) };
        };
        let Some(last) = rest.get(end + 1) else { return Ok(None) };
        self.check_line_end(&[b'\r', *last])?;
        let line = rest[..end].to_vec();
        self.at += end + 2;
        Ok(Some(line))
    }

    fn check_line_end(&self, end: &[u8]) -> Result<(), ProtocolError> {
        if self.limits.strict_line_ends && end != b"\r\n" {
            return Err(ProtocolError("invalid CRLF in request".to_owned()));
        }
        Ok(())
    }

    /// Returns the next complete command, if there is one: its words, none for an empty line.
    pub fn next_command(&mut self) -> Result<Option<Vec<Vec<u8>>>, ProtocolError> {
        if self.missing == 0 {
            match self.buffer.get(self.at) {
                None => return Ok(None),
                Some(b'*') => {
                    let Some(line) = self.header("too big mbulk count string")? else { return Ok(None) };
                    let count = parse_int(&line[1..])
                        .filter(|count| *count <= self.limits.words)
                        .ok_or_else(|| ProtocolError("invalid multibulk length".to_owned()))?;
                    if count <= 0 {
                        return Ok(Some(Vec::new()));
                    }
                    self.missing = to_usize(count);
                }
                Some(_) => {
                    let Some(line) = self.line("too big inline request")? else { return Ok(None) };
                    return self
                        .limits
                        .lines
                        .split(&line)
                        .map(Some)
                        .map_err(|_| ProtocolError("unbalanced quotes in request".to_owned()));
                }
            }
        }
        while self.missing > 0 {
            let start = self.at;
            let Some(line) = self.header("too big bulk count string")? else { return Ok(None) };
            let Some((b'$', digits)) = line.split_first() else {
                let got = line.first().map_or('\n', |byte| char::from(*byte));
                return Err(ProtocolError(format!("expected '$', got '{got}'")));
            };
            let len = parse_int(digits)
                .filter(|len| (0..=self.limits.bulk).contains(len))
                .map(to_usize)
                .ok_or_else(|| ProtocolError("invalid bulk length".to_owned()))?;
            if self.buffer.len() - self.at < len.saturating_add(2) {
                self.at = start;
                return Ok(None);
            }
            self.check_line_end(&self.buffer[self.at + len..self.at + len + 2])?;
            meter::push(&mut self.words, meter::copy(&self.buffer[self.at..self.at + len]));
            self.at += len + 2;
            self.missing -= 1;
        }
        Ok(Some(std::mem::take(&mut self.words)))
    }
}

/// Reads one reply from the start of `bytes`, with the number of bytes it took; none if it is not complete yet.
pub fn decode(bytes: &[u8]) -> Result<Option<(Reply, usize)>, ProtocolError> {
    let mut at = 0;
    Ok(read(bytes, &mut at, 0)?.map(|reply| (reply, at)))
}

fn read(bytes: &[u8], at: &mut usize, depth: usize) -> Result<Option<Reply>, ProtocolError> {
    let wrong = |what: &str| ProtocolError(what.to_owned());
    if depth > 128 {
        return Err(wrong("replies are nested too deeply"));
    }
    let rest = &bytes[*at..];
    let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else { return Ok(None) };
    let (Some((&mark, line)), next) = (rest[..end].split_first(), *at + end + 2) else {
        return Err(wrong("an empty line where a reply should be"));
    };
    *at = next;
    let count = || parse_int(line).filter(|count| *count >= -1).ok_or_else(|| wrong("a count that is no number"));
    let text = || String::from_utf8_lossy(line).into_owned();
    Ok(Some(match mark {
        b'+' => Reply::Status(line.to_vec()),
        b'-' => Reply::Error(line.to_vec()),
        b':' => Reply::Int(parse_int(line).ok_or_else(|| wrong("an integer that is none"))?),
        b',' => Reply::Double(text()),
        b'(' => Reply::BigNumber(line.to_vec()),
        b'#' => Reply::Bool(line == b"t"),
        b'_' => Reply::Nil,
        b'$' | b'=' | b'!' => {
            let Ok(len) = usize::try_from(count()?) else { return Ok(Some(Reply::Nil)) };
            let Some(text) = bytes.get(*at..at.saturating_add(len)) else { return Ok(None) };
            if bytes.len() < *at + len + 2 {
                return Ok(None);
            }
            *at += len + 2;
            match (mark, text) {
                (b'=', [a, b, c, b':', text @ ..]) => Reply::Verbatim { format: [*a, *b, *c], text: text.to_vec() },
                (b'!', text) => Reply::Error(text.to_vec()),
                (_, text) => Reply::Bulk(text.to_vec()),
            }
        }
        b'*' | b'~' | b'>' | b'%' | b'|' => {
            let Ok(count) = usize::try_from(count()?) else { return Ok(Some(Reply::NilArray)) };
            let mut several = |count: usize| {
                let mut replies = Vec::new();
                for _ in 0..count {
                    match read(bytes, at, depth + 1)? {
                        Some(reply) => replies.push(reply),
                        None => return Ok(None),
                    }
                }
                Ok(Some(replies))
            };
            let pairs = matches!(mark, b'%' | b'|');
            let Some(mut replies) = several(if pairs { count.saturating_mul(2) } else { count })? else {
                return Ok(None);
            };
            match mark {
                b'*' => Reply::Array(replies),
                b'~' => Reply::Set(replies),
                b'>' => Reply::Push(replies),
                _ => {
                    let mut map = Vec::with_capacity(replies.len() / 2);
                    let mut replies = replies.drain(..);
                    while let (Some(key), Some(value)) = (replies.next(), replies.next()) {
                        map.push((key, value));
                    }
                    // An attribute says something of the reply behind it.
                    if mark == b'|' {
                        return read(bytes, at, depth + 1);
                    }
                    Reply::Map(map)
                }
            }
        }
        _ => return Err(wrong("a reply of an unknown type")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_go_out_and_come_in() {
        let reply = Reply::Array(vec![
            Reply::ok(),
            Reply::Map(vec![(Reply::bulk("a"), Reply::Double("1.5".into()))]),
            Reply::Set(vec![Reply::Bool(true), Reply::Nil]),
            Reply::Verbatim { format: *b"txt", text: b"x".to_vec() },
            Reply::BigNumber(b"123".to_vec()),
        ]);
        let mut out = Vec::new();
        encode(&reply, true, &mut out);
        assert_eq!(decode(&out), Ok(Some((reply.clone(), out.len()))));
        for cut in 0..out.len() {
            assert_eq!(decode(&out[..cut]), Ok(None), "{cut}");
        }
        out.clear();
        encode(&reply, false, &mut out);
        assert_eq!(decode(&out), Ok(Some((reply.into_resp2(), out.len()))));
        out.clear();
        encode(&Reply::error("ERR a\r\nb"), false, &mut out);
        assert_eq!(out, b"-ERR a  b\r\n");
    }

    #[test]
    fn commands_arrive_in_pieces() {
        let mut sent = Vec::new();
        encode_command(&["SET", "k", "a\r\nb"], &mut sent);
        sent.extend_from_slice(b"PING 'x y'\r\n\r\n*0\r\n");
        let mut decoder = CommandDecoder::default();
        let mut got = Vec::new();
        for byte in sent {
            decoder.feed(&[byte]);
            while let Ok(Some(words)) = decoder.next_command() {
                got.push(words);
            }
        }
        let words = |all: &[&str]| all.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(got, vec![words(&["SET", "k", "a\r\nb"]), words(&["PING", "x y"]), vec![], vec![]]);
        assert!(decoder.is_idle());
        decoder.feed(b"*1\r\n");
        assert_eq!(decoder.next_command(), Ok(None));
        assert!(!decoder.is_idle());
    }

    #[test]
    fn what_breaks_the_protocol_is_named() {
        for (sent, said) in [
            ("*x\r\n", "invalid multibulk length"),
            ("*99999999\r\n", "invalid multibulk length"),
            ("*1\r\n:1\r\n", "expected '$', got ':'"),
            ("*1\r\n$-5\r\n", "invalid bulk length"),
            ("*1\r\n$9999999999\r\n", "invalid bulk length"),
            ("GET 'a\r\n", "unbalanced quotes in request"),
        ] {
            let mut decoder = CommandDecoder::default();
            decoder.feed(sent.as_bytes());
            assert_eq!(decoder.next_command(), Err(ProtocolError(said.to_owned())), "{sent}");
        }
        let mut decoder = CommandDecoder::default();
        decoder.feed(&[b'a'; LINE_LIMIT + 2]);
        assert_eq!(decoder.next_command(), Err(ProtocolError("too big inline request".to_owned())));
    }

    #[test]
    fn what_ends_a_line() {
        let command = |bytes: &[u8], strict: bool| {
            let mut decoder =
                CommandDecoder::new(CommandLimits { strict_line_ends: strict, ..CommandLimits::default() });
            decoder.feed(bytes);
            decoder.next_command().map_err(|error| error.0)
        };
        let ping = Ok(Some(vec![b"PING".to_vec()]));
        let broken = Err("invalid CRLF in request".to_owned());
        for bytes in [&b"*1\rx$4\r\nPING\r\n"[..], b"*1\r\n$4\rxPING\r\n", b"*1\r\n$4\r\nPINGxx"] {
            assert_eq!(command(bytes, false), ping);
            assert_eq!(command(bytes, true), broken);
        }
        assert_eq!(command(b"*1\r\n$4\r\nPING\r\n", true), ping);
        assert_eq!(command(b"*1\r", true), Ok(None));
        assert_eq!(command(b"*1x\n$4\r\nPING\r\n", true), Err("invalid multibulk length".to_owned()));
    }
}
