//! Execution of commands, one after the other in the order of their arrival.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use script::Server;

use crate::{
    admission, blocking, pause, process,
    state::{Core, Hold, Hub, Job},
    tracking,
    turn::Turn,
};

/// Interval at which timers are checked.
const TICK: Duration = Duration::from_millis(100);

/// The server with its periodic work. Whoever locks it runs the jobs that wait: the thread of the connections, or the
/// thread of scripts, which alone may run these, for others must be answered meanwhile.
pub(crate) struct Executor {
    server: Server,
    expiry: Expiry,
}

impl Executor {
    pub(crate) fn new(server: Server) -> Self {
        Self { server, expiry: Expiry { next: Instant::now() + TICK, idle: Instant::now() } }
    }

    /// Runs the jobs that wait. Returns false if some are left: those beyond a limit, or one that runs a script.
    fn drain(&mut self, core: &Core, runs_scripts: bool) -> bool {
        let mut job = None;
        // What is due is looked at between any two drains, so that a stream of jobs does not hold it up.
        let mut left = 1024;
        let mut hub = core.hub.lock();
        loop {
            let mut waits_for_scripts = false;
            let done = catch_unwind(AssertUnwindSafe(|| {
                let mut turn =
                    Turn { hub: &mut hub, server: &mut self.server, core, runs_scripts, waits_for_scripts: false };
                // Clients that wait come before those whose jobs came later.
                resume(&mut turn);
                if let Some(job) = job.take() {
                    one(&mut turn, job);
                    resume(&mut turn);
                }
                tracking::broadcast(turn.hub);
                turn.hub.flush();
                admission::evict(turn.hub);
                waits_for_scripts = turn.waits_for_scripts;
            }));
            // A mistake of ours may cost a client its reply, but not the others their server.
            if done.is_err() {
                core.busy.end();
            }
            left -= 1;
            if waits_for_scripts || left == 0 {
                return false;
            }
            match core.queue.take() {
                Some(next) => job = Some(next),
                None => return true,
            }
        }
    }

    fn run_due(&mut self, core: &Core) {
        let mut hub = core.hub.lock();
        let done = catch_unwind(AssertUnwindSafe(|| {
            let mut turn =
                Turn { hub: &mut hub, server: &mut self.server, core, runs_scripts: true, waits_for_scripts: false };
            blocking::expire(turn.hub);
            pause::check(turn.hub);
            turn.server.engine.expiration = turn.hub.expiration(false);
            self.expiry.run(&mut turn);
            resume(&mut turn);
            tracking::broadcast(turn.hub);
            turn.hub.flush();
            admission::evict(turn.hub);
        }));
        if done.is_err() {
            core.busy.end();
        }
    }
}

/// Time at which the waiting of a client, or of all, ends next.
fn deadline(hub: &Hub) -> Option<Instant> {
    hub.waiting.deadline().into_iter().chain(pause::deadline(hub)).min()
}

/// Runs jobs as they arrive, on the thread of the connections, but for what the thread of scripts has to run.
pub(crate) async fn attend(core: Arc<Core>, executor: Arc<Mutex<Executor>>) {
    loop {
        core.queue.arrived().await;
        let all = executor.try_lock().is_some_and(|mut executor| executor.drain(&core, false));
        if !all {
            core.queue.wake();
        } else if let Some(due) = deadline(&core.hub.lock()) {
            core.queue.wake_before(due);
        }
    }
}

/// Runs scripts, and what is due by itself, for ever.
pub(crate) fn run(core: &Core, executor: &Mutex<Executor>) {
    let mut next = Instant::now() + TICK;
    loop {
        let due = deadline(&core.hub.lock());
        core.queue.sleep(due.map_or(next, |due| due.min(next)));
        let mut executor = executor.lock();
        if !executor.drain(core, true) {
            core.queue.wake();
        }
        executor.run_due(core);
        next = executor.expiry.next;
    }
}

fn one(turn: &mut Turn<'_, '_>, job: Job) {
    match job {
        Job::Opened { link, peer, local } => admission::open(turn.hub, link, peer, local),
        Job::Commands { id, commands } => {
            let Some(client) = turn.hub.clients.get_mut(&id) else { return };
            if client.closing {
                return;
            }
            client.pending.extend(commands);
            process::run_pending(turn, id);
        }
        Job::Broken { id, text } => {
            let Some(client) = turn.hub.clients.get(&id) else { return };
            // Those that were sent before come first, but for one that waits.
            if client.pending.is_empty() || !matches!(client.hold, Hold::None) {
                turn.hub.error(id, format!("ERR {text}"));
            }
            turn.hub.close(id);
        }
        Job::Drained { id } => turn.hub.resume.push_back(id),
        Job::Gone { id } => {
            admission::remove(turn.hub, id);
            turn.apply_deferred();
        }
    }
}

/// Resumes the clients whose waiting has ended.
fn resume(turn: &mut Turn<'_, '_>) {
    while !turn.waits_for_scripts
        && let Some(id) = turn.hub.resume.pop_front()
    {
        turn.client(id, |client| {
            if matches!(client.hold, Hold::Full) {
                client.hold = Hold::None;
            }
        });
        process::run_pending(turn, id);
    }
    if !turn.hub.deferred.is_empty() {
        turn.apply_deferred();
    }
}

/// Timer of periodic work.
struct Expiry {
    next: Instant,
    idle: Instant,
}

impl Expiry {
    fn run(&mut self, turn: &mut Turn<'_, '_>) {
        let begin = Instant::now();
        if begin < self.next {
            return;
        }
        if turn.server.engine.active_expire {
            turn.hub.tracked.writer = 0;
            let engine = &mut turn.server.engine;
            engine.tick();
            for db in 0..engine.keyspace.databases() {
                engine.expire(db);
            }
            process::after(turn);
        }
        turn.server.engine.tick();
        // Redis 8.4 looks for what can be claimed as often.
        if blocking::claim(turn) {
            process::after(turn);
        }
        let received = turn.core.traffic.received.load(Ordering::Relaxed);
        let engine = &mut turn.server.engine;
        let counters = [engine.stats.processed, received, turn.hub.sent];
        engine.rates.sample(engine.now(), counters);
        if self.idle.elapsed() >= Duration::from_secs(1) {
            self.idle = begin;
            drop_idle(turn.hub);
        }
        // All keys are looked at: the more there are, the more seldom, so that it never takes more than a twentieth.
        self.next = Instant::now() + TICK.max(begin.elapsed() * 20);
    }
}

/// Drops clients that have been silent for longer than the settings allow, except those that wait or listen.
fn drop_idle(hub: &Hub) {
    if hub.settings.timeout == 0 {
        return;
    }
    for client in hub.clients.values() {
        let exempt = client.is_parked() || client.is_subscriber() || client.monitor;
        if !exempt && client.last.elapsed().as_secs() > hub.settings.timeout {
            client.link.kill();
        }
    }
}
