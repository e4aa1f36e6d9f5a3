//! Our functions that Lua calls.

use std::{
    ffi::c_int,
    panic::{AssertUnwindSafe, catch_unwind},
};

use mlua_sys as ffi;

use super::{
    hook::stop,
    raw::{Body, State, Throw},
};

/// Makes a [`Function`] of a [`Body`].
macro_rules! function {
    ($body:path) => {{
        #[allow(unsafe_code, reason = "as in this module")]
        unsafe extern "C-unwind" fn call(state: *mut ::mlua_sys::lua_State) -> ::std::ffi::c_int {
            // SAFETY: Lua calls it, with its state.
            unsafe { $crate::lua::entry(state, $body) }
        }
        call as $crate::lua::Function
    }};
}
pub(crate) use function;

/// Calls a body for Lua, and raises its error when nothing of Rust is left to jump over.
///
/// # Safety
/// `raw` must be the state that Lua calls with.
pub(crate) unsafe fn entry(raw: *mut ffi::lua_State, body: Body) -> c_int {
    // SAFETY: as above; `lua_error` jumps over this frame only, which has nothing to drop.
    unsafe {
        let result = called(raw, body);
        if result < 0 { ffi::lua_error(raw) } else { result }
    }
}

unsafe fn called(raw: *mut ffi::lua_State, body: Body) -> c_int {
    // SAFETY: as for `entry`.
    let state = unsafe { State::from_raw(raw) };
    state.enter();
    let result = catch_unwind(AssertUnwindSafe(|| body(state)));
    let result = match result {
        Ok(Ok(_)) if meter::is_over() => {
            state.set_top(0);
            stop(state, meter::Stop::Memory);
            -1
        }
        Ok(Ok(count)) => count,
        Ok(Err(Throw)) => -1,
        Err(payload) => {
            state.set_top(0);
            match meter::stop_of(&*payload) {
                Some(why) => stop(state, why),
                None => state.push_bytes(b"ERR redlua: an internal error, please report it"),
            }
            -1
        }
    };
    state.leave();
    result
}
