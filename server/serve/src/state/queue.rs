//! Queue from the connections to whoever runs commands.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use super::link::Link;

/// The words of a command.
pub(crate) type Words = Vec<Vec<u8>>;

/// Bytes that count for a command while it waits.
pub(crate) fn cost(words: &Words) -> usize {
    words.iter().map(|word| word.len() + 48).sum()
}

/// Something to be done, in order of arrival.
#[derive(Debug)]
pub(crate) enum Job {
    /// A client has connected.
    Opened { link: Arc<Link>, peer: SocketAddr, local: SocketAddr },
    /// A client has sent commands.
    Commands { id: u64, commands: Vec<Words> },
    /// A client has broken the protocol.
    Broken { id: u64, text: String },
    /// A client with too much to read has read it.
    Drained { id: u64 },
    /// A client has gone.
    Gone { id: u64 },
}

/// The jobs that wait. No client has more in it than [`BACKLOG`](super::link::BACKLOG) and one read beyond.
#[derive(Default, Debug)]
pub(crate) struct Queue {
    /// Jobs of connections whose tasks run now: they are taken together when all have run.
    incoming: Mutex<Vec<Job>>,
    arrived: Notify,
    inner: Mutex<Inner>,
    wake: Condvar,
}

#[derive(Default, Debug)]
struct Inner {
    jobs: VecDeque<Job>,
    /// True if the thread of scripts is to check the jobs.
    wanted: bool,
    /// Time until which that thread sleeps.
    asleep: Option<Instant>,
}

impl Queue {
    /// Adds a job.
    pub(crate) fn push(&self, job: Job) {
        let mut incoming = self.incoming.lock();
        incoming.push(job);
        if incoming.len() == 1 {
            drop(incoming);
            self.arrived.notify_one();
        }
    }

    /// Waits until jobs were added. The task that waits comes behind all that became ready with the one that adds them.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
        let jobs = std::mem::take(&mut *self.incoming.lock());
        self.inner.lock().jobs.extend(jobs);
    }

    /// Takes a job if there is one.
    pub(crate) fn take(&self) -> Option<Job> {
        self.inner.lock().jobs.pop_front()
    }

    /// Has the thread of scripts take the jobs.
    pub(crate) fn wake(&self) {
        let mut inner = self.inner.lock();
        inner.wanted = true;
        if inner.asleep.take().is_some() {
            drop(inner);
            self.wake.notify_one();
        }
    }

    /// Wakes the thread of scripts if it would sleep beyond a time at which something is due.
    pub(crate) fn wake_before(&self, due: Instant) {
        // One that does not sleep yet may not have seen it.
        let sleeps_beyond = self.inner.lock().asleep.is_none_or(|until| until > due);
        if sleeps_beyond {
            self.wake();
        }
    }

    /// Sleeps until woken, but not beyond `until`.
    pub(crate) fn sleep(&self, until: Instant) {
        let mut inner = self.inner.lock();
        while !inner.wanted {
            inner.asleep = Some(until);
            if self.wake.wait_until(&mut inner, until).timed_out() {
                break;
            }
        }
        inner.asleep = None;
        inner.wanted = false;
    }
}
