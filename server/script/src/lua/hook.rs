//! Hook through which Lua asks, now and then, whether the run may go on: see [`Watch`](super::Watch).

use std::panic::{AssertUnwindSafe, catch_unwind};

use mlua_sys as ffi;

use super::{
    raw::{State, Throw},
    watch::Event,
};

/// The hook of a run.
pub(crate) unsafe extern "C-unwind" fn hook(raw: *mut ffi::lua_State, debug: *mut ffi::lua_Debug) {
    // SAFETY: Lua calls it with its state; `lua_error` jumps over this frame only, which has nothing to drop.
    unsafe {
        let event = if (*debug).event == ffi::LUA_HOOKLINE { Event::Line } else { Event::Instructions };
        if fails(raw, event) {
            ffi::lua_error(raw);
        }
    }
}

/// Called by long loops in C.
///
/// # Safety
/// Lua calls it with its state.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn redlua_tick(raw: *mut ffi::lua_State) {
    // SAFETY: as for `hook`.
    unsafe {
        if fails(raw, Event::Work) {
            ffi::lua_error(raw);
        }
    }
}

unsafe fn fails(raw: *mut ffi::lua_State, event: Event) -> bool {
    // SAFETY: as for `hook`.
    let state = unsafe { State::from_raw(raw) };
    // Nothing may jump over a frame of ours, which looks at the limits by itself.
    if state.is_inside() {
        return false;
    }
    state.enter();
    let fails = catch_unwind(AssertUnwindSafe(|| (state.watch().check)(state, event)));
    let fails = fails.unwrap_or_else(|payload| {
        stop(state, meter::stop_of(&*payload).unwrap_or(meter::Stop::Cancelled));
        true
    });
    state.leave();
    fails
}

/// Raises the end of the run if it must not go on; for our functions.
pub(crate) fn tick(state: State) -> Result<(), Throw> {
    if (state.watch().check)(state, Event::Work) { Err(Throw) } else { Ok(()) }
}

/// Ends the run, and pushes the error that is to be raised.
pub(super) fn stop(state: State, why: meter::Stop) {
    (state.watch().stop)(state, why);
}
