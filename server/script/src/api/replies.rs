//! `redis.error_reply`, `redis.status_reply`, `redis.sha1hex`.

use std::ffi::c_int;

use commands::Target;

use crate::{
    context::context,
    convert::{c_text, push_error},
    library::sha1_hex,
    lua::{Kind, State, Throw},
};

/// The text that is the one argument; otherwise the error is pushed that the servers return instead.
fn only_text(state: State, resp7: bool) -> Option<Vec<u8>> {
    if state.top() == 1 && state.kind(1) == Kind::String {
        return state.string(1).map(<[u8]>::to_vec);
    }
    let text = "wrong number or type of arguments";
    let text = match state.frame(1) {
        _ if resp7 => format!("ERR {text}"),
        Some(frame) => format!("{}: {}: {text}", String::from_utf8_lossy(&frame.source), frame.line),
        None => text.to_owned(),
    };
    push_error(state, text.as_bytes(), false);
    None
}

fn is_new(state: State) -> bool {
    context(state).is_none_or(|context| context.engine.target.since(7, 0))
}

pub(super) fn error_reply(state: State) -> Result<c_int, Throw> {
    let new = is_new(state);
    let Some(text) = only_text(state, new) else { return Ok(1) };
    if !new {
        push_error(state, &text, false);
        return Ok(1);
    }
    let text = c_text(&text).to_vec();
    // What follows a dash is a code with a text; all else gets the general code.
    let mut full = match text.strip_prefix(b"-") {
        Some(rest) if rest.contains(&b' ') => rest.to_vec(),
        Some(rest) => [b"ERR ", rest].concat(),
        None if text.contains(&b' ') => text,
        None => [b"ERR ", text.as_slice()].concat(),
    };
    while matches!(full.last(), Some(b'\r' | b'\n')) {
        full.pop();
    }
    push_error(state, &full, false);
    Ok(1)
}

pub(super) fn status_reply(state: State) -> Result<c_int, Throw> {
    let new = is_new(state);
    let Some(text) = only_text(state, new) else { return Ok(1) };
    state.new_table(0, 1);
    state.push_bytes(&text);
    state.raw_set_str(-2, "ok");
    Ok(1)
}

pub(super) fn sha1hex(state: State) -> Result<c_int, Throw> {
    if state.top() != 1 {
        return raise_text(state, "wrong number of arguments");
    }
    // Whatever is no text has none.
    let text = state.text(1).unwrap_or_default().to_vec();
    state.push_str(&sha1_hex(&text));
    Ok(1)
}

/// Raises an error of the servers' own functions: a table since 7.0, before it a text.
pub(super) fn raise_text(state: State, text: &str) -> Result<c_int, Throw> {
    push_text(state, text);
    Err(Throw)
}

/// Pushes the error that [`raise_text`] raises.
pub(crate) fn push_text(state: State, text: &str) {
    let target = context(state).map_or(Target::DEFAULT, |context| context.engine.target);
    if !target.since(7, 0) {
        return state.push_str(text);
    }
    let own_name = target.valkey_since(8, 0);
    let text = if own_name { text.replace("redis.", "server.") } else { text.to_owned() };
    push_error(state, format!("ERR {text}").as_bytes(), false);
}
