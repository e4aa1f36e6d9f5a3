//! A run from beginning to end: within a budget, recorded, and rolled back if it exceeds the budget.

use std::time::Instant;

use protocol::Reply;

use crate::{
    Budget, Change, Cost, Entry, Failure, Invocation, NoObserver, Observer, Outcome, Running, Server, Traced,
    failure::{place_in, stop_message},
    state,
};

/// Maximum number of commands kept of one run, and of their bytes; later ones are only counted.
const KEPT: usize = 10_000;
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// Records what a run does, and passes it on to another observer.
struct Recorder<'a> {
    other: &'a mut dyn Observer,
    trace: Vec<Traced>,
    bytes: usize,
}

impl Observer for Recorder<'_> {
    fn line(&mut self, line: u32) {
        self.other.line(line);
    }

    fn wants_lines(&self) -> bool {
        self.other.wants_lines()
    }

    fn command(&mut self, line: u32, words: &[Vec<u8>], reply: &Reply) {
        self.other.command(line, words, reply);
        if self.trace.len() >= KEPT || self.bytes > KEPT_BYTES {
            return;
        }
        self.bytes += words.iter().map(|word| word.len() + 32).sum::<usize>() + size(reply);
        // One that is too large ends the record, so that it has no gaps.
        if self.bytes > KEPT_BYTES {
            return;
        }
        self.trace.push(Traced { line, words: words.to_vec(), reply: reply.clone() });
    }
}

/// Approximate size of a reply, in bytes.
fn size(reply: &Reply) -> usize {
    32 + match reply {
        Reply::Bulk(text) | Reply::Status(text) | Reply::Error(text) | Reply::BigNumber(text) => text.len(),
        Reply::Verbatim { text, .. } => text.len(),
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => items.iter().map(size).sum(),
        Reply::Map(pairs) => pairs.iter().map(|(key, value)| size(key) + size(value)).sum(),
        _ => 0,
    }
}

impl Server {
    /// Runs a script or a function within its budget; one that exceeds it is rolled back.
    pub fn run(&mut self, invocation: &Invocation, observer: &mut dyn Observer) -> Outcome {
        self.engine.tick();
        self.engine.keyspace.begin();
        let published = self.engine.published.len();
        self.log.clear();
        self.last = None;
        self.last_commands = 0;
        self.failed_line = None;
        self.callers.clear();
        self.set_running(Running { cancel: invocation.cancel.clone(), ..Running::default() }, invocation.budget);
        let mut recorder = Recorder { other: observer, trace: Vec::new(), bytes: 0 };
        let limits = invocation.budget.limits(Instant::now(), &invocation.cancel);
        let done = meter::within(&limits, || {
            let reply = self.invoke(invocation, &mut recorder);
            if self.last.as_ref().is_some_and(|limits| limits.stopped.is_some()) {
                return (reply, Vec::new());
            }
            let reply = if invocation.resp3 { reply } else { reply.into_resp2() };
            (reply, self.changes())
        });
        let trace = recorder.trace;
        self.set_running(Running::default(), Budget::UNLIMITED);

        let limits = self.last.take();
        let stopped = limits.as_ref().and_then(|limits| limits.stopped);
        let (reply, changes, stopped) = match done {
            Ok((reply, changes)) => (reply, changes, stopped),
            Err(why) => {
                let wrote = self.engine.keyspace.changes_in_run().next().is_some();
                let text = stop_message(why.into(), 0, wrote, &invocation.budget, &self.engine);
                (Reply::error(text), Vec::new(), Some((why.into(), 0)))
            }
        };
        if stopped.is_some() {
            self.engine.keyspace.rollback();
            self.engine.published.truncate(published);
            // What the script did to its VM cannot be undone otherwise.
            self.renew_vms();
        } else {
            self.engine.keyspace.commit();
        }
        let failure = match (&reply, self.failed_line.take()) {
            (Reply::Error(text), line) if line.is_some() || stopped.is_some() => Some(Failure {
                message: String::from_utf8_lossy(text).into_owned(),
                line: stopped.map(|(_, line)| line).or(line.flatten()).filter(|line| *line > 0),
                callers: std::mem::take(&mut self.callers),
                stopped: stopped.is_some(),
            }),
            _ => None,
        };
        Outcome {
            reply,
            failure,
            trace,
            changes,
            log: std::mem::take(&mut self.log),
            published: self
                .engine
                .published
                .drain(published.min(self.engine.published.len())..)
                .map(|message| (message.channel, message.message))
                .collect(),
            cost: Cost {
                commands: self.last_commands,
                instructions: limits.as_ref().map_or(0, |limits| limits.instructions),
                memory: limits.as_ref().map_or(0, |limits| limits.peak),
                micros: limits.as_ref().map_or(0, |limits| limits.elapsed().as_micros() as u64),
            },
        }
    }

    /// Recreates the VMs, with their scripts and libraries.
    fn renew_vms(&mut self) {
        self.reset_scripts();
        let codes: Vec<Vec<u8>> = self.libraries.all.values().map(|library| library.code.clone()).collect();
        self.reset_functions();
        for code in codes {
            // One that cannot be loaded any more was the one that was stopped.
            let _ = self.load_library(&code, true, &mut NoObserver);
        }
    }

    fn invoke(&mut self, invocation: &Invocation, observer: &mut dyn Observer) -> Reply {
        let mut words: Vec<Vec<u8>> = vec![b"EVAL".to_vec()];
        let function = match &invocation.entry {
            Entry::Script(code) => {
                words.push(code.clone());
                false
            }
            Entry::Function { library, name } => {
                if let Err(text) = self.load_library(library, true, observer) {
                    self.failed_line.get_or_insert(place_in(&text));
                    return Reply::Error(text);
                }
                words.push(name.clone());
                true
            }
        };
        words.push(invocation.keys.len().to_string().into_bytes());
        words.extend(invocation.keys.iter().cloned());
        words.extend(invocation.args.iter().cloned());
        let (db, resp3, read_only) = (invocation.db, invocation.resp3, invocation.read_only);
        if function {
            self.fcall(&words, db, resp3, read_only, observer)
        } else {
            self.eval(&words, db, resp3, read_only, observer)
        }
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (db, key, before) in self.engine.keyspace.changes_in_run() {
            let before = before.as_ref().map(|entry| state::of(entry, &self.engine));
            let after = self.engine.keyspace.get(db, key).map(|entry| state::of(entry, &self.engine));
            if before != after {
                meter::push(&mut changes, Change { db, key: key.to_vec(), before, after });
            }
        }
        changes.sort_by(|a, b| (a.db, &a.key).cmp(&(b.db, &b.key)));
        changes
    }
}
