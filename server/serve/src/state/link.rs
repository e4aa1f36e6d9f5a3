//! Connection as its task and the hub share it: the socket, bytes left to write, and the backlog of commands.

use std::{
    io::ErrorKind,
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use parking_lot::Mutex;
use tokio::{net::TcpStream, sync::Notify};

/// Bytes of commands that may wait to be run before the task stops reading: the client then waits in its own send buffer.
pub(crate) const BACKLOG: usize = 1024 * 1024;

/// A connection, held by its task and by the hub.
#[derive(Debug)]
pub(crate) struct Link {
    /// The client's id, as in the reply of `CLIENT ID`.
    pub(crate) id: u64,
    /// The socket.
    pub(crate) stream: TcpStream,
    out: Mutex<Out>,
    /// True if the task has something to do about [`Self::out`]. Most replies are written at once, and the lock left alone.
    pending: AtomicBool,
    /// Wakes the task when there is something to write, or room to read.
    pub(crate) wake: Notify,
    /// Bytes of commands that were handed over and have not run.
    backlog: AtomicUsize,
    /// Bytes received.
    pub(crate) received: AtomicU64,
}

#[derive(Default, Debug)]
struct Out {
    bytes: Vec<u8>,
    /// Number of those that have been written.
    at: usize,
    /// True if the connection ends when all is written.
    closing: bool,
    /// True if the connection is over, whatever is left.
    dead: bool,
    /// True if the hub wants a notice when all is written.
    tell: bool,
}

/// Result of [`Link::write`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wrote {
    /// Nothing is left, and the hub has asked for a notice.
    Drained,
    /// Nothing is left.
    All,
    /// The socket takes no more for now.
    Some,
    /// The connection is over.
    Over,
}

impl Link {
    pub(crate) fn new(id: u64, stream: TcpStream) -> Self {
        Self {
            id,
            stream,
            out: Mutex::default(),
            pending: AtomicBool::new(false),
            wake: Notify::new(),
            backlog: AtomicUsize::new(0),
            received: AtomicU64::new(0),
        }
    }

    /// Sends bytes, at once if the socket takes them. Returns the number left to write.
    pub(crate) fn send(&self, bytes: &[u8]) -> usize {
        let mut out = self.out.lock();
        if out.dead {
            return 0;
        }
        let mut rest = bytes;
        if out.bytes.is_empty() {
            while !rest.is_empty() {
                match self.stream.try_write(rest) {
                    Ok(0) => break,
                    Ok(count) => rest = &rest[count..],
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // A broken connection shows when its task reads.
                    Err(_) => break,
                }
            }
        }
        if !rest.is_empty() {
            if meter::quietly(|| out.bytes.try_reserve(rest.len())).is_err() {
                out.dead = true;
                out.bytes = Vec::new();
                out.at = 0;
            } else {
                out.bytes.extend_from_slice(rest);
            }
            self.pending.store(true, Ordering::Release);
            self.wake.notify_one();
        }
        out.bytes.len() - out.at
    }

    /// Writes what the socket takes.
    pub(crate) fn write(&self) -> Wrote {
        if !self.pending.load(Ordering::Acquire) {
            return Wrote::All;
        }
        let mut out = self.out.lock();
        if out.dead {
            return Wrote::Over;
        }
        while out.at < out.bytes.len() {
            match self.stream.try_write(&out.bytes[out.at..]) {
                Ok(0) => return Wrote::Over,
                Ok(count) => out.at += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if out.at > out.bytes.len() / 2 {
                        let at = std::mem::take(&mut out.at);
                        out.bytes.drain(..at);
                    }
                    return Wrote::Some;
                }
                Err(_) => return Wrote::Over,
            }
        }
        out.at = 0;
        out.bytes = Vec::new();
        if out.closing {
            return Wrote::Over;
        }
        self.pending.store(false, Ordering::Release);
        if std::mem::take(&mut out.tell) { Wrote::Drained } else { Wrote::All }
    }

    /// Bytes left to write.
    pub(crate) fn unwritten(&self) -> usize {
        if !self.pending.load(Ordering::Acquire) {
            return 0;
        }
        let out = self.out.lock();
        out.bytes.len() - out.at
    }

    /// Asks for a notice when all is written. Returns true if anything is left.
    pub(crate) fn tell_when_drained(&self) -> bool {
        let mut out = self.out.lock();
        out.tell = !out.bytes.is_empty();
        out.tell
    }

    /// Ends the connection when all is written.
    pub(crate) fn close(&self) {
        let mut out = self.out.lock();
        out.closing = true;
        self.pending.store(true, Ordering::Release);
        drop(out);
        self.wake.notify_one();
    }

    /// Ends the connection.
    pub(crate) fn kill(&self) {
        let mut out = self.out.lock();
        out.dead = true;
        out.bytes = Vec::new();
        out.at = 0;
        self.pending.store(true, Ordering::Release);
        drop(out);
        self.wake.notify_one();
    }

    /// Bytes of commands that wait to be run.
    pub(crate) fn backlog(&self) -> usize {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Notes that commands wait to be run.
    pub(crate) fn add_backlog(&self, bytes: usize) {
        self.backlog.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes that commands have run; the task reads on when few are left.
    pub(crate) fn sub_backlog(&self, bytes: usize) {
        let before = self.backlog.fetch_sub(bytes, Ordering::Relaxed);
        if before >= BACKLOG && before - bytes.min(before) < BACKLOG {
            self.wake.notify_one();
        }
    }
}
