//! The settings of an instance of `cjson`: numbers in a table of Lua that all its functions have as their first upvalue, so
//! that they live as long as any of them.

use std::ffi::c_int;

use crate::lua::{State, Throw};

/// Field of the metatable that marks arrays.
pub(super) const ARRAY_MARK: &str = "__is_cjson_array";

/// Index of a setting in the table.
#[derive(Clone, Copy)]
pub(super) enum Setting {
    SparseConvert = 1,
    SparseRatio,
    SparseSafe,
    EncodeDepth,
    DecodeDepth,
    Precision,
    KeepBuffer,
    EncodeInvalid,
    DecodeInvalid,
    MarkArrays,
}

/// Initial settings of an instance, in the order of [`Setting`].
const INITIAL: [i32; 10] = [0, 2, 10, 1000, 1000, 14, 1, 0, 1, 0];

/// The place after the settings: the metatable that marks arrays, on servers that have it.
const MARK: c_int = INITIAL.len() as c_int + 1;

/// Off and on, which booleans mean too.
pub(super) const SWITCH: &[&str] = &["off", "on"];

/// The settings that a call works with.
pub(super) struct Settings([i32; INITIAL.len()]);

impl Settings {
    /// Pushes a table with the initial settings.
    pub(super) fn push_new(state: State) {
        state.new_table(INITIAL.len() + 1, 0);
        for (at, value) in (1..).zip(INITIAL) {
            state.push_number(f64::from(value));
            state.raw_set_at(-2, at);
        }
    }

    /// Takes the metatable on the top for the settings at `table`.
    pub(super) fn set_mark(state: State, table: c_int) {
        state.raw_set_at(table, MARK);
    }

    /// True if the server has a metatable that marks arrays.
    pub(super) fn has_mark(state: State) -> bool {
        let has = state.raw_get_at(state.upvalue(1), MARK);
        state.pop(1);
        has == crate::lua::Kind::Table
    }

    /// Gives the table on the top the metatable that marks arrays.
    pub(super) fn mark(state: State) {
        state.raw_get_at(state.upvalue(1), MARK);
        state.set_metatable(-2);
    }

    /// The settings of the function that runs.
    pub(super) fn read(state: State) -> Self {
        let mut values = INITIAL;
        for (at, value) in (1..).zip(&mut values) {
            state.raw_get_at(state.upvalue(1), at);
            *value = state.number(-1).map_or(*value, |number| number as i32);
            state.pop(1);
        }
        Self(values)
    }

    pub(super) fn get(&self, setting: Setting) -> i32 {
        self.0[setting as usize - 1]
    }

    pub(super) fn is_on(&self, setting: Setting) -> bool {
        self.get(setting) != 0
    }
}

fn store(state: State, setting: Setting, value: i32) {
    state.push_number(f64::from(value));
    state.raw_set_at(state.upvalue(1), setting as c_int);
}

fn current(state: State, setting: Setting) -> i32 {
    Settings::read(state).get(setting)
}

/// Changes a setting that is a number if the argument is not nil, and pushes it.
pub(super) fn amount(state: State, argument: c_int, setting: Setting, least: i32, most: i32) -> Result<(), Throw> {
    if state.kind(argument) != crate::lua::Kind::Nil {
        // The servers cut it to an `int` before they look at it.
        let value = state.check_int(argument)? as i32;
        if !(least..=most).contains(&value) {
            // Whichever argument it is.
            return Err(state.argument_error(1, format!("expected integer between {least} and {most}")));
        }
        store(state, setting, value);
    }
    state.push_number(f64::from(current(state, setting)));
    Ok(())
}

/// Changes a setting that is one of some words, or a boolean for the first two, if the argument is not nil, and pushes it.
pub(super) fn choose(state: State, argument: c_int, setting: Setting, choices: &[&str]) -> Result<(), Throw> {
    match state.kind(argument) {
        crate::lua::Kind::Nil => {}
        crate::lua::Kind::Bool => store(state, setting, i32::from(state.truth(argument))),
        _ => {
            let word = state.check_text(argument)?;
            let word = word.split(|byte| *byte == 0).next().unwrap_or(word);
            let Some(found) = choices.iter().position(|choice| choice.as_bytes() == word) else {
                return Err(state.argument_error(argument, [b"invalid option '", word, b"'"].concat()));
            };
            store(state, setting, found as i32);
        }
    }
    match current(state, setting) {
        value @ (0 | 1) => state.push_bool(value != 0),
        value => state.push_str(choices.get(value as usize).copied().unwrap_or_default()),
    }
    Ok(())
}
