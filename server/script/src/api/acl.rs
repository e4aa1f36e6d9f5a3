//! `redis.acl_check_cmd`: there is one user here, who may do everything.

use std::ffi::c_int;

use super::{call::words, replies::raise_text};
use crate::lua::{State, Throw, context};

pub(super) fn acl_check_cmd(state: State) -> Result<c_int, Throw> {
    let Some(context) = context(state) else { return Ok(0) };
    if let Err(text) = words(state, context.engine.target, &mut context.words) {
        return raise_text(state, text);
    }
    if context.engine.find(context.words.all()).is_err() {
        return raise_text(state, "Invalid command passed to redis.acl_check_cmd()");
    }
    state.push_bool(true);
    Ok(1)
}
