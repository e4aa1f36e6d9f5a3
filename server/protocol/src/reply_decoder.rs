//! Replies from bytes that arrive in any pieces.

use crate::{
    Reply,
    number::parse_int,
    resp::{self, ProtocolError},
};

/// Decodes the bytes that a server sends. Each byte is looked at twice, however many pieces a reply comes in.
#[derive(Debug)]
pub struct ReplyDecoder {
    buffer: Vec<u8>,
    /// Up to here the buffer is whole elements of the first reply.
    scanned: usize,
    /// Elements that the first reply still lacks.
    missing: usize,
    /// Longest reply in bytes.
    limit: usize,
}

impl ReplyDecoder {
    /// Creates a decoder that refuses replies of more than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), scanned: 0, missing: 1, limit }
    }

    /// Adds bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// True if no reply has begun.
    pub fn is_idle(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Bytes that wait for the rest of their reply.
    pub fn pending(&self) -> &[u8] {
        &self.buffer
    }

    /// Returns the next complete reply, if there is one.
    ///
    /// # Errors
    /// The bytes are no reply, or one beyond the limit. Nothing that follows can be read then.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, ProtocolError> {
        while self.missing > 0 {
            if !self.scan()? {
                if self.buffer.len() > self.limit {
                    return Err(ProtocolError(format!("a reply of more than {} bytes", self.limit)));
                }
                return Ok(None);
            }
        }
        let end = self.scanned;
        (self.scanned, self.missing) = (0, 1);
        let reply = resp::decode(&self.buffer[..end])?;
        self.buffer.drain(..end);
        let Some((reply, _)) = reply else { return Err(ProtocolError("a reply without an end".to_owned())) };
        Ok(Some(reply))
    }

    /// Passes over one element; false if it is not complete.
    fn scan(&mut self) -> Result<bool, ProtocolError> {
        let rest = &self.buffer[self.scanned..];
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else {
            return Ok(false);
        };
        let Some((&mark, line)) = rest[..end].split_first() else {
            return Err(ProtocolError("an empty line where a reply should be".to_owned()));
        };
        let count = || {
            let count = parse_int(line).filter(|count| *count >= -1);
            count.ok_or_else(|| ProtocolError("a count that is no number".to_owned()))
        };
        let (mut behind, mut inner) = (end + 2, 0);
        match mark {
            b'$' | b'=' | b'!' => {
                if let Ok(len) = usize::try_from(count()?) {
                    behind = behind.saturating_add(len).saturating_add(2);
                }
            }
            b'*' | b'~' | b'>' => inner = usize::try_from(count()?).unwrap_or(0),
            b'%' => inner = usize::try_from(count()?).unwrap_or(0).saturating_mul(2),
            // The reply that an attribute belongs to follows it.
            b'|' => inner = usize::try_from(count()?).unwrap_or(0).saturating_mul(2).saturating_add(1),
            b'+' | b'-' | b':' | b',' | b'(' | b'#' | b'_' => {}
            _ => return Err(ProtocolError("a reply of an unknown type".to_owned())),
        }
        if rest.len() < behind {
            return Ok(false);
        }
        self.scanned += behind;
        self.missing = (self.missing - 1).saturating_add(inner);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_come_in_pieces() {
        let bytes =
            b"*3\r\n$3\r\na\r\n\r\n%1\r\n+k\r\n,1.5\r\n|1\r\n+x\r\n:1\r\n~1\r\n#t\r\n-ERR \xff\r\n$-1\r\n*-1\r\n_\r\n";
        let inner = vec![
            Reply::bulk("a\r\n"),
            Reply::Map(vec![(Reply::Status(b"k".to_vec()), Reply::Double("1.5".to_owned()))]),
            Reply::Set(vec![Reply::Bool(true)]),
        ];
        let wanted = [Reply::Array(inner), Reply::error(b"ERR \xff".to_vec()), Reply::Nil, Reply::NilArray, Reply::Nil];
        for size in 1..=bytes.len() {
            let mut decoder = ReplyDecoder::new(1000);
            let mut got = Vec::new();
            for piece in bytes.chunks(size) {
                decoder.feed(piece);
                while let Ok(Some(reply)) = decoder.next_reply() {
                    got.push(reply);
                }
            }
            assert_eq!(got, wanted, "in pieces of {size}");
            assert!(decoder.is_idle());
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for bytes in [&b"HTTP/1.1 400\r\n"[..], b"\x15\x03\x03\x00\x02\x02\x46\r\n", b"*x\r\n", b"$-2\r\n", b"\r\n"] {
            let mut decoder = ReplyDecoder::new(1000);
            decoder.feed(bytes);
            assert!(decoder.next_reply().is_err(), "{}", bytes.escape_ascii());
        }
        let mut decoder = ReplyDecoder::new(10);
        decoder.feed(b"$100\r\n");
        assert_eq!(decoder.next_reply(), Ok(None));
        decoder.feed(b"0123456789");
        assert!(decoder.next_reply().is_err());
        let mut deep = ReplyDecoder::new(10_000);
        deep.feed(&b"*1\r\n".repeat(200));
        deep.feed(b":1\r\n");
        assert!(deep.next_reply().is_err());
    }
}
