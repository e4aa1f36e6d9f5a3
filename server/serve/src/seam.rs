//! Where the engine and the scripts are called, and how a run of a script is watched from outside.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::Ordering,
};

use commands::CommandSpec;
use engine::Support;
use protocol::Reply;
use script::{Budget, Observer, Running, Server};

use crate::queue::Words;

/// A run of a script, as those see it who wait for its end.
#[derive(Clone, Default, Debug)]
pub(crate) struct Run {
    /// What the script shares with us.
    pub(crate) running: Running,
    /// Whether a function runs, and no script: `FUNCTION KILL` ends only those, `SCRIPT KILL` only the others.
    pub(crate) function: bool,
}

impl Run {
    /// Ends it.
    pub(crate) fn cancel(&self) {
        self.running.cancel.cancel();
    }

    /// Whether it has written: then it cannot be killed.
    pub(crate) fn has_written(&self) -> bool {
        self.running.wrote.load(Ordering::Relaxed)
    }
}

/// The commands that a script calls, for those who monitor; no more than they could want to read.
#[derive(Default, Debug)]
pub(crate) struct Called(pub(crate) Vec<Words>);

/// How many commands of one script are shown.
const SHOWN: usize = 10_000;

impl Observer for Called {
    fn command(&mut self, _line: u32, words: &[Vec<u8>], _reply: &Reply) {
        if self.0.len() < SHOWN {
            self.0.push(words.to_vec());
        }
    }
}

/// Runs a command of the engine.
pub(crate) fn call(
    server: &mut Server,
    spec: &'static CommandSpec,
    words: &Words,
    db: &mut usize,
    resp3: bool,
) -> Reply {
    guard(|| {
        if let Support::Here(_) = engine::support(spec.id) {
            server.engine.tick();
            server.engine.run(spec, words, db, resp3, false)
        } else {
            server.call(words, db, resp3)
        }
    })
}

/// Runs a command that runs a script, which takes as long as it takes: a server ends no script by itself.
pub(crate) fn call_script(
    server: &mut Server,
    words: &Words,
    db: &mut usize,
    resp3: bool,
    run: &Run,
    called: Option<&mut Called>,
) -> Reply {
    server.set_running(run.running.clone(), Budget::UNLIMITED);
    guard(|| match called {
        Some(called) => server.call_observed(words, db, resp3, called),
        None => server.call(words, db, resp3),
    })
}

/// The error of a command that the system has no memory for, where a real server ends. What it wrote before stays.
pub(crate) const OUT_OF_MEMORY: &str = "OOM the system has no memory for this command";

/// A command that panics, or finds no memory, must not take the port with it.
fn guard(call: impl FnOnce() -> Reply) -> Reply {
    catch_unwind(AssertUnwindSafe(|| meter::within(&meter::Limits::default(), call)))
        .map(|called| called.unwrap_or_else(|_| Reply::error(OUT_OF_MEMORY)))
        .unwrap_or_else(|_| Reply::error("ERR internal error: the command broke, which is a mistake of redlua"))
}
