//! `redis.acl_check_cmd`: checks if the user of the client may make a call.

use std::ffi::c_int;

use engine::resolve;

use super::{call::words, replies::raise_text};
use crate::{
    context::context,
    lua::{State, Throw},
};

pub(super) fn acl_check_cmd(state: State) -> Result<c_int, Throw> {
    let Some(context) = context(state) else { return Ok(0) };
    if let Err(text) = words(state, context.engine.target, &mut context.words) {
        return raise_text(state, text);
    }
    let engine = &*context.engine;
    let Ok(spec) = resolve::command(engine.target, context.words.all()) else {
        return raise_text(state, "Invalid command passed to redis.acl_check_cmd()");
    };
    // Seen since Redis 8.6, not in 8.2; Valkey does not count.
    let counts = engine.target.redis_since(8, 6);
    if counts && !resolve::fits(engine.target, spec, context.words.all().len()) {
        return raise_text(state, "Wrong number of args for redis.acl_check_cmd()");
    }
    let user = engine.acl.users.get(&engine.caller.user);
    let may = user.is_none_or(|user| user.permit(engine.target, spec, context.words.all(), context.db).is_ok());
    state.push_bool(may);
    Ok(1)
}
