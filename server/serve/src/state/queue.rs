//! What connections hand to the one thread that runs commands.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Instant};

use parking_lot::{Condvar, Mutex};

use super::link::Link;

/// The words of a command.
pub(crate) type Words = Vec<Vec<u8>>;

/// What a command costs while it waits.
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

/// The jobs that wait. No client has more in it than [`super::link::BACKLOG`] and one read beyond.
#[derive(Default, Debug)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    more: Condvar,
}

#[derive(Default, Debug)]
struct Inner {
    jobs: VecDeque<Job>,
    asleep: bool,
}

impl Queue {
    /// Adds a job.
    pub(crate) fn push(&self, job: Job) {
        let mut inner = self.inner.lock();
        inner.jobs.push_back(job);
        if std::mem::take(&mut inner.asleep) {
            drop(inner);
            self.more.notify_one();
        }
    }

    /// Takes a job if there is one.
    pub(crate) fn take(&self) -> Option<Job> {
        self.inner.lock().jobs.pop_front()
    }

    /// Waits for a job, but not beyond `until`.
    pub(crate) fn wait(&self, until: Instant) -> Option<Job> {
        let mut inner = self.inner.lock();
        while inner.jobs.is_empty() {
            inner.asleep = true;
            if self.more.wait_until(&mut inner, until).timed_out() {
                inner.asleep = false;
                break;
            }
        }
        inner.jobs.pop_front()
    }
}
