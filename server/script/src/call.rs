//! Calls of clients: the engine's commands and those that run scripts.

use std::time::Instant;

use commands::{CommandId, CommandSpec, Target};
use engine::{Support, support};
use protocol::Reply;

use crate::{Budget, NoObserver, Observer, Server, failure::stop_message, gate::needs_memory, shebang::Flags};

impl Server {
    /// Runs a call of a client, `EVAL` and `FCALL` among them.
    pub fn call(&mut self, words: &[Vec<u8>], db: &mut usize, resp3: bool) -> Reply {
        self.call_observed(words, db, resp3, &mut NoObserver)
    }

    /// As [`Self::call`], with an observer of what scripts do.
    pub fn call_observed(
        &mut self,
        words: &[Vec<u8>],
        db: &mut usize,
        resp3: bool,
        observer: &mut dyn Observer,
    ) -> Reply {
        self.engine.tick();
        self.engine.make_room();
        self.log = Vec::new();
        let limited = self.budget != Budget::UNLIMITED;
        if !limited {
            let called = meter::within(&meter::Limits::default(), || self.called(words, db, resp3, observer));
            return called.unwrap_or_else(|_| Reply::error("OOM the system has no memory for this command"));
        }
        let limits = self.budget.limits(Instant::now(), &self.running.cancel);
        self.engine.keyspace.begin();
        let called = meter::within(&limits, || self.called(words, db, resp3, observer));
        match called {
            Ok(reply) => {
                self.engine.keyspace.commit();
                reply
            }
            Err(why) => {
                let wrote = self.engine.keyspace.changes_in_run().next().is_some();
                self.engine.keyspace.rollback();
                Reply::error(stop_message(why.into(), 0, wrote, &self.budget, &self.engine))
            }
        }
    }

    fn called(&mut self, words: &[Vec<u8>], db: &mut usize, resp3: bool, observer: &mut dyn Observer) -> Reply {
        let spec = match self.engine.prepare(words) {
            Ok(spec) => spec,
            Err(error) => return error.into(),
        };
        if matches!(support(spec.id), Support::Scripting) {
            let start = Instant::now();
            self.began = Some(start);
            let reply = self.scripting(spec, words, *db, resp3, observer);
            self.engine.note(spec, words, Some(start.elapsed()), false, &reply);
            return if resp3 { reply } else { reply.into_resp2() };
        }
        self.engine.cycle();
        self.engine.run(spec, words, db, resp3, false)
    }

    /// Returns true if a call is refused while memory is full, be it queued or run.
    pub fn needs_memory(&self, spec: &CommandSpec, words: &[Vec<u8>]) -> bool {
        let target = self.engine.target;
        if spec.flags(target).has(commands::Flags::DENYOOM) {
            return true;
        }
        self.header_of(spec, words).is_some_and(|(flags, compatible)| needs_memory(flags, compatible))
    }

    /// Returns true if a call waits for the end of `CLIENT PAUSE … WRITE`: it writes, or is sent to replicas. The flag
    /// `may_replicate` is hidden since 7.0; a script's own flags come before it.
    pub fn may_write(&self, spec: &CommandSpec, words: &[Vec<u8>]) -> bool {
        let flags = spec.flags(self.engine.target);
        if flags.has(commands::Flags::WRITE) || flags.has(commands::Flags::MAY_REPLICATE) || spec.may_replicate() {
            return true;
        }
        match self.header_of(spec, words) {
            Some((flags, false)) => !flags.has(Flags::NO_WRITES),
            _ => matches!(spec.id, CommandId::Eval | CommandId::Evalsha | CommandId::Fcall),
        }
    }

    /// Returns the flags of the script or function that a call runs, and true if it has no shebang. `None` if there is
    /// no such script, or its shebang is wrong.
    fn header_of(&self, spec: &CommandSpec, words: &[Vec<u8>]) -> Option<(Flags, bool)> {
        let name = words.get(1)?;
        match spec.id {
            CommandId::Eval | CommandId::EvalRo => {
                let script = crate::shebang::script(name, self.engine.target).ok()?;
                Some((script.flags, script.compatible))
            }
            CommandId::Evalsha | CommandId::EvalshaRo => self.scripts.header(name),
            CommandId::Fcall | CommandId::FcallRo => Some((self.libraries.function(name)?.flags, false)),
            _ => None,
        }
    }

    fn scripting(
        &mut self,
        spec: &'static CommandSpec,
        words: &[Vec<u8>],
        db: usize,
        resp3: bool,
        observer: &mut dyn Observer,
    ) -> Reply {
        self.engine.commands += 1;
        match spec.id {
            CommandId::Eval | CommandId::EvalRo => self.eval(words, db, resp3, spec.id == CommandId::EvalRo, observer),
            CommandId::Evalsha | CommandId::EvalshaRo => {
                self.eval_sha(words, db, resp3, spec.id == CommandId::EvalshaRo, observer)
            }
            CommandId::Fcall | CommandId::FcallRo => {
                self.fcall(words, db, resp3, spec.id == CommandId::FcallRo, observer)
            }
            CommandId::ScriptLoad => self.script_load(&words[2]),
            CommandId::ScriptExists => self.script_exists(&words[2..]),
            CommandId::ScriptFlush => self.script_flush(&words[2..]),
            CommandId::ScriptShow => self.script_show(&words[2]),
            CommandId::ScriptDebug => self.script_debug(&words[2]),
            CommandId::ScriptKill | CommandId::FunctionKill => {
                Reply::error("NOTBUSY No scripts in execution right now.")
            }
            CommandId::FunctionLoad => self.function_load(words, observer),
            CommandId::FunctionDelete => self.function_delete(&words[2]),
            CommandId::FunctionFlush => self.function_flush(words),
            CommandId::FunctionList => self.function_list(&words[2..]),
            CommandId::FunctionStats => self.function_stats(),
            CommandId::FunctionDump => self.function_dump(),
            CommandId::FunctionRestore => self.function_restore(words, observer),
            CommandId::ScriptHelp | CommandId::FunctionHelp => help(spec.id, self.engine.target),
            _ => Reply::error(format!("ERR {} is not supported by the embedded engine", spec.name)),
        }
    }
}

fn help(id: CommandId, target: Target) -> Reply {
    let mut lines: Vec<(&str, &str)> = Vec::new();
    if id == CommandId::ScriptHelp {
        let engines = target.valkey_since(9, 1);
        lines.push((
            if engines { "DEBUG (YES|SYNC|NO) [<engine_name>]" } else { "DEBUG (YES|SYNC|NO)" },
            "Chooses how scripts are debugged.",
        ));
        lines.push(("EXISTS <sha1> [<sha1> ...]", "Tells which scripts are in the cache."));
        lines.push(("FLUSH [ASYNC|SYNC]", "Empties the cache."));
        lines.push(("KILL", "Ends the script that runs."));
        lines.push(("LOAD <script>", "Puts a script into the cache."));
        if target.valkey_since(8, 0) {
            lines.push(("SHOW <sha1>", "Returns a script of the cache."));
        }
        return engine::help("SCRIPT", &lines);
    }
    lines.extend([
        ("LOAD [REPLACE] <FUNCTION CODE>", "Makes a library."),
        ("DELETE <LIBRARY NAME>", "Removes a library."),
        ("LIST [LIBRARYNAME PATTERN] [WITHCODE]", "Tells of the libraries."),
        ("STATS", "Tells of the function that runs and of the engine."),
        ("KILL", "Ends the function that runs."),
        ("FLUSH [ASYNC|SYNC]", "Removes all libraries."),
        ("DUMP", "Returns all libraries as one payload."),
        ("RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]", "Makes the libraries of a payload."),
    ]);
    engine::help("FUNCTION", &lines)
}
