//! Conversion of a script's return value to the client's reply.

use commands::Target;
use protocol::Reply;

use crate::lua::{Kind, State, to_int};

/// Replies nested deeper than this end in an error, as they do on the servers where Lua's stack ends.
const DEEPEST: usize = 1000;

/// Converts the value on the top of the stack to a reply, and removes it. `resp3` is what the script asked for.
pub(crate) fn reply(state: State, target: Target, resp3: bool) -> Reply {
    let reply = convert(state, target, resp3, 0);
    state.pop(1);
    reply
}

fn convert(state: State, target: Target, resp3: bool, depth: usize) -> Reply {
    meter::tick(1);
    if depth > DEEPEST || !state.reserve(6) {
        return Reply::error("ERR reached lua stack limit");
    }
    match state.kind(-1) {
        Kind::String => Reply::Bulk(meter::copy(state.string(-1).unwrap_or_default())),
        Kind::Number => Reply::Int(to_int(state.number(-1).unwrap_or_default())),
        // With RESP2 there is no false but nothing.
        Kind::Bool => match (resp3, state.truth(-1)) {
            (true, truth) => Reply::Bool(truth),
            (false, true) => Reply::Int(1),
            (false, false) => Reply::Nil,
        },
        Kind::Table => table(state, target, resp3, depth),
        _ => Reply::Nil,
    }
}

/// A text as a server takes one of C: it ends before the first zero byte.
pub(crate) fn c_text(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or(text)
}

/// Returns a field if it is a string. The stack stays as it was.
fn text_field(state: State, name: &str) -> Option<Vec<u8>> {
    state.raw_get_str(-1, name);
    let text = state.string(-1).map(|text| meter::copy(c_text(text)));
    state.pop(1);
    text
}

/// Replaces line breaks by blanks, for they would end the reply.
fn one_line(mut text: Vec<u8>) -> Vec<u8> {
    for byte in &mut text {
        if matches!(byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
    text
}

/// Text of an error in a reply: line breaks at its end are removed, others become blanks.
pub(crate) fn clean_error(mut text: Vec<u8>) -> Vec<u8> {
    while matches!(text.last(), Some(b'\r' | b'\n')) {
        text.pop();
    }
    one_line(text)
}

fn table(state: State, target: Target, resp3: bool, depth: usize) -> Reply {
    if let Some(text) = text_field(state, "err") {
        return Reply::Error(clean_error(text));
    }
    if let Some(text) = text_field(state, "ok") {
        return Reply::Status(one_line(text));
    }
    if state.raw_get_str(-1, "double") == Kind::Number {
        let value = state.number(-1).unwrap_or_default();
        state.pop(1);
        return Reply::Double(digits(value, target));
    }
    state.pop(1);
    if target.since(7, 0) {
        if let Some(text) = text_field(state, "big_number") {
            return Reply::BigNumber(one_line(text));
        }
        if let Some(reply) = verbatim(state) {
            return reply;
        }
    }
    if state.raw_get_str(-1, "map") == Kind::Table {
        let mut pairs = Vec::new();
        state.push_nil();
        while state.next(-2) {
            state.push_value(-2);
            let key = convert(state, target, resp3, depth + 1);
            state.pop(1);
            let value = convert(state, target, resp3, depth + 1);
            state.pop(1);
            meter::push(&mut pairs, (key, value));
        }
        state.pop(1);
        return Reply::Map(pairs);
    }
    state.pop(1);
    if state.raw_get_str(-1, "set") == Kind::Table {
        let mut members = Vec::new();
        state.push_nil();
        while state.next(-2) {
            state.pop(1);
            state.push_value(-1);
            let member = convert(state, target, resp3, depth + 1);
            meter::push(&mut members, member);
            state.pop(1);
        }
        state.pop(1);
        return Reply::Set(members);
    }
    state.pop(1);
    let mut items = Vec::new();
    for at in 1.. {
        if state.raw_get_at(-1, at) == Kind::Nil {
            state.pop(1);
            break;
        }
        let item = convert(state, target, resp3, depth + 1);
        meter::push(&mut items, item);
        state.pop(1);
    }
    Reply::Array(items)
}

fn verbatim(state: State) -> Option<Reply> {
    let is_table = state.raw_get_str(-1, "verbatim_string") == Kind::Table;
    let whole = |name: &str| {
        state.raw_get_str(-1, name);
        let text = state.string(-1).map(meter::copy);
        state.pop(1);
        text
    };
    let parts = is_table.then(|| text_field(state, "format").zip(whole("string"))).flatten();
    state.pop(1);
    let (format, text) = parts?;
    // Three letters, whatever was given.
    let mut letters = [b' '; 3];
    for (letter, byte) in letters.iter_mut().zip(&format) {
        *letter = *byte;
    }
    Some(Reply::Verbatim { format: letters, text })
}

/// The digits of a double as the version sends it.
fn digits(value: f64, target: Target) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    // What is no number has no sign since 7.2.
    let value = if target.since(7, 2) && value.is_nan() { f64::NAN } else { value };
    engine::digits(value, target.since(7, 2))
}
