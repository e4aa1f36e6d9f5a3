//! `redis.call` and `redis.pcall`.

use std::ffi::c_int;

use commands::{Family, Target};
use protocol::Reply;

use crate::{
    context::{Context, context},
    convert::{push_error, push_number_text, push_reply},
    gate,
    lua::{Function, Kind, State, Throw, function, tick},
    words::Words,
};

/// Calls a command; an error of it is raised.
pub(super) fn call(state: State) -> Result<c_int, Throw> {
    generic(state, true)
}

/// Calls a command; an error of it is returned as a table.
pub(super) fn pcall(state: State) -> Result<c_int, Throw> {
    generic(state, false)
}

fn generic(state: State, raises: bool) -> Result<c_int, Throw> {
    let Some(context) = context(state) else { return Err(state.error("redis.call() works while a script runs only")) };
    let mut words = std::mem::take(&mut context.words);
    let result = perform(state, context, &mut words, raises);
    context.words = words;
    result
}

fn perform(state: State, context: &mut Context<'_>, called: &mut Words, raises: bool) -> Result<c_int, Throw> {
    let target = context.engine.target;
    if let Err(text) = words(state, target, called) {
        return refuse(state, target, text, raises, false);
    }
    let words = called.all();
    let spec = match gate::admit(context, words) {
        Ok(spec) => spec,
        Err(text) => return refuse(state, target, &text, raises, true),
    };
    // The arguments may fill the stack, which the reply needs.
    state.set_top(0);
    context.commands += 1;
    let reply = context.engine.run(spec, words, &mut context.db, context.resp3, true);
    if context.observed {
        context.observer.command(state.line(), words, &reply);
    }
    let reply = if target.since(7, 0) { reply } else { sorted(spec.name, reply) };
    match reply {
        Reply::Error(text) if raises => raise(state, target, &text, true),
        reply => {
            push_reply(state, &reply, context.resp3, target.since(7, 0));
            Ok(1)
        }
    }
}

/// Before 7.0 a script saw what has no order sorted, so that it did the same on every replica.
fn sorted(name: &str, reply: Reply) -> Reply {
    let unordered = matches!(name, "SMEMBERS" | "SINTER" | "SUNION" | "SDIFF" | "HKEYS" | "HVALS" | "KEYS");
    match reply {
        Reply::Array(mut items) if unordered => {
            // The sort takes half as much again.
            meter::afford(size_of_val(&*items) / 2);
            items.sort_by(|a, b| {
                meter::tick(1);
                match (a, b) {
                    (Reply::Bulk(a), Reply::Bulk(b)) => a.cmp(b),
                    _ => std::cmp::Ordering::Equal,
                }
            });
            Reply::Array(items)
        }
        reply => reply,
    }
}

/// Takes the arguments as words of a command.
pub(super) fn words(state: State, target: Target, into: &mut Words) -> Result<(), &'static str> {
    let count = state.top();
    if count == 0 {
        return Err(match (target.family, target.since(7, 0)) {
            (Family::Valkey, _) => "Please specify at least one argument for this call",
            (_, true) => "Please specify at least one argument for this redis lib call",
            (_, false) => "Please specify at least one argument for redis.call()",
        });
    }
    for (at, word) in (1..=count).zip(into.begin(count as usize)) {
        match state.kind(at) {
            Kind::String => {
                let text = state.string(at).unwrap_or_default();
                meter::grow(word, text.len());
                word.extend_from_slice(text);
            }
            Kind::Number => push_number_text(word, state.number(at).unwrap_or_default(), target),
            _ => {
                return Err(match (target.family, target.since(7, 0)) {
                    (Family::Valkey, _) => "Command arguments must be strings or integers",
                    (_, true) => "Lua redis lib command arguments must be strings or integers",
                    (_, false) => "Lua redis() command arguments must be strings or integers",
                });
            }
        }
    }
    Ok(())
}

/// An error that the call itself has, before its command runs.
fn refuse(state: State, target: Target, text: &str, raises: bool, is_counted: bool) -> Result<c_int, Throw> {
    // For 6.2 full memory is an error of the call, code and all.
    let own = |with_code: &&str| target.since(7, 0) || *with_code != gate::OOM;
    let text = if let Some(with_code) = text.strip_prefix('-').filter(own) {
        with_code.to_owned()
    } else if target.since(7, 0) {
        format!("ERR {text}")
    } else {
        // The place is that of the caller, and there is no code.
        match state.frame(1) {
            Some(frame) => {
                format!("{}: {}: {text}", String::from_utf8_lossy(&frame.source), frame.line)
            }
            None => text.to_owned(),
        }
    };
    if raises {
        return raise(state, target, text.as_bytes(), is_counted);
    }
    push_error(state, text.as_bytes(), is_counted && target.since(7, 0));
    Ok(1)
}

/// Raises an error: a table with the text, before 7.0 the text.
fn raise(state: State, target: Target, text: &[u8], is_counted: bool) -> Result<c_int, Throw> {
    if target.since(7, 0) {
        push_error(state, text, is_counted);
    } else {
        state.push_bytes(text);
    }
    Err(Throw)
}

/// The servers' `pcall` since 7.0: of an error that is a table with a text, the text is the result.
pub(crate) const SHIELDED_PCALL: Function = function!(shielded_pcall);

fn shielded_pcall(state: State) -> Result<c_int, Throw> {
    let count = state.top();
    if count == 0 {
        state.push_bool(false);
        state.push_str("attempt to call a nil value");
        return Ok(2);
    }
    state.push_bool(true);
    state.insert(1);
    if !state.call_all(count - 1, 0) {
        tick(state)?;
        state.remove(1);
        if state.is_table(-1) {
            state.raw_get_str(-1, "err");
            if matches!(state.kind(-1), Kind::String | Kind::Number) {
                state.replace(-2);
            } else {
                state.pop(1);
            }
        }
        state.push_bool(false);
        state.insert(1);
    }
    Ok(state.top())
}
