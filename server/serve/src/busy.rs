//! What others are told while a script runs for too long: `BUSY`, unless they come to end it.

use std::{sync::Arc, time::Duration};

use commands::{CommandId, CommandSpec, Family, lookup, subcommand};
use parking_lot::Mutex;
use protocol::Reply;
use std::time::Instant;

use crate::{
    admission,
    client::Hold,
    connection::cost,
    hub::{Core, Hub},
    process,
    queue::{Job, Words},
    seam::Run,
    session, transaction,
};

/// The run that is under way, if there is one.
#[derive(Default, Debug)]
pub struct Busy(Mutex<Option<Running>>);

#[derive(Clone, Debug)]
struct Running {
    client: u64,
    since: Instant,
    /// After which time others are told; for ever if none.
    patience: Option<Duration>,
    run: Run,
}

impl Busy {
    /// A run begins.
    pub(crate) fn begin(&self, client: u64, spec: &'static CommandSpec, threshold: i64) -> Run {
        let function = matches!(spec.id, CommandId::Fcall | CommandId::FcallRo);
        let run = Run { function, ..Run::default() };
        // Nothing or less means that a script may take as long as it likes.
        let patience = u64::try_from(threshold).ok().filter(|millis| *millis > 0).map(Duration::from_millis);
        *self.0.lock() = Some(Running { client, since: Instant::now(), patience, run: run.clone() });
        run
    }

    /// The run is over.
    pub(crate) fn end(&self) {
        *self.0.lock() = None;
    }

    fn overdue(&self) -> Option<Running> {
        let running = self.0.lock();
        let running = running.as_ref()?;
        running.patience.is_some_and(|patience| running.since.elapsed() >= patience).then(|| running.clone())
    }
}

/// Looks now and then whether a script takes too long, and if so answers in its place.
pub(crate) async fn watch(core: Arc<Core>) {
    let mut clock = tokio::time::interval(Duration::from_millis(20));
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        if core.busy.overdue().is_none() {
            continue;
        }
        let mut hub = core.hub.lock();
        // Only under the lock is it certain that the run has not ended meanwhile.
        if let Some(running) = core.busy.overdue() {
            while let Some(job) = core.queue.take() {
                answer(&core, &mut hub, &running, job);
            }
            hub.flush();
        }
    }
}

fn answer(core: &Core, hub: &mut Hub, running: &Running, job: Job) {
    match job {
        Job::Opened { link, peer, local } => admission::open(hub, link, peer, local),
        Job::Gone { id } => admission::remove(hub, id),
        Job::Drained { id } => hub.resume.push_back(id),
        Job::Broken { id, text } => {
            hub.error(id, format!("ERR {text}"));
            hub.close(id);
        }
        Job::Commands { id, commands } => {
            for words in commands {
                let Some(client) = hub.clients.get_mut(&id) else { return };
                if id == running.client || !matches!(client.hold, Hold::None) || !client.pending.is_empty() {
                    // It waits for its turn anyway.
                    client.pending.push_back(words);
                    continue;
                }
                client.link.sub_backlog(cost(&words));
                client.last = Instant::now();
                command(core, hub, running, id, &words);
            }
        }
    }
}

fn find(hub: &Hub, words: &Words) -> Option<&'static CommandSpec> {
    let spec = lookup(&words[0])?;
    let sub = words.get(1).and_then(|word| subcommand(spec, word));
    Some(sub.unwrap_or(spec)).filter(|spec| spec.is_available(hub.target))
}

fn command(core: &Core, hub: &mut Hub, running: &Running, id: u64, words: &Words) {
    if process::is_http(&words[0]) {
        return hub.close(id);
    }
    let spec = find(hub, words);
    let stranger = hub.clients.get(&id).is_some_and(|client| !client.authenticated);
    let run = &running.run;
    match spec.map(|spec| spec.id) {
        Some(CommandId::Quit) => {
            hub.ok(id);
            hub.close(id);
        }
        Some(CommandId::Auth | CommandId::Hello | CommandId::Reset) => {
            if let Some(spec) = spec {
                session::run(hub, id, spec, words);
            }
        }
        _ if stranger => process::refuse(hub, id, spec, "NOAUTH Authentication required."),
        Some(CommandId::Multi) => transaction::multi(hub, id),
        Some(CommandId::Discard) => transaction::discard(hub, id),
        Some(CommandId::Unwatch) => transaction::unwatch_all(hub, id),
        Some(CommandId::ScriptKill) if !run.function => kill(hub, id, run),
        Some(CommandId::FunctionKill) if run.function => kill(hub, id, run),
        // Only NOSAVE is safe: what the script has half done must not be kept.
        Some(CommandId::Shutdown) if words.len() == 2 && words[1].eq_ignore_ascii_case(b"NOSAVE") => {
            core.stop.notify_one();
            hub.close(id);
        }
        _ => {
            let text = busy_text(hub, run);
            process::refuse(hub, id, spec, text);
        }
    }
}

fn busy_text(hub: &Hub, run: &Run) -> String {
    let server = if hub.target.family == Family::Valkey && hub.valkey(8, 0) { "Valkey" } else { "Redis" };
    let kill = if run.function { "FUNCTION KILL" } else { "SCRIPT KILL" };
    format!("BUSY {server} is busy running a script. You can only call {kill} or SHUTDOWN NOSAVE.")
}

fn kill(hub: &mut Hub, id: u64, run: &Run) {
    if run.has_written() {
        return hub.reply(
            id,
            &Reply::error(
                "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the \
                 script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
            ),
        );
    }
    run.cancel.cancel();
    hub.ok(id);
}
