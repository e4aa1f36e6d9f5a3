//! Task of a connection: reads and decodes, hands commands over, writes what is left to write.

use std::{
    cell::RefCell,
    io::{self, ErrorKind, Read as _},
    ops::Deref as _,
    sync::{Arc, atomic::Ordering},
};

use protocol::resp::CommandDecoder;
use socket2::SockRef;
use tokio::{io::Interest, net::TcpStream};

use crate::state::{BACKLOG, Core, Job, Link, Wrote, cost};

/// Bytes read at once.
const READ: usize = 64 * 1024;

thread_local! {
    /// One buffer a thread rather than one a connection: ten thousand idle clients shall cost next to nothing.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

enum Read {
    More,
    Stop,
    Over,
}

/// Serves a connection until it is over.
pub(crate) async fn serve(link: Arc<Link>, core: Arc<Core>) {
    let mut decoder = CommandDecoder::new(core.limits);
    let mut reading = true;
    loop {
        match link.write() {
            Wrote::Over => break,
            Wrote::Drained => core.queue.push(Job::Drained { id: link.id }),
            Wrote::All | Wrote::Some => {}
        }
        let read = reading && link.backlog() < BACKLOG;
        let write = link.unwritten() > 0;
        let interest = match (read, write) {
            (true, true) => Interest::READABLE | Interest::WRITABLE,
            (false, true) => Interest::WRITABLE,
            // A client that sends too much is not read, and one that waits to be closed neither.
            (true, false) => Interest::READABLE,
            (false, false) => {
                link.wake.notified().await;
                continue;
            }
        };
        tokio::select! {
            () = link.wake.notified() => {}
            ready = link.stream.ready(interest) => match ready {
                Err(_) => break,
                Ok(ready) if read && (ready.is_readable() || ready.is_read_closed()) => {
                    match read_some(&link, &core, &mut decoder) {
                        Read::More => {}
                        Read::Stop => reading = false,
                        Read::Over => break,
                    }
                }
                Ok(_) => {}
            },
        }
    }
    // Closing a socket with unread bytes throws away what the peer has not read yet, the last error among it.
    BUFFER.with_borrow_mut(|buffer| while matches!(link.stream.try_read(buffer), Ok(count) if count > 0) {});
    core.queue.push(Job::Gone { id: link.id });
}

fn read_some(link: &Link, core: &Core, decoder: &mut CommandDecoder) -> Read {
    // A client whose commands find no memory is sent away.
    meter::within(&meter::Limits::default(), || decode_some(link, core, decoder)).unwrap_or(Read::Over)
}

/// Reads once. What does not fill the buffer has emptied the socket: it is not read again before the system says so.
fn read(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let mut last = None;
    let read = stream.try_io(Interest::READABLE, || {
        let count = SockRef::from(stream).deref().read(buffer)?;
        if count == 0 || count == buffer.len() {
            return Ok(count);
        }
        last = Some(count);
        Err(ErrorKind::WouldBlock.into())
    });
    last.map_or(read, Ok)
}

fn decode_some(link: &Link, core: &Core, decoder: &mut CommandDecoder) -> Read {
    let count = BUFFER.with_borrow_mut(|buffer| {
        let count = read(&link.stream, buffer);
        if let Ok(count) = count {
            decoder.feed(&buffer[..count]);
        }
        count
    });
    match count {
        Ok(0) => return Read::Over,
        Ok(count) => {
            link.received.fetch_add(count as u64, Ordering::Relaxed);
            core.traffic.received.fetch_add(count as u64, Ordering::Relaxed);
            core.traffic.reads.fetch_add(1, Ordering::Relaxed);
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Read::More,
        Err(_) => return Read::Over,
    }
    let mut commands = Vec::new();
    let mut broken = None;
    loop {
        match decoder.next_command() {
            Ok(Some(words)) if words.is_empty() => {}
            Ok(Some(words)) => commands.push(words),
            Ok(None) => break,
            Err(error) => {
                broken = Some(error.to_string());
                break;
            }
        }
    }
    if !commands.is_empty() {
        link.add_backlog(commands.iter().map(cost).sum());
        core.queue.push(Job::Commands { id: link.id, commands });
    }
    if let Some(text) = broken {
        core.queue.push(Job::Broken { id: link.id, text });
        return Read::Stop;
    }
    if decoder.is_idle() {
        // What was needed for long commands is given back.
        *decoder = CommandDecoder::new(core.limits);
    } else if decoder.pending() > core.query_limit() {
        // The servers end such a connection without a word.
        core.traffic.too_long.fetch_add(1, Ordering::Relaxed);
        return Read::Over;
    }
    Read::More
}
