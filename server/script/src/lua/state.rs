//! A Lua thread and its stack.

use std::{
    ffi::{CStr, c_int, c_void},
    ptr::NonNull,
};

use mlua_sys as ffi;

use super::{
    heap::{Attached, GUARDED, Hashing, Heap, allocate},
    raw::{
        Function, State, Throw, redlua_createtable, redlua_hookcount, redlua_inscript, redlua_isreadonly,
        redlua_markscript, redlua_pushlstring, redlua_rawset, redlua_rawseti, redlua_scriptline, redlua_setreadonly,
    },
    watch::Watch,
};

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// No value: behind the last argument.
    None,
    Nil,
    Bool,
    LightUserdata,
    Number,
    String,
    Table,
    Function,
    Userdata,
    Thread,
}

impl Kind {
    /// Name of the type in Lua's messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "no value",
            Self::Nil => "nil",
            Self::Bool => "boolean",
            Self::LightUserdata | Self::Userdata => "userdata",
            Self::Number => "number",
            Self::String => "string",
            Self::Table => "table",
            Self::Function => "function",
            Self::Thread => "thread",
        }
    }
}

/// A function that is being called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Frame {
    /// The chunk, as it was named to Lua: `@user_script`.
    pub(crate) source: Vec<u8>,
    /// The line, −1 where there is none.
    pub(crate) line: i32,
    /// True if it is a function of C.
    pub(crate) is_c: bool,
}

/// A VM; closed when dropped.
pub(crate) struct Lua {
    state: *mut ffi::lua_State,
    /// Owned, and shared with the allocator: hence no `Box`.
    heap: NonNull<Heap>,
}

// SAFETY: a VM and its heap are used by whoever has the `Lua`, and by one thread at a time.
unsafe impl Send for Lua {}

impl Lua {
    /// A VM without any library, whose runs `watch` may end. `nests_brackets` says if `[[` may stand in `[[ ]]`.
    pub(crate) fn new(hashing: Hashing, nests_brackets: bool, watch: Watch) -> Self {
        let heap = NonNull::from(Box::leak(Box::new(Heap::new(hashing, nests_brackets, watch))));
        // SAFETY: the heap lives until the state is closed.
        let state = unsafe { ffi::lua_newstate(allocate, heap.as_ptr().cast()) };
        assert!(!state.is_null(), "no memory for a Lua VM");
        // SAFETY: nobody else has the heap now.
        unsafe { (*heap.as_ptr()).main = state };
        Self { state, heap }
    }

    /// The main thread.
    pub(crate) fn state(&self) -> State {
        State(self.state)
    }

    /// The memory.
    pub(crate) fn heap(&mut self) -> &mut Heap {
        // SAFETY: it lives as long as `self`, and Lua is not running while `self` is borrowed.
        unsafe { self.heap.as_mut() }
    }
}

impl Drop for Lua {
    fn drop(&mut self) {
        // SAFETY: both were made together and nobody has them any more.
        unsafe {
            ffi::lua_close(self.state);
            drop(Box::from_raw(self.heap.as_ptr()));
        }
    }
}

/// The globals' pseudo index.
pub(crate) const GLOBALS: c_int = ffi::LUA_GLOBALSINDEX;
/// The registry's pseudo index.
pub(crate) const REGISTRY: c_int = ffi::LUA_REGISTRYINDEX;

// SAFETY of all calls below: the state is valid, as `State` promises; none of the functions called raises, for the module's
// rule holds.
impl State {
    fn heap(self) -> *mut Heap {
        let mut data: *mut c_void = std::ptr::null_mut();
        unsafe { ffi::lua_getallocf(self.0, &mut data) };
        data.cast()
    }

    /// The thread that was made with the VM.
    fn main(self) -> Self {
        Self(unsafe { (*self.heap()).main })
    }

    /// Attachment of the run.
    pub(super) fn attached(self) -> Option<Attached> {
        unsafe { (*self.heap()).attached }
    }

    /// Watch that may end runs of the VM.
    pub(super) fn watch(self) -> Watch {
        unsafe { (*self.heap()).watch }
    }

    pub(super) fn enter(self) {
        unsafe { (*self.heap()).inside += 1 }
    }

    pub(super) fn leave(self) {
        unsafe { (*self.heap()).inside -= 1 }
    }

    /// True if a function of ours is on the stack above Lua's last one.
    pub(super) fn is_inside(self) -> bool {
        unsafe { (*self.heap()).inside > 0 }
    }

    /// Calls what may be refused memory and says so by a status. A refusal unwinds, as the end of a run does.
    fn guarded(self, call: impl FnOnce() -> c_int) {
        let heap = self.heap();
        let status = unsafe {
            let before = std::mem::replace(&mut (*heap).guarded, true);
            let status = call();
            (*heap).guarded = before;
            status
        };
        if status != ffi::LUA_OK {
            self.refuse();
            meter::out_of_memory();
        }
    }

    /// True if Lua was refused memory in this run.
    pub(crate) fn was_refused(self) -> bool {
        unsafe { (*self.heap()).refused }
    }

    /// Notes that memory was refused.
    pub(crate) fn refuse(self) {
        unsafe { (*self.heap()).refused = true }
    }

    pub(crate) fn top(self) -> c_int {
        unsafe { ffi::lua_gettop(self.0) }
    }

    pub(crate) fn set_top(self, top: c_int) {
        unsafe { ffi::lua_settop(self.0, top) }
    }

    pub(crate) fn pop(self, count: c_int) {
        self.set_top(-count - 1);
    }

    /// Makes room for `count` more values. Returns true if there is room.
    pub(crate) fn reserve(self, count: c_int) -> bool {
        unsafe { ffi::lua_checkstack(self.0, count) != 0 }
    }

    pub(crate) fn push_value(self, index: c_int) {
        unsafe { ffi::lua_pushvalue(self.0, index) }
    }

    pub(crate) fn remove(self, index: c_int) {
        unsafe { ffi::lua_remove(self.0, index) }
    }

    pub(crate) fn insert(self, index: c_int) {
        unsafe { ffi::lua_insert(self.0, index) }
    }

    pub(crate) fn replace(self, index: c_int) {
        unsafe { ffi::lua_replace(self.0, index) }
    }

    pub(crate) fn kind(self, index: c_int) -> Kind {
        match unsafe { ffi::lua_type(self.0, index) } {
            ffi::LUA_TNIL => Kind::Nil,
            ffi::LUA_TBOOLEAN => Kind::Bool,
            ffi::LUA_TLIGHTUSERDATA => Kind::LightUserdata,
            ffi::LUA_TNUMBER => Kind::Number,
            ffi::LUA_TSTRING => Kind::String,
            ffi::LUA_TTABLE => Kind::Table,
            ffi::LUA_TFUNCTION => Kind::Function,
            ffi::LUA_TUSERDATA => Kind::Userdata,
            ffi::LUA_TTHREAD => Kind::Thread,
            _ => Kind::None,
        }
    }

    pub(crate) fn is_table(self, index: c_int) -> bool {
        self.kind(index) == Kind::Table
    }

    /// The bytes of a string; of nothing else.
    ///
    /// They stay where they are while the value is on the stack, which the caller sees to.
    pub(crate) fn string<'a>(self, index: c_int) -> Option<&'a [u8]> {
        (self.kind(index) == Kind::String).then(|| self.bytes_unchecked(index))
    }

    fn bytes_unchecked<'a>(self, index: c_int) -> &'a [u8] {
        let mut len = 0;
        unsafe {
            let data = ffi::lua_tolstring(self.0, index, &mut len);
            if data.is_null() { &[] } else { std::slice::from_raw_parts(data.cast(), len) }
        }
    }

    /// The bytes of a string, or of the text of a number, which takes the number's place on the stack.
    pub(crate) fn text<'a>(self, index: c_int) -> Option<&'a [u8]> {
        matches!(self.kind(index), Kind::String | Kind::Number).then(|| self.bytes_unchecked(index))
    }

    /// A number; of nothing else.
    pub(crate) fn number(self, index: c_int) -> Option<f64> {
        (self.kind(index) == Kind::Number).then(|| unsafe { ffi::lua_tonumber(self.0, index) })
    }

    /// A number, or a string that is one.
    pub(crate) fn to_number(self, index: c_int) -> Option<f64> {
        unsafe { (ffi::lua_isnumber(self.0, index) != 0).then(|| ffi::lua_tonumber(self.0, index)) }
    }

    /// True if the value is neither nil nor false.
    pub(crate) fn truth(self, index: c_int) -> bool {
        unsafe { ffi::lua_toboolean(self.0, index) != 0 }
    }

    /// The address of a light userdata or of a table.
    pub(crate) fn pointer(self, index: c_int) -> *const c_void {
        unsafe { ffi::lua_topointer(self.0, index) }
    }

    pub(crate) fn push_nil(self) {
        unsafe { ffi::lua_pushnil(self.0) }
    }

    pub(crate) fn push_bool(self, value: bool) {
        unsafe { ffi::lua_pushboolean(self.0, c_int::from(value)) }
    }

    pub(crate) fn push_number(self, value: f64) {
        unsafe { ffi::lua_pushnumber(self.0, value) }
    }

    pub(crate) fn push_bytes(self, bytes: &[u8]) {
        if bytes.len() < GUARDED {
            unsafe { ffi::lua_pushlstring_(self.0, bytes.as_ptr().cast(), bytes.len()) }
        } else {
            meter::tick(bytes.len() / 64);
            self.guarded(|| unsafe { redlua_pushlstring(self.0, bytes.as_ptr().cast(), bytes.len()) });
        }
    }

    pub(crate) fn push_str(self, text: &str) {
        self.push_bytes(text.as_bytes());
    }

    /// The light userdata without an address that stands for JSON's `null`.
    pub(crate) fn push_null(self) {
        unsafe { ffi::lua_pushlightuserdata(self.0, std::ptr::null_mut()) }
    }

    pub(crate) fn push_function(self, function: Function, upvalues: c_int) {
        unsafe { ffi::lua_pushcclosure(self.0, function, upvalues) }
    }

    /// The pseudo index of an upvalue, counted from 1.
    pub(crate) fn upvalue(self, number: c_int) -> c_int {
        ffi::lua_upvalueindex(number)
    }

    pub(crate) fn new_table(self, items: usize, fields: usize) {
        let size = |count: usize| c_int::try_from(count).unwrap_or(c_int::MAX);
        let (items, fields) = (size(items), size(fields));
        if items < 2048 && fields < 512 {
            unsafe { ffi::lua_createtable(self.0, items, fields) }
        } else {
            self.guarded(|| unsafe { redlua_createtable(self.0, items, fields) });
        }
    }

    /// The index counted from the bottom.
    pub(crate) fn absolute(self, index: c_int) -> c_int {
        if index < 0 && index > ffi::LUA_REGISTRYINDEX { self.top() + index + 1 } else { index }
    }

    /// Pushes a table's value for the key on the top, and removes the key.
    pub(crate) fn raw_get(self, table: c_int) {
        unsafe { ffi::lua_rawget_(self.0, table) }
    }

    /// Pushes a table's value for a name.
    pub(crate) fn raw_get_str(self, table: c_int, key: &str) -> Kind {
        let table = self.absolute(table);
        self.push_str(key);
        self.raw_get(table);
        self.kind(-1)
    }

    /// Pushes a table's value at a number.
    pub(crate) fn raw_get_at(self, table: c_int, at: c_int) -> Kind {
        unsafe { ffi::lua_rawgeti_(self.0, table, at) };
        self.kind(-1)
    }

    /// Sets a table's value for a key; both go from the stack, the value being on top. The table must not be read-only,
    /// the key not nil and not NaN.
    pub(crate) fn raw_set(self, table: c_int) {
        self.guarded(|| unsafe { redlua_rawset(self.0, table) });
    }

    /// Sets a table's value for a name, and removes it from the stack.
    pub(crate) fn raw_set_str(self, table: c_int, key: &str) {
        let table = self.absolute(table);
        self.push_str(key);
        self.insert(-2);
        self.raw_set(table);
    }

    /// Sets a table's value at a number, and removes it from the stack.
    pub(crate) fn raw_set_at(self, table: c_int, at: c_int) {
        self.guarded(|| unsafe { redlua_rawseti(self.0, table, at) });
    }

    /// Removes a key and pushes the next with its value, if there is one. The key must be one of the table.
    pub(crate) fn next(self, table: c_int) -> bool {
        meter::tick(1);
        unsafe { ffi::lua_next(self.0, table) != 0 }
    }

    /// Sets the metatable of a value that is not read-only, and removes it from the stack.
    pub(crate) fn set_metatable(self, index: c_int) {
        unsafe { ffi::lua_setmetatable(self.0, index) };
    }

    /// Pushes a value's metatable, if it has one.
    pub(crate) fn metatable(self, index: c_int) -> bool {
        unsafe { ffi::lua_getmetatable(self.0, index) != 0 }
    }

    /// Moves the value on the top into the registry. Returns its number there.
    pub(crate) fn keep(self) -> c_int {
        unsafe { ffi::luaL_ref(self.0, ffi::LUA_REGISTRYINDEX) }
    }

    /// Removes a value that [`Self::keep`] moved.
    pub(crate) fn forget(self, number: c_int) {
        unsafe { ffi::luaL_unref(self.0, ffi::LUA_REGISTRYINDEX, number) }
    }

    /// Makes a table read-only, or not.
    pub(crate) fn set_read_only(self, index: c_int, on: bool) {
        unsafe { redlua_setreadonly(self.0, index, c_int::from(on)) }
    }

    /// True if a table is read-only.
    pub(crate) fn is_read_only(self, index: c_int) -> bool {
        unsafe { redlua_isreadonly(self.0, index) != 0 }
    }

    /// Compiles a text and pushes the function, or the message.
    pub(crate) fn load(self, code: &[u8], name: &CStr) -> bool {
        let heap = self.heap();
        // Its errors end in itself, those of memory too. An empty text needs an address too.
        let (loaded, refused) = unsafe {
            let inside = std::mem::replace(&mut (*heap).inside, 0);
            let before = std::mem::replace(&mut (*heap).refused, false);
            let loaded = ffi::luaL_loadbuffer(self.0, code.as_ptr().cast(), code.len(), name.as_ptr()) == ffi::LUA_OK;
            (*heap).inside = inside;
            let refused = (*heap).refused;
            (*heap).refused |= before;
            (loaded, refused)
        };
        if !loaded {
            meter::check();
            if refused {
                meter::out_of_memory();
            }
        }
        loaded
    }

    /// Calls a function with `args` arguments, all of its results being kept. Returns true if it came to its end. Lua runs with
    /// its limits meanwhile. `handler` is the index of a function that errors go through, 0 for none.
    pub(crate) fn call(self, args: c_int, results: c_int, handler: c_int) -> bool {
        let heap = self.heap();
        unsafe {
            let inside = std::mem::replace(&mut (*heap).inside, 0);
            let status = ffi::lua_pcall(self.0, args, results, handler);
            (*heap).inside = inside;
            status == ffi::LUA_OK
        }
    }

    /// As [`Self::call`] with all results.
    pub(crate) fn call_all(self, args: c_int, handler: c_int) -> bool {
        self.call(args, ffi::LUA_MULTRET, handler)
    }

    /// Frees what nothing refers to.
    pub(crate) fn collect(self) {
        unsafe { ffi::lua_gc(self.0, ffi::LUA_GCCOLLECT, 0) };
    }

    /// Takes one small step of freeing.
    pub(crate) fn collect_a_little(self) {
        unsafe { ffi::lua_gc(self.0, ffi::LUA_GCSTEP, 0) };
    }

    /// Has a function called every `every` instructions, and on each line too if asked.
    pub(crate) fn set_hook(self, hook: ffi::lua_Hook, every: c_int, lines: bool) {
        let mask = ffi::LUA_MASKCOUNT | if lines { ffi::LUA_MASKLINE } else { 0 };
        unsafe { ffi::lua_sethook(self.0, Some(hook), mask, every) };
    }

    /// Has a function called on each line.
    pub(crate) fn set_line_hook(self, hook: ffi::lua_Hook) {
        unsafe { ffi::lua_sethook(self.0, Some(hook), ffi::LUA_MASKLINE, 0) };
    }

    /// Number of instructions left until the hook is called.
    pub(crate) fn until_hook(self) -> c_int {
        unsafe { redlua_hookcount(self.0) }
    }

    /// Ends [`Self::set_hook`].
    pub(crate) fn clear_hook(self) {
        unsafe { ffi::lua_sethook(self.0, None, 0, 0) };
    }

    /// Function `level` calls up the stack, 0 being the one that runs.
    pub(crate) fn frame(self, level: c_int) -> Option<Frame> {
        let mut debug = unsafe { std::mem::zeroed::<ffi::lua_Debug>() };
        unsafe {
            if ffi::lua_getstack(self.0, level, &mut debug) == 0 {
                return None;
            }
            ffi::lua_getinfo(self.0, c"Sl".as_ptr(), &mut debug);
            Some(Frame {
                source: CStr::from_ptr(debug.source).to_bytes().to_vec(),
                line: debug.currentline,
                is_c: CStr::from_ptr(debug.what).to_bytes() == b"C",
            })
        }
    }

    /// The line of the script that runs, 0 if unknown. For a chunk that the script made by itself, the line which
    /// called it.
    pub(crate) fn line(self) -> u32 {
        let line = |state| u32::try_from(unsafe { redlua_scriptline(state) }).unwrap_or(0);
        match line(self.0) {
            // A coroutine does not know who resumed it.
            0 => line(self.main().0),
            own => own,
        }
    }

    /// True if the function that runs is one of the script, not of a chunk that it made.
    pub(crate) fn is_in_script(self) -> bool {
        unsafe { redlua_inscript(self.0) != 0 }
    }

    /// Marks the function on the top of the stack, and those in it, as the script's.
    pub(crate) fn mark_script(self) {
        unsafe { redlua_markscript(self.0) };
    }

    /// Name by which the running function was called, and true if as a method.
    fn own_name(self) -> (Option<Vec<u8>>, bool) {
        let mut debug = unsafe { std::mem::zeroed::<ffi::lua_Debug>() };
        unsafe {
            if ffi::lua_getstack(self.0, 0, &mut debug) == 0 {
                return (None, false);
            }
            ffi::lua_getinfo(self.0, c"n".as_ptr(), &mut debug);
            let text =
                |text: *const std::ffi::c_char| (!text.is_null()).then(|| CStr::from_ptr(text).to_bytes().to_vec());
            (text(debug.name), text(debug.namewhat).is_some_and(|what| what == b"method"))
        }
    }

    /// An error with the place of the caller before it, as Lua's own functions raise them.
    pub(crate) fn error(self, text: impl AsRef<[u8]>) -> Throw {
        let mut message = match self.frame(1) {
            Some(frame) if frame.line > 0 => {
                let mut place = chunk_name(&frame.source);
                place.extend_from_slice(format!(":{}: ", frame.line).as_bytes());
                place
            }
            _ => Vec::new(),
        };
        message.extend_from_slice(text.as_ref());
        self.push_bytes(&message);
        Throw
    }

    /// The error for an argument that does not fit.
    pub(crate) fn argument_error(self, number: c_int, why: impl AsRef<[u8]>) -> Throw {
        let (name, method) = self.own_name();
        let name = name.unwrap_or_else(|| b"?".to_vec());
        let number = number - c_int::from(method);
        let (before, after) = match method && number == 0 {
            true => ("calling '".to_owned(), "' on bad self ("),
            false => (format!("bad argument #{number} to '"), "' ("),
        };
        self.error([before.as_bytes(), &name, after.as_bytes(), why.as_ref(), b")"].concat())
    }

    /// The error for an argument of another type.
    pub(crate) fn type_error(self, number: c_int, expected: &str) -> Throw {
        self.argument_error(number, format!("{expected} expected, got {}", self.kind(number).name()))
    }

    /// An argument that must be a string or a number; the bytes stay while it is on the stack.
    pub(crate) fn check_text<'a>(self, number: c_int) -> Result<&'a [u8], Throw> {
        self.text(number).ok_or_else(|| self.type_error(number, "string"))
    }

    /// An argument that must be a number, or a string that is one.
    pub(crate) fn check_number(self, number: c_int) -> Result<f64, Throw> {
        self.to_number(number).ok_or_else(|| self.type_error(number, "number"))
    }

    /// An argument that must be a number, without what follows its point.
    pub(crate) fn check_int(self, number: c_int) -> Result<i64, Throw> {
        Ok(to_int(self.check_number(number)?))
    }

    /// As [`Self::check_int`], with a default if there is none.
    pub(crate) fn int_or(self, number: c_int, default: i64) -> Result<i64, Throw> {
        if matches!(self.kind(number), Kind::None | Kind::Nil) { Ok(default) } else { self.check_int(number) }
    }

    /// Opens one of Lua's own libraries, which leaves its table on the stack.
    pub(crate) fn open(self, library: Function, name: &CStr) {
        unsafe {
            ffi::lua_pushcclosure(self.0, library, 0);
            ffi::lua_pushstring_(self.0, name.as_ptr());
            ffi::lua_call(self.0, 1, 0);
        }
    }
}

/// Casts a number to an integer as the servers do: `i64::MIN` if it is out of range.
pub(crate) fn to_int(value: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) { value as i64 } else { i64::MIN }
}

/// Name of a chunk in messages: `@file` without its mark, else `[string "first line"]`.
pub(crate) fn chunk_name(source: &[u8]) -> Vec<u8> {
    /// Maximum length that Lua shows, in bytes, with the zero at the end.
    const LIMIT: usize = 60;
    match source {
        [b'=', name @ ..] => name[..name.len().min(LIMIT - 1)].to_vec(),
        [b'@', name @ ..] => {
            let room = LIMIT - " '...' ".len();
            match name.len() > room {
                true => [b"...", &name[name.len() - room..]].concat(),
                false => name.to_vec(),
            }
        }
        code => {
            let line = code.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(code.len());
            let room = LIMIT - " [string \"...\"] ".len();
            let shown = line.min(room);
            let dots: &[u8] = if shown < code.len() { b"..." } else { b"" };
            [b"[string \"", &code[..shown], dots, b"\"]"].concat()
        }
    }
}
