//! Calls of the engine and of scripts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use commands::CommandSpec;
use engine::Support;
use protocol::Reply;
use script::{Budget, Observer, Server};

use crate::state::{OUT_OF_MEMORY, Run, Words};

/// Commands that a script calls, for clients in `MONITOR`; at most `SHOWN`.
#[derive(Default, Debug)]
pub(crate) struct Called(pub(crate) Vec<Words>);

/// Maximum number of commands of one script that are shown.
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

/// A command that panics, or finds no memory, must not take the port with it.
fn guard(call: impl FnOnce() -> Reply) -> Reply {
    catch_unwind(AssertUnwindSafe(|| meter::within(&meter::Limits::default(), call)))
        .map(|called| called.unwrap_or_else(|_| Reply::error(OUT_OF_MEMORY)))
        .unwrap_or_else(|_| Reply::error("ERR internal error: the command broke, which is a mistake of redlua"))
}

/// True if a reply says that there was nothing.
pub(crate) fn is_nothing(reply: &Reply) -> bool {
    matches!(reply, Reply::Nil | Reply::NilArray)
}
