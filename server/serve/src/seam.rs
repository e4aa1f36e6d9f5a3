//! Where the engine and the scripts are called, and where a run of a script is to say how it goes.
//!
//! **To be wired by the script crate**, which may not know this one: its `Server` should take a run's two handles before
//! a call, say `server.watch_run(run.cancel.clone(), Arc::clone(&run.wrote))`, and
//! - look at `cancel` in the Lua VM's hook; a cancelled run answers with the servers' words for `SCRIPT KILL`,
//! - set `wrote` with the first command of the run that writes.
//!
//! [`call_script`] is the one place to call it. Nothing else is needed: who is told `BUSY`, and who may kill what, is decided
//! in `busy.rs`.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use commands::CommandSpec;
use engine::Support;
use protocol::Reply;
use script::{Cancel, Server};

use crate::queue::Words;

/// A run of a script, as those see it who wait for its end.
#[derive(Clone, Default, Debug)]
pub(crate) struct Run {
    /// Ends it.
    pub(crate) cancel: Cancel,
    /// Whether it has written: then it cannot be killed.
    pub(crate) wrote: Arc<AtomicBool>,
    /// Whether a function runs, and no script: `FUNCTION KILL` ends only those, `SCRIPT KILL` only the others.
    pub(crate) function: bool,
}

impl Run {
    pub(crate) fn has_written(&self) -> bool {
        self.wrote.load(Ordering::Relaxed)
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

/// Runs a command that runs a script.
pub(crate) fn call_script(server: &mut Server, words: &Words, db: &mut usize, resp3: bool, run: &Run) -> Reply {
    #[cfg(test)]
    if words.get(1).is_some_and(|word| word == b"loop") {
        while !run.cancel.is_cancelled() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        return Reply::error("ERR Error running script: Script killed by user with SCRIPT KILL...");
    }
    let _ = run;
    guard(|| server.call(words, db, resp3))
}

/// A command that panics must not take the port with it.
fn guard(call: impl FnOnce() -> Reply) -> Reply {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Reply::error("ERR internal error: the command broke, which is a mistake of redlua"))
}
