//! `redis.register_function`.

use std::ffi::c_int;

use commands::Target;

use super::replies::raise_text;
use crate::{
    context::context,
    library::{Function, Loading},
    lua::{FunctionRef, Kind, State, Throw},
    shebang::{BAD_NAME, Flags, is_name},
};

pub(super) fn register_function(state: State) -> Result<c_int, Throw> {
    let Some(context) = context(state) else { return Ok(0) };
    let target = context.engine.target;
    let Some(loading) = context.loading.as_mut() else {
        return raise_text(state, "redis.register_function can only be called on FUNCTION LOAD command");
    };
    match read(state, loading, target) {
        Ok(mut function) => {
            // Nothing was left on the stack but the callback.
            function.callback = FunctionRef(state.keep());
            loading.functions.push(function);
            Ok(0)
        }
        Err(text) => raise_text(state, &text),
    }
}

/// Reads the arguments, and leaves the callback on the top of the stack.
fn read(state: State, loading: &mut Loading, target: Target) -> Result<Function, String> {
    let count = state.top();
    let mut function =
        Function { name: Vec::new(), callback: FunctionRef(0), flags: Flags::default(), description: None };
    match count {
        1 => {
            if !state.is_table(1) {
                return Err("calling redis.register_function with a single argument is only applicable to Lua table \
                            (representing named arguments)."
                    .to_owned());
            }
            named(state, &mut function)?;
        }
        2 => {
            // A number will do for a name: it is made a text.
            function.name = state.text(1).ok_or("first argument to redis.register_function must be a string")?.to_vec();
            if state.kind(2) != Kind::Function {
                return Err("second argument to redis.register_function must be a function".to_owned());
            }
            state.push_value(2);
        }
        _ => return Err("wrong number of arguments to redis.register_function".to_owned()),
    }
    // Since Valkey 8.1 the server itself looks at these, and no longer the engine of the language.
    let stands_alone = target.valkey_since(8, 1);
    if !is_name(&function.name) {
        let text = if stands_alone { BAD_NAME.replace("Library", "Function") } else { BAD_NAME.to_owned() };
        loading.refused = stands_alone.then(|| format!("ERR {text}"));
        return Err(text);
    }
    // Names that differ in case are two here, though only one of them is found.
    if loading.functions.iter().any(|other| other.name == function.name) {
        let text = "Function already exists in the library".to_owned();
        loading.refused = stands_alone.then(|| format!("ERR {text}"));
        return Err(text);
    }
    Ok(function)
}

/// Reads the named arguments of the table at 1.
fn named(state: State, function: &mut Function) -> Result<(), String> {
    let (mut has_name, mut has_callback) = (false, false);
    state.push_nil();
    while state.next(1) {
        if state.kind(-2) == Kind::Number {
            return Err("unknown argument given to redis.register_function".to_owned());
        }
        let Some(key) = state.string(-2) else {
            return Err("named argument key given to redis.register_function is not a string".to_owned());
        };
        if key.eq_ignore_ascii_case(b"function_name") {
            function.name = state
                .text(-1)
                .ok_or("function_name argument given to redis.register_function must be a string")?
                .to_vec();
            has_name = true;
        } else if key.eq_ignore_ascii_case(b"description") {
            let text =
                state.text(-1).ok_or("description argument given to redis.register_function must be a string")?;
            function.description = Some(text.to_vec());
        } else if key.eq_ignore_ascii_case(b"callback") {
            if state.kind(-1) != Kind::Function {
                return Err("callback argument given to redis.register_function must be a function".to_owned());
            }
            // Kept below the key.
            state.push_value(-1);
            state.insert(2);
            has_callback = true;
        } else if key.eq_ignore_ascii_case(b"flags") {
            if !state.is_table(-1) {
                return Err(
                    "flags argument to redis.register_function must be a table representing function flags".to_owned()
                );
            }
            for at in 1.. {
                let kind = state.raw_get_at(-1, at);
                let flag = state.string(-1).and_then(|name| Flags::named(name, true));
                state.pop(1);
                match (kind, flag) {
                    (Kind::Nil, _) => break,
                    (_, Some(flag)) => function.flags.add(flag),
                    (_, None) => return Err("unknown flag given".to_owned()),
                }
            }
        } else {
            return Err("unknown argument given to redis.register_function".to_owned());
        }
        state.pop(1);
    }
    if !has_name {
        return Err("redis.register_function must get a function name argument".to_owned());
    }
    if !has_callback {
        return Err("redis.register_function must get a callback argument".to_owned());
    }
    state.push_value(2);
    Ok(())
}
