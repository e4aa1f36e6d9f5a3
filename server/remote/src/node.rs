//! One server or one node of a cluster, with a second connection that ends scripts.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use protocol::Reply;

use crate::{Connection, Error, Failure, Server, Stop, refusal::code, stop::Woken};

/// Longest wait for the answer to SCRIPT KILL. A server listens to others only after `busy-reply-threshold`, 5 s by default.
const KILL_WAIT: Duration = Duration::from_secs(15);

/// Wait for a reply that the server has sent already, on another connection than that which told so.
const BUSY_WAIT: Duration = Duration::from_millis(200);

/// Reason why a run was ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Its time was over.
    TimeOver,
    /// [`Stop::stop`] was called.
    Interrupted,
}

/// State of a script on the server after its run was ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// It was not sent yet.
    NotSent,
    /// The server ended it. It does so only with scripts that have written nothing.
    Killed,
    /// UNKILLABLE: it has written, and goes on until it ends by itself.
    GoesOnAfterWriting,
    /// The user may not end scripts (ACL); it goes on.
    NotAllowed,
    /// The server listens to nobody: a script has not run for `busy-reply-threshold` yet, this one or another. It may go on.
    Deaf,
    /// It ended by itself meanwhile, and its reply did not arrive.
    Ended,
    /// The server did not say.
    Unknown(Failure),
}

/// A reply, or the end of a run without one.
pub(crate) enum Waited {
    /// The reply, and those to what was sent ahead.
    Replied(Reply, Vec<Reply>),
    Stopped(Why, End),
}

/// Connections to one server.
pub(crate) struct Node {
    pub connection: Connection,
    /// Opened before a script runs: a busy server has no time for a handshake with TLS, and `maxclients` may be reached.
    killer: Connection,
    /// True after a run without a reply, which may still come and would pass for that of the next call.
    pub is_spent: bool,
}

/// The reply of a run with those to what was sent ahead.
type Received = Result<(Reply, Vec<Reply>), Failure>;

impl Node {
    pub(crate) fn open(server: &Server) -> Result<Self, Error> {
        Ok(Self { connection: Connection::open(server)?, killer: Connection::open(server)?, is_spent: false })
    }

    fn name(&self) -> std::sync::Arc<str> {
        std::sync::Arc::clone(&self.connection.server().name)
    }

    /// Runs a script by its command, until a deadline or a stop; then the server is asked to end it. What stands in
    /// `before` is sent ahead of it, in one piece.
    ///
    /// # Errors
    /// The connection broke. The script may have run then, so nothing is sent again.
    pub(crate) fn run(
        &mut self,
        before: &[Vec<Vec<u8>>],
        words: &[Vec<u8>],
        kill: [&str; 2],
        deadline: Instant,
        stop: &Stop,
    ) -> Result<Waited, Error> {
        let name = self.name();
        let named = |failure| Error::new(&name, failure);
        let closer = self.connection.closer().map_err(|error| named(Failure::Protocol(error.to_string())))?;
        let done: Mutex<Option<Received>> = Mutex::new(None);
        let look = || done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (connection, killer) = (&mut self.connection, &mut self.killer);
        // Later than any time for which the other side waits.
        let last = deadline + 4 * KILL_WAIT;
        let replied = |(reply, ahead)| Waited::Replied(reply, ahead);
        let waited = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut calls = before.to_vec();
                calls.push(words.to_vec());
                let reply = connection.send_all(&calls, last).and_then(|()| {
                    let ahead = before.iter().map(|_| connection.receive_until(last)).collect::<Result<Vec<_>, _>>()?;
                    Ok((connection.receive_until(last)?, ahead))
                });
                *done.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
                stop.notify();
            });
            let why = match stop.wait(deadline, true, look) {
                Woken::Found(done) => return done.map(replied),
                Woken::Stopped => Why::Interrupted,
                Woken::TimeOver => Why::TimeOver,
            };
            let wait = |time: Duration| match stop.wait(Instant::now() + time, false, look) {
                Woken::Found(done) => Some(done),
                _ => None,
            };
            let end = if listens(killer) {
                // Now BUSY would be here if the script that runs were not ours.
                if let Some(done) = wait(BUSY_WAIT) {
                    return done.map(replied);
                }
                end_script(killer, kill)
            } else {
                End::Deaf
            };
            // A script that ended by itself has a reply on its way; one that was killed has the error of that.
            let late = wait(if matches!(end, End::Ended | End::Killed) { KILL_WAIT } else { Duration::ZERO });
            closer.close();
            match (late, end) {
                (Some(Ok(done)), End::Ended) => Ok(replied(done)),
                (_, end) => Ok(Waited::Stopped(why, end)),
            }
        });
        match waited {
            Ok(Waited::Stopped(why, end)) => {
                self.is_spent = true;
                Ok(Waited::Stopped(why, end))
            }
            Ok(replied) => Ok(replied),
            Err(failure) => {
                self.is_spent = true;
                Err(named(match failure {
                    Failure::Lost(_) | Failure::ClosedAtOnce => Failure::Lost(true),
                    other => other,
                }))
            }
        }
    }
}

/// Waits until the server listens to this connection twice, in two rounds of its event loop. It answers HELLO while a script
/// runs, once `busy-reply-threshold` has passed. SCRIPT KILL ends whichever script runs, so it must be ours: if another runs, then
/// within the first round the server reads ours and refuses it with BUSY, for it stops reading only from whoever runs a script.
fn listens(killer: &mut Connection) -> bool {
    (0..2).all(|_| killer.call_for(&["HELLO"], KILL_WAIT).is_ok())
}

/// Asks a server to end the script that runs.
fn end_script(killer: &mut Connection, kill: [&str; 2]) -> End {
    match killer.call_for(&kill, KILL_WAIT) {
        Ok(Reply::Error(text)) => match code(&text) {
            b"UNKILLABLE" => End::GoesOnAfterWriting,
            b"NOTBUSY" => End::Ended,
            b"NOPERM" => End::NotAllowed,
            code => End::Unknown(Failure::Handshake(String::from_utf8_lossy(code).into_owned())),
        },
        Ok(_) => End::Killed,
        Err(error) => End::Unknown(error.failure),
    }
}
