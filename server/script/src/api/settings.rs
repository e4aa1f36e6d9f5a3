//! Settings that a script makes for itself: the protocol of replies, what is replicated; and the debugger's functions, which do
//! nothing outside of it.

use std::ffi::c_int;

use super::replies::raise_text;
use crate::{
    context::context,
    lua::{State, Throw, to_int},
};

pub(super) fn setresp(state: State) -> Result<c_int, Throw> {
    if state.top() != 1 {
        return raise_text(state, "redis.setresp() requires one argument.");
    }
    let version = state.to_number(1).map(to_int);
    let resp3 = match version {
        Some(2) => false,
        Some(3) => true,
        _ => return raise_text(state, "RESP version must be 2 or 3."),
    };
    if let Some(context) = context(state) {
        context.resp3 = resp3;
    }
    Ok(0)
}

pub(super) fn set_repl(state: State) -> Result<c_int, Throw> {
    let newer = context(state).is_none_or(|context| context.engine.target.since(7, 2));
    if state.top() != 1 {
        let text =
            if newer { "redis.set_repl() requires one argument." } else { "redis.set_repl() requires two arguments." };
        return raise_text(state, text);
    }
    let flags = state.to_number(1).map_or(0, to_int);
    if flags & !3 != 0 {
        return raise_text(state, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    Ok(0)
}

/// Effects are all that is replicated since 7.0; before it, the switch comes too late after a write.
pub(super) fn replicate_commands(state: State) -> Result<c_int, Throw> {
    let late = context(state).is_some_and(|context| !context.engine.target.since(7, 0) && context.wrote);
    state.push_bool(!late);
    Ok(1)
}

pub(super) fn breakpoint(state: State) -> Result<c_int, Throw> {
    state.push_bool(false);
    Ok(1)
}

pub(super) fn debug(_: State) -> Result<c_int, Throw> {
    Ok(0)
}
