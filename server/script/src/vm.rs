//! A Lua VM with the servers' sandbox: its globals, their protection, and the form of errors.

use std::ffi::{CStr, c_int};

use commands::{
    Target,
    api::{self, Context as Life},
};
use mlua_sys as ffi;
use protocol::Reply;

use crate::{
    api as redis_api,
    budget::STEP,
    context::{Context, Run, context},
    convert::{c_text, clean_error, reply},
    libs,
    lua::{FunctionRef, GLOBALS, Hashing, Kind, Lua, REGISTRY, State, Throw, function, hook, to_int},
    watch::WATCH,
};

/// Names in the registry.
const HANDLER: &str = "redlua.handler";
const ALL_GLOBALS: &str = "redlua.globals";
const LOAD_GLOBALS: &str = "redlua.load_globals";

/// A run that took more than this leaves no garbage behind, in bytes.
const LARGE_RUN: usize = 16 * 1024 * 1024;

/// Purpose of a VM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// Runs scripts.
    Scripts,
    /// Holds libraries and runs their functions.
    Functions,
}

/// An error that a script ended with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Failed {
    /// The text, with its code.
    pub(crate) text: Vec<u8>,
    /// The chunk and the line where it was raised.
    pub(crate) place: Option<(Vec<u8>, i64)>,
}

/// A VM.
pub(crate) struct Vm {
    lua: Lua,
    target: Target,
    purpose: Purpose,
    runs: u32,
}

fn hashing(target: Target) -> Hashing {
    if target.valkey_since(8, 1) {
        Hashing::Murmur
    } else if target.since(7, 0) {
        Hashing::Every
    } else {
        Hashing::Sampled
    }
}

impl Vm {
    pub(crate) fn new(target: Target, purpose: Purpose) -> Self {
        let lua = Lua::new(hashing(target), target.nests_brackets(), WATCH);
        let state = lua.state();
        for (library, name) in [
            (ffi::luaopen_base as ffi::lua_CFunction, c""),
            (ffi::luaopen_table, c"table"),
            (ffi::luaopen_string, c"string"),
            (ffi::luaopen_math, c"math"),
        ] {
            state.open(library, name);
        }
        install(state, target, purpose);
        Self { lua, target, purpose, runs: 0 }
    }

    /// Bytes that the VM holds.
    pub(crate) fn memory(&mut self) -> usize {
        self.lua.heap().used
    }

    /// Compiles a chunk.
    ///
    /// # Errors
    /// The compiler's error.
    pub(crate) fn compile(&mut self, code: &[u8], name: &CStr) -> Result<FunctionRef, Vec<u8>> {
        let state = self.lua.state();
        if !state.load(code, name) {
            let text = state.text(-1).unwrap_or_default().to_vec();
            state.pop(1);
            return Err(text);
        }
        state.mark_script();
        Ok(FunctionRef(state.keep()))
    }

    /// Forgets a function.
    pub(crate) fn forget(&mut self, function: FunctionRef) {
        self.lua.state().forget(function.0);
    }

    /// Runs a script, or a function of a library, with the keys and the arguments.
    pub(crate) fn call(
        &mut self,
        function: FunctionRef,
        context: &mut Context<'_>,
        keys: &[Vec<u8>],
        args: &[Vec<u8>],
    ) -> Result<Reply, Failed> {
        let (target, purpose) = (self.target, self.purpose);
        self.within(context, |state| {
            state.raw_get_str(REGISTRY, HANDLER);
            state.raw_get_at(REGISTRY, function.0);
            match purpose {
                Purpose::Scripts => {
                    state.set_read_only(GLOBALS, false);
                    for (name, words) in [("KEYS", keys), ("ARGV", args)] {
                        push_words(state, words);
                        state.raw_set_str(GLOBALS, name);
                    }
                    state.set_read_only(GLOBALS, target.since(6, 2));
                    state.call(0, 1, 1)
                }
                Purpose::Functions => {
                    push_words(state, keys);
                    push_words(state, args);
                    state.call(2, 1, 1)
                }
            }
        })
    }

    /// Runs the body of a library, whose chunk is `function`.
    pub(crate) fn load(&mut self, function: FunctionRef, context: &mut Context<'_>) -> Result<(), Failed> {
        let state = self.lua.state();
        set_fallback(state, LOAD_GLOBALS);
        let result = self.within(context, |state| {
            state.raw_get_str(REGISTRY, HANDLER);
            state.raw_get_at(REGISTRY, function.0);
            state.call(0, 1, 1)
        });
        set_fallback(state, ALL_GLOBALS);
        result.map(|_| ())
    }

    fn within(&mut self, context: &mut Context<'_>, run: impl FnOnce(State) -> bool) -> Result<Reply, Failed> {
        let target = self.target;
        let lines = context.observer.wants_lines();
        let heap = self.lua.heap();
        let before = heap.used;
        heap.peak = before;
        heap.refused = false;
        heap.refused_at = 0;
        let result = self.lua.attach::<Run, _>(context, |state| {
            state.set_top(0);
            state.set_hook(hook, STEP, lines);
            let ended = meter::caught(|| run(state));
            let rest = u64::try_from(STEP - state.until_hook()).unwrap_or(0);
            state.clear_hook();
            let resp3 = match crate::context::context(state) {
                Some(context) => {
                    context.limits.instructions += rest;
                    context.resp3
                }
                None => false,
            };
            let result = meter::caught(|| match ended? {
                true => Ok(Ok(reply(state, target, resp3))),
                false => Ok(Err(failure(state))),
            });
            let result = result.and_then(|result| result).unwrap_or_else(|why| {
                if let Some(context) = crate::context::context(state) {
                    context.limits.stopped.get_or_insert((why.into(), 0));
                }
                Err(Failed { text: b"ERR not enough memory".to_vec(), place: None })
            });
            state.set_top(0);
            result
        });
        let heap = self.lua.heap();
        context.limits.peak = context.limits.peak.max(heap.peak - before.min(heap.peak));
        if heap.refused && context.limits.stopped.is_none() && result.is_err() {
            context.limits.stopped = Some((crate::budget::Stop::Memory, heap.refused_at));
        }
        // The servers collect a little now and then too.
        self.runs = self.runs.wrapping_add(1);
        let large = self.lua.heap().peak > before + LARGE_RUN;
        if context.limits.stopped.is_some() || large {
            self.lua.state().collect();
            let heap = self.lua.heap();
            if heap.spare() > LARGE_RUN {
                heap.shrink();
            }
        } else if self.runs.is_multiple_of(50) {
            self.lua.state().collect_a_little();
        }
        result
    }
}

fn push_words(state: State, words: &[Vec<u8>]) {
    state.new_table(words.len(), 0);
    for (nth, word) in words.iter().enumerate() {
        meter::tick(1);
        state.push_bytes(word);
        state.raw_set_at(-2, (nth + 1) as c_int);
    }
}

/// The error on the top of the stack.
fn failure(state: State) -> Failed {
    if !state.is_table(-1) {
        let text = state.text(-1).map_or(b"ERR unknown error".to_vec(), <[u8]>::to_vec);
        return Failed { text, place: None };
    }
    let field = |name: &str| {
        state.raw_get_str(-1, name);
        let text = state.text(-1).map(|text| c_text(text).to_vec());
        state.pop(1);
        text
    };
    let text = field("err");
    let source = field("source");
    state.raw_get_str(-1, "line");
    let line = state.to_number(-1).map(to_int);
    state.pop(1);
    Failed { text: clean_error(text.unwrap_or_else(|| b"ERR unknown error".to_vec())), place: source.zip(line) }
}

/// The lines that the function which runs was called from, the innermost first.
fn callers(state: State) -> Vec<u32> {
    /// Maximum number of calls reported.
    const MOST: usize = 16;
    let frames = (1..).map_while(|level| state.frame(level));
    // What scripts make by `loadstring` has its text as source.
    let own = frames.filter(|frame| !frame.is_c && frame.line > 0 && frame.source.starts_with(b"@user_"));
    own.skip(1).take(MOST).filter_map(|frame| u32::try_from(frame.line).ok()).collect()
}

/// Error handler of calls: notes where an error was raised.
fn handler(state: State) -> Result<c_int, Throw> {
    let mut frame = state.frame(1);
    if frame.as_ref().is_some_and(|frame| frame.is_c) {
        frame = state.frame(2);
    }
    let mut target = Target::DEFAULT;
    if let Some(context) = context(state) {
        target = context.engine.target;
        context.raised_at = Some(state.line());
        context.callers = callers(state);
    }
    if !target.since(7, 0) {
        let kind = state.kind(1);
        let text = match (state.text(1), frame) {
            // Their handler joins texts, and fails where the error is none.
            (None, _) => {
                let place = "err_handler_def:9: ";
                format!("@{place}{place}attempt to concatenate local 'err' (a {} value)", kind.name()).into_bytes()
            }
            (Some(text), Some(frame)) => [&frame.source, format!(":{}: ", frame.line).as_bytes(), text].concat(),
            (Some(text), None) => text.to_vec(),
        };
        state.new_table(0, 1);
        state.push_bytes(&text);
        state.raw_set_str(-2, "err");
        return Ok(1);
    }
    if !state.is_table(1) {
        let text = match state.kind(1) {
            Kind::Nil | Kind::None => b"nil".to_vec(),
            Kind::Bool => state.truth(1).to_string().into_bytes(),
            _ => state.text(1).map_or_else(|| state.kind(1).name().as_bytes().to_vec(), <[u8]>::to_vec),
        };
        state.new_table(0, 3);
        state.push_bytes(&[b"ERR ", text.as_slice()].concat());
        state.raw_set_str(-2, "err");
        state.replace(1);
    }
    state.set_top(1);
    if let Some(frame) = frame
        && !state.is_read_only(1)
    {
        state.push_bytes(&frame.source);
        state.raw_set_str(1, "source");
        state.push_number(f64::from(frame.line));
        state.raw_set_str(1, "line");
    }
    Ok(1)
}

/// Raises the error for a global that does not exist.
fn unknown_global(state: State) -> Result<c_int, Throw> {
    let name = state.text(2).unwrap_or_default();
    Err(state.error([b"Script attempted to access nonexistent global variable '", name, b"'"].concat()))
}

/// `math.random`, from the generator that all servers share.
fn random(state: State) -> Result<c_int, Throw> {
    let Some(context) = context(state) else { return Ok(0) };
    let r = context.random.next();
    match state.top() {
        0 => state.push_number(r),
        1 => {
            let upper = to_c_int(state.check_number(1)?);
            if upper < 1 {
                return Err(state.argument_error(1, "interval is empty"));
            }
            state.push_number((r * f64::from(upper)).floor() + 1.0);
        }
        2 => {
            let (lower, upper) = (to_c_int(state.check_number(1)?), to_c_int(state.check_number(2)?));
            if lower > upper {
                return Err(state.argument_error(2, "interval is empty"));
            }
            let width = upper.wrapping_sub(lower).wrapping_add(1);
            state.push_number((r * f64::from(width)).floor() + f64::from(lower));
        }
        _ => return Err(state.error("wrong number of arguments")),
    }
    Ok(1)
}

/// Converts a number to an `int` of C.
fn to_c_int(value: f64) -> i32 {
    to_int(value) as i32
}

fn random_seed(state: State) -> Result<c_int, Throw> {
    let seed = to_c_int(state.check_number(1)?);
    if let Some(context) = context(state) {
        context.random.seed(seed);
    }
    Ok(0)
}

/// The time that the run has taken: there is no other clock.
fn clock(state: State) -> Result<c_int, Throw> {
    let seconds = context(state).map_or(0.0, |context| context.limits.elapsed().as_secs_f64());
    state.push_number((seconds * 1e6).floor() / 1e6);
    Ok(1)
}

fn install(state: State, target: Target, purpose: Purpose) {
    libs::cjson::register(state, target);
    state.raw_set_str(GLOBALS, "cjson");
    libs::cmsgpack::register(state, target);
    state.raw_set_str(GLOBALS, "cmsgpack");
    libs::structs::register(state);
    state.raw_set_str(GLOBALS, "struct");
    libs::bit::register(state);
    state.raw_set_str(GLOBALS, "bit");
    state.new_table(0, 1);
    state.push_function(function!(clock), 0);
    state.raw_set_str(-2, "clock");
    state.raw_set_str(GLOBALS, "os");
    state.raw_get_str(GLOBALS, "math");
    state.push_function(function!(random), 0);
    state.raw_set_str(-2, "random");
    state.push_function(function!(random_seed), 0);
    state.raw_set_str(-2, "randomseed");
    state.pop(1);
    if target.since(7, 0) {
        state.push_function(redis_api::SHIELDED_PCALL, 0);
        state.raw_set_str(GLOBALS, "pcall");
    }
    let life = if purpose == Purpose::Scripts { Life::Eval } else { Life::Function };
    redis_api::register(state, target, life);
    if api::has_global("server", target, life) {
        state.push_value(-1);
        state.raw_set_str(GLOBALS, "server");
    }
    state.raw_set_str(GLOBALS, "redis");
    state.push_function(function!(handler), 0);
    state.push_value(-1);
    state.raw_set_str(REGISTRY, HANDLER);
    for name in ["__redis__err__handler", "__server__err__handler"] {
        state.push_value(-1);
        state.raw_set_str(GLOBALS, name);
    }
    state.pop(1);
    remove_what_is_not_there(state, target);
    // Whatever is asked for and not there is an error, and nothing that is there can be changed.
    state.new_table(0, 1);
    state.push_function(function!(unknown_global), 0);
    state.raw_set_str(-2, "__index");
    state.set_metatable(GLOBALS);
    state.push_value(GLOBALS);
    protect(state);
    state.pop(1);
    if !api::has_global("newproxy", target, Life::Eval) {
        // The releases that took `newproxy` away protect the metatable of strings too.
        state.push_str("");
        if state.metatable(-1) {
            state.set_read_only(-1, true);
            state.pop(1);
        }
        state.pop(1);
    }
    if purpose == Purpose::Functions {
        replace_globals(state, target);
    }
}

fn remove_what_is_not_there(state: State, target: Target) {
    let mut gone = Vec::new();
    state.push_nil();
    while state.next(GLOBALS) {
        state.pop(1);
        let name = String::from_utf8_lossy(state.string(-1).unwrap_or_default()).into_owned();
        let hidden = name == "__redis__err__handler" || (name == "__server__err__handler" && target.valkey_since(8, 1));
        if !hidden && !api::has_global(&name, target, Life::Eval) {
            gone.push(name);
        }
    }
    for name in gone {
        state.push_nil();
        state.raw_set_str(GLOBALS, &name);
    }
}

/// Makes the table on the top, its metatable and every table in it read-only.
fn protect(state: State) {
    if state.is_read_only(-1) || !state.reserve(6) {
        return;
    }
    state.set_read_only(-1, true);
    if state.metatable(-1) {
        protect(state);
        state.pop(1);
    }
    state.push_nil();
    while state.next(-2) {
        if state.is_table(-1) {
            protect(state);
        }
        state.pop(1);
    }
}

/// Functions see the globals through an empty table, so that another set can stand behind it while a library loads.
fn replace_globals(state: State, target: Target) {
    state.push_value(GLOBALS);
    state.raw_set_str(REGISTRY, ALL_GLOBALS);
    state.new_table(0, 2);
    redis_api::register(state, target, Life::LibraryLoad);
    forbid_unknown(state);
    if api::has_global("server", target, Life::LibraryLoad) {
        state.push_value(-1);
        state.raw_set_str(-3, "server");
    }
    state.raw_set_str(-2, "redis");
    forbid_unknown(state);
    protect(state);
    state.raw_set_str(REGISTRY, LOAD_GLOBALS);
    state.new_table(0, 0);
    state.new_table(0, 1);
    state.push_value(GLOBALS);
    state.raw_set_str(-2, "__index");
    state.set_read_only(-1, true);
    state.set_metatable(-2);
    state.set_read_only(-1, true);
    state.replace(GLOBALS);
}

/// Gives the table on the top a metatable for which a member that is not there is an error.
fn forbid_unknown(state: State) {
    state.new_table(0, 1);
    state.push_function(function!(unknown_global), 0);
    state.raw_set_str(-2, "__index");
    state.set_metatable(-2);
}

/// Has the globals of functions looked up in another table.
fn set_fallback(state: State, name: &str) {
    if state.metatable(GLOBALS) {
        state.set_read_only(-1, false);
        state.raw_get_str(REGISTRY, name);
        state.raw_set_str(-2, "__index");
        state.set_read_only(-1, true);
        state.pop(1);
    }
}
