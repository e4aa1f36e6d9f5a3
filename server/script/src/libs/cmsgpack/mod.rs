//! `cmsgpack` 0.4.0: MessagePack.

mod decode;
mod encode;
mod reserve;

use commands::Target;

use crate::lua::{Function, State, function};

/// Leaves the library's table on the stack. The fields are set in the servers' order, for `pairs` shows it.
pub(crate) fn register(state: State, target: Target) {
    let functions: &[(&str, Function)] = &[
        ("pack", function!(encode::pack)),
        ("unpack", function!(decode::unpack)),
        ("unpack_one", function!(decode::unpack_one)),
        ("unpack_limit", function!(decode::unpack_limit)),
    ];
    state.new_table(0, 0);
    for (name, function) in functions {
        state.push_function(*function, 0);
        state.raw_set_str(-2, name);
    }
    for (name, text) in [
        ("_NAME", "cmsgpack"),
        ("_VERSION", "lua-cmsgpack 0.4.0"),
        ("_COPYRIGHT", copyright(target)),
        ("_DESCRIPTION", "MessagePack C implementation for Lua"),
    ] {
        state.push_str(text);
        state.raw_set_str(-2, name);
    }
}

/// Value of `_COPYRIGHT`.
fn copyright(target: Target) -> &'static str {
    match target.valkey_since(8, 0) {
        true => "Copyright (C) 2012, Redis Ltd.",
        false => "Copyright (C) 2012, Salvatore Sanfilippo",
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use super::super::harness;
    use crate::lua::Hashing;

    #[test]
    fn as_the_servers() {
        harness::check(include_str!("cases.txt"));
    }

    #[test]
    fn memory_ends_what_grows() {
        let lua = harness::servers_lua(Hashing::Every, Target::redis(7, 2));
        let limits = meter::Limits { memory: Some(8 << 20), ..meter::Limits::default() };
        for code in [
            "local t = {1} for i = 1, 14 do local n = {} for j = 1, 10 do n[j] = t end t = n end return cmsgpack.pack(t)",
            "return cmsgpack.unpack('\\221\\0\\16\\0\\0' .. string.rep('\\144', 400000))",
        ] {
            let raised = meter::within(&limits, || harness::run(lua.state(), code));
            assert_eq!(raised, Ok("raised not enough memory".to_owned()), "{code}");
        }
    }
}
