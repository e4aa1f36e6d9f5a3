//! Execution of calls: from words to the command's function and the reply, with what is counted on the way.

mod dispatch;

use std::time::Instant;

use commands::{CommandSpec, Flags, bind};
use protocol::Reply;
use rustc_hash::FxHashSet;

pub use dispatch::{Support, support};

use crate::{call::Call, engine::Engine, error::Error, resolve};

impl Engine {
    /// Runs a call of a client.
    pub fn call(&mut self, words: &[Vec<u8>], db: &mut usize, resp3: bool) -> Reply {
        self.tick();
        match self.prepare(words) {
            Ok(spec) => self.run(spec, words, db, resp3, false),
            Err(error) => error.into(),
        }
    }

    /// Runs a command whose words have been counted.
    pub fn run(
        &mut self,
        spec: &'static CommandSpec,
        words: &[Vec<u8>],
        db: &mut usize,
        resp3: bool,
        in_script: bool,
    ) -> Reply {
        self.commands += 1;
        if in_script && !self.since(7, 2) {
            self.tick_within_script();
        }
        if in_script && spec.flags(self.target).has(Flags::READONLY) {
            self.remember_reads(words, *db);
        }
        // Inside a script only the script as a whole is timed.
        let start = (!in_script || self.times_scripts).then(Instant::now);
        if spec.flags(self.target).has(Flags::WRITE) {
            // What it keeps of its words is a copy.
            meter::afford(words.iter().map(Vec::len).sum());
        }
        let reply = match support(spec.id) {
            Support::Here(command) => {
                let reads = spec.flags(self.target).has(Flags::READONLY);
                command(&mut Call {
                    engine: self,
                    spec,
                    words,
                    db,
                    resp3,
                    in_script,
                    reads,
                    looked_up: None,
                    used: FxHashSet::default(),
                })
                .unwrap_or_else(Reply::from)
            }
            Support::Scripting => Reply::error(format!("ERR {} needs the script engine", spec.name)),
            Support::Connection => Reply::error(format!("ERR {} needs a connection", spec.name)),
            Support::Unsupported(why) => {
                Reply::error(format!("ERR {} is not supported by the embedded engine: {why}", spec.name))
            }
        };
        self.note(spec, words, start.map(|start| start.elapsed()), in_script, &reply);
        if resp3 { reply } else { reply.into_resp2() }
    }

    fn remember_reads(&mut self, words: &[Vec<u8>], db: usize) {
        let Some(reads) = &mut self.script_reads else { return };
        let known: Vec<bind::Word<'_>> = words.iter().map(|word| bind::Word::Known(word)).collect();
        for (at, _) in bind::bind(&known, &[self.target]).keys() {
            meter::push(reads, (db, meter::copy(&words[at])));
        }
    }

    /// The command of a call of a client, whose words have been counted.
    ///
    /// # Errors
    /// The server's reply to a call that it does not run.
    pub fn prepare(&mut self, words: &[Vec<u8>]) -> Result<&'static CommandSpec, Error> {
        match resolve::command(self.target, words) {
            Ok(spec) if resolve::fits(self.target, spec, words.len()) => Ok(spec),
            Ok(spec) => {
                let error = resolve::wrong_count(self.target, spec, words);
                self.stats.reject(Some(spec), &error.0);
                Err(error)
            }
            Err(error) => {
                self.stats.reject(None, &error.0);
                Err(error)
            }
        }
    }
}
