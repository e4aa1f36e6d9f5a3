//! A client of a server on a Unix socket, as small as the checks need it: RESP2 and RESP3, many calls in flight.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

/// A reply.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Reply {
    Status(String),
    Error(String),
    Integer(i64),
    Bulk(Option<Vec<u8>>),
    Array(Option<Vec<Reply>>),
    // What follows is RESP3 only.
    Null,
    Double(String),
    Bool(bool),
    Verbatim(Vec<u8>),
    Map(Vec<(Reply, Reply)>),
    Set(Vec<Reply>),
    Push(Vec<Reply>),
}

/// A connection.
pub(crate) struct Client {
    reader: BufReader<UnixStream>,
}

impl Client {
    /// Connects to a server's socket.
    pub(crate) fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket).with_context(|| socket.display().to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    /// Sends all `calls` and reads their replies. Few enough that neither side's buffer fills.
    pub(crate) fn pipeline<W: AsRef<[u8]>>(&mut self, calls: &[Vec<W>]) -> Result<Vec<Reply>> {
        let mut out = Vec::new();
        for call in calls {
            write!(out, "*{}\r\n", call.len())?;
            for word in call {
                write!(out, "${}\r\n", word.as_ref().len())?;
                out.extend_from_slice(word.as_ref());
                out.extend_from_slice(b"\r\n");
            }
        }
        self.reader.get_mut().write_all(&out)?;
        calls.iter().map(|_| self.read()).collect()
    }

    /// Sends one call; the bytes of its reply as they came.
    pub(crate) fn raw(&mut self, words: &[Vec<u8>]) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        protocol::resp::encode_command(words, &mut out);
        self.reader.get_mut().write_all(&out)?;
        let mut got = Vec::new();
        self.read_raw(&mut got)?;
        Ok(got)
    }

    /// Sends all calls and reads the bytes of their replies.
    pub(crate) fn pipeline_raw(&mut self, calls: &[Vec<Vec<u8>>]) -> Result<Vec<Vec<u8>>> {
        let mut all = Vec::with_capacity(calls.len());
        // Not more at once than the buffers of both sides hold.
        // Some servers forget what comes behind a call that waits.
        let waits =
            |call: &[Vec<u8>]| call.first().is_some_and(|word| word.len() > 4 && word[0].eq_ignore_ascii_case(&b'B'));
        for some in calls.chunk_by(|a, b| !waits(a) && !waits(b)).flat_map(|some| some.chunks(16)) {
            let mut out = Vec::new();
            for call in some {
                protocol::resp::encode_command(call, &mut out);
            }
            self.reader.get_mut().write_all(&out)?;
            for _ in some {
                let mut got = Vec::new();
                self.read_raw(&mut got)?;
                all.push(got);
            }
        }
        Ok(all)
    }

    fn read_raw(&mut self, got: &mut Vec<u8>) -> Result<()> {
        let from = got.len();
        if self.reader.read_until(b'\n', got).context("the server does not answer")? == 0 {
            bail!("the server hung up");
        }
        let line = String::from_utf8_lossy(&got[from..]).trim_end().to_owned();
        let (kind, rest) = line.split_at_checked(1).context("an empty line for a reply")?;
        let count = || rest.parse::<i64>().map(|count| count.max(0) as usize);
        match kind {
            "$" | "=" if rest != "-1" => {
                let mut bytes = vec![0; count()? + 2];
                self.reader.read_exact(&mut bytes)?;
                got.extend_from_slice(&bytes);
            }
            "*" | "~" | ">" => (0..count()?).try_for_each(|_| self.read_raw(got))?,
            "%" => (0..count()? * 2).try_for_each(|_| self.read_raw(got))?,
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn read(&mut self) -> Result<Reply> {
        let mut line = String::new();
        if self.reader.read_line(&mut line).context("the server does not answer")? == 0 {
            bail!("the server hung up");
        }
        let line = line.trim_end();
        let (kind, rest) = line.split_at_checked(1).context("an empty line for a reply")?;
        Ok(match kind {
            "+" => Reply::Status(rest.to_owned()),
            "-" => Reply::Error(rest.to_owned()),
            ":" => Reply::Integer(rest.parse()?),
            "$" => match usize::try_from(rest.parse::<i64>()?) {
                Ok(len) => {
                    let mut bytes = vec![0; len + 2];
                    self.reader.read_exact(&mut bytes)?;
                    bytes.truncate(len);
                    Reply::Bulk(Some(bytes))
                }
                Err(_) => Reply::Bulk(None),
            },
            "*" => match usize::try_from(rest.parse::<i64>()?) {
                Ok(len) => Reply::Array(Some((0..len).map(|_| self.read()).collect::<Result<_>>()?)),
                Err(_) => Reply::Array(None),
            },
            "_" => Reply::Null,
            "," => Reply::Double(rest.to_owned()),
            "#" => Reply::Bool(rest == "t"),
            "=" => {
                let mut bytes = vec![0; rest.parse::<usize>()? + 2];
                self.reader.read_exact(&mut bytes)?;
                bytes.truncate(bytes.len() - 2);
                Reply::Verbatim(bytes)
            }
            "%" => Reply::Map(
                (0..rest.parse::<usize>()?).map(|_| Ok((self.read()?, self.read()?))).collect::<Result<_>>()?,
            ),
            "~" => Reply::Set(self.several(rest)?),
            ">" => Reply::Push(self.several(rest)?),
            _ => bail!("no RESP: {line}"),
        })
    }

    fn several(&mut self, count: &str) -> Result<Vec<Reply>> {
        (0..count.parse::<usize>()?).map(|_| self.read()).collect()
    }
}
