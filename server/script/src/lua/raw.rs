//! Handles and types of Lua's C interface, with the functions that our changes add to it.

use std::ffi::{c_char, c_int};

use mlua_sys as ffi;

unsafe extern "C-unwind" {
    pub(super) fn redlua_setreadonly(state: *mut ffi::lua_State, index: c_int, on: c_int);
    pub(super) fn redlua_hookcount(state: *mut ffi::lua_State) -> c_int;
    pub(super) fn redlua_isreadonly(state: *mut ffi::lua_State, index: c_int) -> c_int;
    pub(super) fn redlua_markscript(state: *mut ffi::lua_State);
    pub(super) fn redlua_inscript(state: *mut ffi::lua_State) -> c_int;
    pub(super) fn redlua_scriptline(state: *mut ffi::lua_State) -> c_int;
    pub(super) fn redlua_pushlstring(state: *mut ffi::lua_State, bytes: *const c_char, len: usize) -> c_int;
    pub(super) fn redlua_createtable(state: *mut ffi::lua_State, items: c_int, fields: c_int) -> c_int;
    pub(super) fn redlua_rawset(state: *mut ffi::lua_State, index: c_int) -> c_int;
    pub(super) fn redlua_rawseti(state: *mut ffi::lua_State, index: c_int, at: c_int) -> c_int;
}

/// A Lua thread. Valid while its VM lives and the thread is reachable.
#[derive(Clone, Copy)]
pub(crate) struct State(pub(super) *mut ffi::lua_State);

impl State {
    /// # Safety
    /// The pointer must be the state of a live VM.
    pub(super) unsafe fn from_raw(state: *mut ffi::lua_State) -> Self {
        Self(state)
    }
}

/// An error, whose value is on the top of the stack.
#[derive(Debug)]
pub(crate) struct Throw;

/// Body of a function: takes its arguments from the stack and leaves its results there. Returns the number of results.
pub(crate) type Body = fn(State) -> Result<c_int, Throw>;

/// A function as Lua calls it.
pub(crate) type Function = ffi::lua_CFunction;

/// A function that was compiled, by its number in the registry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct FunctionRef(pub(crate) c_int);
