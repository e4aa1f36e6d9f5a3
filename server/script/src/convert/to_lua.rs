//! Conversion of replies to values of Lua.

use protocol::Reply;

use crate::lua::State;

/// Pushes a reply, in the form of the protocol that the script asked for.
pub(crate) fn push_reply(state: State, reply: &Reply, resp3: bool, errors_are_counted: bool) {
    meter::tick(1);
    if !state.reserve(6) {
        // No reply of a command is nested so deeply.
        return state.push_nil();
    }
    match reply {
        Reply::Int(value) => state.push_number(*value as f64),
        Reply::Bulk(text) => state.push_bytes(text),
        Reply::Status(text) => {
            state.new_table(0, 1);
            state.push_bytes(text);
            state.raw_set_str(-2, "ok");
        }
        Reply::Error(text) => push_error(state, text, errors_are_counted),
        Reply::Nil | Reply::NilArray if resp3 => state.push_nil(),
        Reply::Nil | Reply::NilArray => state.push_bool(false),
        Reply::Array(items) | Reply::Push(items) => array(state, items, resp3, errors_are_counted),
        Reply::Set(items) if resp3 => {
            state.new_table(0, 1);
            state.new_table(0, items.len());
            for item in items {
                push_reply(state, item, resp3, errors_are_counted);
                state.push_bool(true);
                state.raw_set(-3);
            }
            state.raw_set_str(-2, "set");
        }
        Reply::Set(items) => array(state, items, resp3, errors_are_counted),
        // Scripts never see attributes, under either protocol.
        Reply::Attributed { reply, .. } => push_reply(state, reply, resp3, errors_are_counted),
        Reply::Map(pairs) if resp3 => {
            state.new_table(0, 1);
            state.new_table(0, pairs.len());
            for (key, value) in pairs {
                push_reply(state, key, resp3, errors_are_counted);
                push_reply(state, value, resp3, errors_are_counted);
                state.raw_set(-3);
            }
            state.raw_set_str(-2, "map");
        }
        Reply::Map(pairs) => {
            state.new_table(pairs.len() * 2, 0);
            for (nth, (key, value)) in pairs.iter().enumerate() {
                push_reply(state, key, resp3, errors_are_counted);
                state.raw_set_at(-2, (2 * nth + 1) as i32);
                push_reply(state, value, resp3, errors_are_counted);
                state.raw_set_at(-2, (2 * nth + 2) as i32);
            }
        }
        Reply::Double(text) if resp3 => {
            state.new_table(0, 1);
            state.push_number(protocol::number::strtod(text.as_bytes()).unwrap_or(f64::NAN));
            state.raw_set_str(-2, "double");
        }
        Reply::Double(text) => state.push_str(text),
        Reply::Bool(truth) if resp3 => state.push_bool(*truth),
        Reply::Bool(truth) => state.push_number(f64::from(u8::from(*truth))),
        Reply::BigNumber(text) if resp3 => {
            state.new_table(0, 1);
            state.push_bytes(text);
            state.raw_set_str(-2, "big_number");
        }
        Reply::Verbatim { format, text } if resp3 => {
            state.new_table(0, 1);
            state.new_table(0, 2);
            state.push_bytes(text);
            state.raw_set_str(-2, "string");
            state.push_bytes(format);
            state.raw_set_str(-2, "format");
            state.raw_set_str(-2, "verbatim_string");
        }
        Reply::BigNumber(text) | Reply::Verbatim { text, .. } => state.push_bytes(text),
    }
}

fn array(state: State, items: &[Reply], resp3: bool, errors_are_counted: bool) {
    state.new_table(items.len(), 0);
    for (nth, item) in items.iter().enumerate() {
        push_reply(state, item, resp3, errors_are_counted);
        state.raw_set_at(-2, (nth + 1) as i32);
    }
}

/// Pushes an error as a table. Since 7.0 a mark says that the server has counted it already.
pub(crate) fn push_error(state: State, text: &[u8], is_counted: bool) {
    state.new_table(0, 2);
    state.push_bytes(text);
    state.raw_set_str(-2, "err");
    if is_counted {
        state.push_bool(true);
        state.raw_set_str(-2, "ignore_error_stats_update");
    }
}
