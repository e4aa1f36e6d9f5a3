//! A server with its Lua VMs: the engine's commands and those that run scripts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use commands::{CommandId, CommandSpec, Target, key_slot};
use engine::{Engine, Support, support};
use protocol::{Reply, number::parse_int};

use crate::{
    Budget, Cancel, NoObserver, Observer,
    budget::{Limits, Stop},
    context::{Context, Slots},
    eval::Scripts,
    library::Libraries,
    outcome::LogLine,
    random::Random,
    run::stop_message,
    shebang::Flags,
    vm::{Failed, FunctionRef, Purpose, Vm},
    words::Words,
};

/// A server without a network.
pub struct Server {
    /// Its keys, settings and clock.
    pub engine: Engine,
    /// Whether keys matter as on a node of a cluster.
    pub cluster: bool,
    pub(crate) scripts: Scripts,
    pub(crate) libraries: Libraries,
    scripts_vm: Option<Vm>,
    functions_vm: Option<Vm>,
    /// The process's only generator: scripts and functions share it, and `SCRIPT FLUSH` does not begin it anew.
    random: Random,
    running: Running,
    /// The words of the commands that scripts call.
    words: Words,
    /// When the call began, until its script takes note.
    pub(crate) began: Option<Instant>,
    /// What the scripts of the last call wrote with `redis.log`.
    pub(crate) log: Vec<LogLine>,
    /// The limits of the run before, with what it took.
    pub(crate) last: Option<Limits>,
    /// Set when a script failed, with the line if there is one.
    pub(crate) failed_line: Option<Option<u32>>,
    /// The lines that led there by calls.
    pub(crate) callers: Vec<u32>,
    /// Commands that the last run called.
    pub(crate) last_commands: u64,
    /// What the runs may take.
    budget: Budget,
}

/// A run as others see it, who may want to end it.
#[derive(Clone, Default, Debug)]
pub struct Running {
    /// Ends it, as `SCRIPT KILL` does.
    pub cancel: Cancel,
    /// Whether it has written: then a real server would not let itself be persuaded to end it.
    pub wrote: Arc<AtomicBool>,
}

/// How a run is made.
pub(crate) struct Run<'a> {
    pub(crate) keys: &'a [Vec<u8>],
    pub(crate) args: &'a [Vec<u8>],
    pub(crate) db: usize,
    pub(crate) resp3: bool,
    pub(crate) read_only: bool,
    pub(crate) flags: Flags,
    pub(crate) compatible: bool,
    /// How the error text names it: the SHA of a script, the name of a function.
    pub(crate) name: &'a str,
}

impl Server {
    /// An empty server.
    pub fn new(target: Target) -> Self {
        Self {
            engine: Engine::new(target),
            cluster: false,
            scripts: Scripts::default(),
            libraries: Libraries::default(),
            scripts_vm: None,
            functions_vm: None,
            random: Random::new(),
            running: Running::default(),
            words: Words::default(),
            began: None,
            log: Vec::new(),
            last: None,
            failed_line: None,
            callers: Vec::new(),
            last_commands: 0,
            budget: Budget::UNLIMITED,
        }
    }

    /// From now on runs can be watched and ended through `running`, within `budget`.
    pub fn set_running(&mut self, running: Running, budget: Budget) {
        self.running = running;
        self.budget = budget;
    }

    /// Runs a call of a client, `EVAL` and `FCALL` among them.
    pub fn call(&mut self, words: &[Vec<u8>], db: &mut usize, resp3: bool) -> Reply {
        self.call_observed(words, db, resp3, &mut NoObserver)
    }

    /// As [`Self::call`], with somebody who watches what scripts do.
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

    /// Whether a call is refused while memory is full, be it queued or run.
    pub fn needs_memory(&self, spec: &CommandSpec, words: &[Vec<u8>]) -> bool {
        let target = self.engine.target;
        if spec.flags(target).has(commands::Flags::DENYOOM) {
            return true;
        }
        self.header_of(spec, words).is_some_and(|(flags, compatible)| needs_memory(flags, compatible))
    }

    /// Tells if a call waits for the end of `CLIENT PAUSE … WRITE`: it writes, or is sent to replicas. The flag
    /// `may_replicate` is hidden since 7.0; what a script's own flags say comes before it.
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

    /// The flags of the script or function that a call runs, and whether it is one without a shebang. None if there is
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

    /// The VM that scripts run in.
    pub(crate) fn vm(&mut self) -> &mut Vm {
        self.scripts_vm.get_or_insert_with(|| Vm::new(self.engine.target, Purpose::Scripts))
    }

    /// The VM that functions run in.
    pub(crate) fn functions_vm(&mut self) -> &mut Vm {
        self.functions_vm.get_or_insert_with(|| Vm::new(self.engine.target, Purpose::Functions))
    }

    /// Bytes that the VMs hold: that of scripts, that of functions.
    pub fn lua_memory(&mut self) -> (usize, usize) {
        let memory = |vm: &mut Option<Vm>| vm.as_mut().map_or(0, Vm::memory);
        (memory(&mut self.scripts_vm), memory(&mut self.functions_vm))
    }

    /// Forgets all scripts, with the VM and whatever they left in it.
    pub(crate) fn reset_scripts(&mut self) {
        self.scripts = Scripts::default();
        self.engine.cached_scripts = 0;
        self.scripts_vm = None;
    }

    /// Makes the VMs anew, with the scripts and the libraries that they had.
    pub(crate) fn renew_vms(&mut self) {
        self.reset_scripts();
        let codes: Vec<Vec<u8>> = self.libraries.all.values().map(|library| library.code.clone()).collect();
        self.reset_functions();
        for code in codes {
            // One that cannot be loaded any more was the one that was stopped.
            let _ = self.load_library(&code, true, &mut NoObserver);
        }
    }

    /// Forgets all libraries, with their VM.
    pub(crate) fn reset_functions(&mut self) {
        self.libraries = Libraries::default();
        self.functions_vm = None;
    }

    /// Runs a function that was compiled.
    pub(crate) fn execute(
        &mut self,
        function: FunctionRef,
        purpose: Purpose,
        run: &Run<'_>,
        observer: &mut dyn Observer,
    ) -> Reply {
        let target = self.engine.target;
        if self.engine.is_full() && needs_memory(run.flags, run.compatible) {
            return Reply::error(OOM);
        }
        if run.read_only && !run.compatible && !run.flags.has(Flags::NO_WRITES) {
            return Reply::error("ERR Can not execute a script with write flag using *_ro command.");
        }
        let slot = match self.slots(run) {
            Ok(slot) => slot,
            Err(refused) => return refused,
        };
        // 6.2 began anew for each script.
        if !target.since(7, 0) {
            self.random.seed(0);
        }
        let read_only = run.read_only || run.flags.has(Flags::NO_WRITES);
        let (reply, mut context) = self.with_vm(purpose, observer, |vm, context| {
            context.db = run.db;
            context.client_resp3 = run.resp3;
            context.read_only = read_only;
            context.flags = run.flags;
            context.compatible = run.compatible;
            context.slot = slot;
            vm.call(function, context, run.keys, run.args)
        });
        let stopped = context.limits.stopped;
        self.finish(&mut context);
        match (reply, stopped) {
            (_, Some((stop, line))) if stop != Stop::Killed => {
                let budget = context.limits.budget();
                Reply::error(stop_message(stop, line, context.wrote, budget, &self.engine))
            }
            (Ok(reply), _) => reply,
            (Err(failed), _) => {
                // The text names the line of a chunk that the script made as if it were the script's.
                let line = context.raised_at.or_else(|| crate::run::place_in(&failed.text));
                self.failed_line = Some(line.filter(|line| *line > 0));
                self.callers = std::mem::take(&mut context.callers);
                Reply::Error(error_text(target, run.name, &failed))
            }
        }
    }

    /// The slot of the declared keys, where keys matter.
    fn slots(&self, run: &Run<'_>) -> Result<Option<Slots>, Reply> {
        if !self.cluster {
            return Ok(None);
        }
        if run.flags.has(Flags::NO_CLUSTER) {
            return Err(Reply::error("ERR Can not run script on cluster, 'no-cluster' flag is set."));
        }
        let declared = run.keys.first().map(|key| key_slot(key));
        if run.keys.iter().any(|key| Some(key_slot(key)) != declared) {
            return Err(Reply::error("CROSSSLOT Keys in request don't hash to the same slot"));
        }
        Ok(Some(Slots { declared }))
    }

    /// Calls `call` with a VM and a context for a run in it.
    pub(crate) fn with_vm<R>(
        &mut self,
        purpose: Purpose,
        observer: &mut dyn Observer,
        call: impl FnOnce(&mut Vm, &mut Context<'_>) -> R,
    ) -> (R, Ended) {
        let target = self.engine.target;
        let random = &mut self.random;
        let vm = match purpose {
            Purpose::Scripts => &mut self.scripts_vm,
            Purpose::Functions => &mut self.functions_vm,
        };
        let vm = vm.get_or_insert_with(|| Vm::new(target, purpose));
        let began = self.began.take().unwrap_or_else(Instant::now);
        let mut limits = Limits::new(self.budget, self.running.cancel.clone(), began);
        limits.kill = (self.budget == Budget::UNLIMITED).then(|| kill_text(target, purpose));
        let user = self.engine.acl.users.get(&self.engine.caller.user);
        let restricted = user.filter(|user| !user.is_unrestricted()).cloned();
        let mut context = Context {
            engine: &mut self.engine,
            restricted,
            observed: observer.wants_commands(),
            observer,
            random,
            limits,
            words: std::mem::take(&mut self.words),
            log: std::mem::take(&mut self.log),
            db: 0,
            resp3: false,
            client_resp3: false,
            read_only: false,
            flags: Flags::default(),
            compatible: true,
            slot: None,
            wrote: false,
            written_flag: Some(self.running.wrote.clone()),
            commands: 0,
            raised_at: None,
            callers: Vec::new(),
            loading: None,
        };
        let result = call(vm, &mut context);
        let ended = Ended {
            limits: context.limits,
            log: context.log,
            words: context.words,
            wrote: context.wrote,
            commands: context.commands,
            raised_at: context.raised_at,
            callers: context.callers,
            loading: context.loading,
        };
        (result, ended)
    }

    fn finish(&mut self, ended: &mut Ended) {
        self.running.wrote.store(false, Ordering::Relaxed);
        self.log = std::mem::take(&mut ended.log);
        self.words = std::mem::take(&mut ended.words);
        self.last_commands = ended.commands;
        self.last = Some(ended.limits.clone());
    }
}

/// The refusal of a call while memory is full.
pub const OOM: &str = "OOM command not allowed when used memory > 'maxmemory'.";

/// Whether a script or function with these flags is not run while memory is full. A script without a shebang is: its
/// first write is refused.
fn needs_memory(flags: Flags, compatible: bool) -> bool {
    !compatible && !flags.has(Flags::ALLOW_OOM) && !flags.has(Flags::NO_WRITES)
}

/// What is left of a context when its run is over.
pub(crate) struct Ended {
    pub(crate) limits: Limits,
    pub(crate) log: Vec<LogLine>,
    words: Words,
    pub(crate) wrote: bool,
    pub(crate) commands: u64,
    pub(crate) raised_at: Option<u32>,
    callers: Vec<u32>,
    pub(crate) loading: Option<crate::library::Loading>,
}

/// Keys, and arguments.
type KeysAndArgs<'a> = (&'a [Vec<u8>], &'a [Vec<u8>]);

/// The words behind the first two, apart into keys and arguments.
pub(crate) fn keys_and_args<'a>(words: &'a [Vec<u8>], bad: &'static str) -> Result<KeysAndArgs<'a>, Reply> {
    let count = parse_int(&words[2]).ok_or_else(|| Reply::error(bad))?;
    let rest = &words[3..];
    if count < 0 {
        return Err(Reply::error("ERR Number of keys can't be negative"));
    }
    usize::try_from(count)
        .ok()
        .and_then(|count| rest.split_at_checked(count))
        .ok_or_else(|| Reply::error("ERR Number of keys can't be greater than number of args"))
}

/// The error that a client gets for one of a script.
fn error_text(target: Target, name: &str, failed: &Failed) -> Vec<u8> {
    let text = &failed.text;
    if !target.since(7, 0) {
        return [b"ERR Error running script (call to f_", name.as_bytes(), b"): ", text.as_slice()].concat();
    }
    let Some((source, line)) = &failed.place else { return text.clone() };
    let newest = target.valkey_since(9, 1);
    let by = if newest { String::new() } else { format!("{name}, ") };
    [text.as_slice(), b" script: ", by.as_bytes(), b"on ", source.as_slice(), format!(":{line}.").as_bytes()].concat()
}

/// The error that is raised in a script that somebody kills. Until Valkey 8.1 it names `SCRIPT KILL` for functions too.
fn kill_text(target: Target, purpose: Purpose) -> &'static str {
    match (target.valkey_since(8, 1), purpose) {
        (false, _) => "Script killed by user with SCRIPT KILL...",
        (true, Purpose::Scripts) => "Script killed by user with SCRIPT KILL.",
        (true, Purpose::Functions) => "Script killed by user with FUNCTION KILL.",
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
