//! A server with its Lua VM: the engine's commands and those that run scripts.

use commands::Target;
use engine::Engine;
use protocol::Reply;

use crate::{Invocation, Observer, Outcome};

/// A server without a network.
pub struct Server {
    /// Its keys, settings and clock.
    pub engine: Engine,
}

impl Server {
    /// An empty server.
    pub fn new(target: Target) -> Self {
        Self { engine: Engine::new(target) }
    }

    /// Runs a call of a client, `EVAL` and `FCALL` among them.
    pub fn call(&mut self, words: &[Vec<u8>], db: &mut usize, resp3: bool) -> Reply {
        self.engine.call(words, db, resp3)
    }

    /// Runs a script or a function within its budget; one that goes beyond it is rolled back.
    pub fn run(&mut self, invocation: &Invocation, observer: &mut dyn Observer) -> Outcome {
        let _ = (invocation, observer);
        Outcome {
            reply: Reply::error("ERR scripts do not run yet"),
            failure: None,
            trace: Vec::new(),
            changes: Vec::new(),
            log: Vec::new(),
            published: Vec::new(),
            cost: crate::Cost::default(),
        }
    }
}
