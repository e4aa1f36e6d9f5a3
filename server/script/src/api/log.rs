//! `redis.log`.

use std::ffi::c_int;

use commands::Target;

use super::replies::raise_text;
use crate::{
    LogLine,
    context::context,
    lua::{State, Throw, to_int},
};

/// Maximum number of lines kept of one run. Others are dropped without a count, as on a server whose log is not read.
const KEPT: usize = 10_000;

pub(super) fn log(state: State) -> Result<c_int, Throw> {
    let count = state.top();
    if count < 2 {
        return raise_text(state, "redis.log() requires two arguments or more.");
    }
    // A number as text is a number, as everywhere in Lua's own interface.
    let Some(level) = state.to_number(1).map(to_int) else {
        return raise_text(state, "First argument must be a number (log level).");
    };
    let Some(context) = context(state) else { return Ok(0) };
    let Some(level) = u8::try_from(level).ok().filter(|level| *level <= 3) else {
        let target = context.engine.target;
        let newer = target.since(7, 4) && target != Target::valkey(7, 2);
        return raise_text(state, if newer { "Invalid log level." } else { "Invalid debug level." });
    };
    let mut text = Vec::new();
    let mut first = true;
    for at in 2..=count {
        // What is no text is left out, with its blank.
        let Some(part) = state.text(at) else { continue };
        if !first {
            text.push(b' ');
        }
        first = false;
        meter::grow(&mut text, part.len() + 1);
        text.extend_from_slice(part);
    }
    if context.log.len() < KEPT {
        context.log.push(LogLine { level, text });
    }
    Ok(0)
}
