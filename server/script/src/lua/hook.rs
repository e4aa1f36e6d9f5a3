//! Where Lua asks, now and then, whether the run may go on.

use std::{
    ffi::c_int,
    panic::{AssertUnwindSafe, catch_unwind},
};

use mlua_sys as ffi;

use super::{State, context};
use crate::budget::{STEP, Stop};

/// The hook of a run: counts instructions, tells of lines, and ends what goes beyond its budget.
pub(crate) unsafe extern "C-unwind" fn hook(raw: *mut ffi::lua_State, debug: *mut ffi::lua_Debug) {
    // SAFETY: Lua calls it with its state; `lua_error` jumps over this frame only, which has nothing to drop.
    unsafe {
        if fails(raw, (*debug).event) {
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
        if fails(raw, -1) {
            ffi::lua_error(raw);
        }
    }
}

unsafe fn fails(raw: *mut ffi::lua_State, event: c_int) -> bool {
    // SAFETY: as for `hook`.
    let state = unsafe { State::from_raw(raw) };
    // Nothing may jump over a frame of ours, which looks at the limits by itself.
    if state.is_inside() {
        return false;
    }
    state.enter();
    let fails = catch_unwind(AssertUnwindSafe(|| check(state, event)));
    let fails = fails.unwrap_or_else(|payload| {
        stop(state, meter::stop_of(&*payload).unwrap_or(meter::Stop::Cancelled));
        true
    });
    state.leave();
    fails
}

/// Raises the end of the run if it must not go on; for functions of ours.
pub(crate) fn tick(state: State) -> Result<(), super::Throw> {
    if check(state, -1) { Err(super::Throw) } else { Ok(()) }
}

fn check(state: State, event: c_int) -> bool {
    let Some(context) = context(state) else {
        // Something is compiled.
        meter::check();
        return false;
    };
    if matches!(context.limits.stopped, Some((Stop::Killed, _))) && event < 0 {
        // Only the hook kills again: what has caught the error goes on to the end of its line.
        return false;
    }
    if event == ffi::LUA_HOOKLINE && context.limits.stopped.is_none() {
        if state.is_in_script() {
            context.observer.line(state.line());
        }
        return false;
    }
    let exact = context.limits.stopped.is_some();
    let count = if event == ffi::LUA_HOOKCOUNT && !exact { STEP } else { 0 };
    let Some(why) = context.limits.check(count, state.was_refused() || meter::is_over()) else { return false };
    end(state, why);
    true
}

/// Ends the run, and pushes the error that is to be raised.
pub(super) fn stop(state: State, why: meter::Stop) {
    end(state, why.into());
}

fn end(state: State, why: Stop) {
    let Some(context) = context(state) else { return state.push_bytes(b"not enough memory") };
    if context.limits.stopped.is_none() {
        context.limits.stopped = Some((why, state.line()));
    }
    if let (Stop::Killed, Some(text)) = (why, context.limits.kill) {
        // As on the servers: raised again on each new line, so what catches it without one may still end well.
        state.set_line_hook(hook);
        crate::api::push_text(state, text);
        return;
    }
    // From now on every instruction fails, so that no `pcall` can go on.
    state.set_hook(hook, 1, false);
    state.push_bytes(b"redlua: the run was stopped");
}
