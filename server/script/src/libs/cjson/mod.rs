//! `cjson` 2.1.0: JSON, and the settings of an instance.

mod decode;
mod encode;
mod settings;
mod token;

use std::ffi::c_int;

use commands::Target;
use settings::{ARRAY_MARK, Setting, Settings};

use crate::lua::{Function, State, Throw, function};

/// Leaves the library's table on the stack.
pub(crate) fn register(state: State, target: Target) {
    instance(state, target.redis_since(8, 4));
}

/// Pushes an instance with settings of its own. The fields are set in the servers' order, for `pairs` shows it.
fn instance(state: State, marks_arrays: bool) {
    let functions: &[(&str, Function)] = &[
        ("encode", function!(encode)),
        ("decode", function!(decode)),
        ("encode_sparse_array", function!(encode_sparse_array)),
        ("encode_max_depth", function!(encode_max_depth)),
        ("decode_max_depth", function!(decode_max_depth)),
        ("encode_number_precision", function!(encode_number_precision)),
        ("encode_keep_buffer", function!(encode_keep_buffer)),
        ("encode_invalid_numbers", function!(encode_invalid_numbers)),
        ("decode_invalid_numbers", function!(decode_invalid_numbers)),
        ("new", function!(new)),
    ];
    state.new_table(0, 0);
    Settings::push_new(state);
    if marks_arrays {
        state.new_table(0, 1);
        state.push_bool(true);
        state.raw_set_str(-2, ARRAY_MARK);
        state.set_read_only(-1, true);
        Settings::set_mark(state, -2);
    }
    let add = |name: &str, function: Function| {
        state.push_value(-1);
        state.push_function(function, 1);
        state.raw_set_str(-3, name);
    };
    for (name, function) in functions {
        add(name, *function);
    }
    if marks_arrays {
        add("decode_array_with_array_mt", function!(decode_array_with_array_mt));
    }
    state.pop(1);
    state.push_null();
    state.raw_set_str(-2, "null");
    state.push_str("cjson");
    state.raw_set_str(-2, "_NAME");
    state.push_str("2.1.0");
    state.raw_set_str(-2, "_VERSION");
}

fn new(state: State) -> Result<c_int, Throw> {
    instance(state, Settings::has_mark(state));
    Ok(1)
}

fn encode(state: State) -> Result<c_int, Throw> {
    if state.top() != 1 {
        return Err(state.argument_error(1, "expected 1 argument"));
    }
    let text = encode::encode(state, &Settings::read(state))?;
    state.push_bytes(&text);
    Ok(1)
}

fn decode(state: State) -> Result<c_int, Throw> {
    if state.top() != 1 {
        return Err(state.argument_error(1, "expected 1 argument"));
    }
    let text = state.check_text(1)?;
    if let [0, _, ..] | [_, 0, ..] = text {
        return Err(state.error("JSON parser does not support UTF-16 or UTF-32"));
    }
    decode::decode(state, text, &Settings::read(state))?;
    Ok(1)
}

/// Fills up the arguments of a setting's function.
fn arguments(state: State, most: c_int) -> Result<(), Throw> {
    if state.top() > most {
        return Err(state.argument_error(most + 1, "found too many arguments"));
    }
    state.set_top(most);
    Ok(())
}

fn encode_sparse_array(state: State) -> Result<c_int, Throw> {
    arguments(state, 3)?;
    settings::choose(state, 1, Setting::SparseConvert, settings::SWITCH)?;
    settings::amount(state, 2, Setting::SparseRatio, 0, i32::MAX)?;
    settings::amount(state, 3, Setting::SparseSafe, 0, i32::MAX)?;
    Ok(3)
}

fn encode_max_depth(state: State) -> Result<c_int, Throw> {
    one_amount(state, Setting::EncodeDepth, i32::MAX)
}

fn decode_max_depth(state: State) -> Result<c_int, Throw> {
    one_amount(state, Setting::DecodeDepth, i32::MAX)
}

fn encode_number_precision(state: State) -> Result<c_int, Throw> {
    one_amount(state, Setting::Precision, 14)
}

fn encode_keep_buffer(state: State) -> Result<c_int, Throw> {
    one_choice(state, Setting::KeepBuffer, settings::SWITCH)
}

fn encode_invalid_numbers(state: State) -> Result<c_int, Throw> {
    one_choice(state, Setting::EncodeInvalid, &["off", "on", "null"])
}

fn decode_invalid_numbers(state: State) -> Result<c_int, Throw> {
    one_choice(state, Setting::DecodeInvalid, settings::SWITCH)
}

fn decode_array_with_array_mt(state: State) -> Result<c_int, Throw> {
    one_choice(state, Setting::MarkArrays, settings::SWITCH)
}

fn one_amount(state: State, setting: Setting, most: i32) -> Result<c_int, Throw> {
    arguments(state, 1)?;
    settings::amount(state, 1, setting, 1, most)?;
    Ok(1)
}

fn one_choice(state: State, setting: Setting, choices: &[&str]) -> Result<c_int, Throw> {
    arguments(state, 1)?;
    settings::choose(state, 1, setting, choices)?;
    Ok(1)
}

#[cfg(test)]
mod tests;
