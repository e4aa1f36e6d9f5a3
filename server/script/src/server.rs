//! State of a server with its Lua VMs.

use std::{sync::atomic::Ordering, time::Instant};

use commands::Target;
use engine::Engine;

use crate::{
    Budget, Observer, Running,
    budget::Limits,
    context::Context,
    failure::kill_text,
    library::Libraries,
    outcome::LogLine,
    random::Random,
    scripts::Scripts,
    shebang::Flags,
    vm::{Purpose, Vm},
    words::Words,
};

/// A server without a network.
pub struct Server {
    /// Its keys, settings and clock.
    pub engine: Engine,
    /// True if keys matter as on a node of a cluster.
    pub cluster: bool,
    pub(crate) scripts: Scripts,
    pub(crate) libraries: Libraries,
    scripts_vm: Option<Vm>,
    functions_vm: Option<Vm>,
    /// The process's only generator: scripts and functions share it, and `SCRIPT FLUSH` does not begin it anew.
    pub(crate) random: Random,
    pub(crate) running: Running,
    /// The words of the commands that scripts call.
    words: Words,
    /// Start of the call, until its script takes it.
    pub(crate) began: Option<Instant>,
    /// Lines that the scripts of the last call wrote with `redis.log`.
    pub(crate) log: Vec<LogLine>,
    /// Limits of the last run, with what it used.
    pub(crate) last: Option<Limits>,
    /// Set when a script failed, with the line if there is one.
    pub(crate) failed_line: Option<Option<u32>>,
    /// Lines from which that line was reached by calls.
    pub(crate) callers: Vec<u32>,
    /// Commands that the last run called.
    pub(crate) last_commands: u64,
    /// Budget of the runs.
    pub(crate) budget: Budget,
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

    /// Sets `running`, through which runs can be watched and ended, and the `budget` of the next runs.
    pub fn set_running(&mut self, running: Running, budget: Budget) {
        self.running = running;
        self.budget = budget;
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

    /// Forgets all libraries, with their VM.
    pub(crate) fn reset_functions(&mut self) {
        self.libraries = Libraries::default();
        self.functions_vm = None;
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

    pub(crate) fn finish(&mut self, ended: &mut Ended) {
        self.running.wrote.store(false, Ordering::Relaxed);
        self.log = std::mem::take(&mut ended.log);
        self.words = std::mem::take(&mut ended.words);
        self.last_commands = ended.commands;
        self.last = Some(ended.limits.clone());
    }
}

/// Rest of a context when its run is over.
pub(crate) struct Ended {
    pub(crate) limits: Limits,
    pub(crate) log: Vec<LogLine>,
    words: Words,
    pub(crate) wrote: bool,
    pub(crate) commands: u64,
    pub(crate) raised_at: Option<u32>,
    pub(crate) callers: Vec<u32>,
    pub(crate) loading: Option<crate::library::Loading>,
}
