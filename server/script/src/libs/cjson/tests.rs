//! Answers of the servers, and functions that only newer ones have.

use commands::Target;

use super::super::harness;
use crate::lua::Hashing;

#[test]
fn as_the_servers() {
    harness::check(include_str!("cases.txt"));
}

#[test]
fn marked_arrays_since_redis_8_4() {
    let lua = harness::servers_lua(Hashing::Every, Target::redis(8, 4));
    let run = |code| harness::run(lua.state(), &harness::script(code));
    assert_eq!(run("cjson.encode(cjson.decode('[]'))"), r#""{}""#);
    assert_eq!(run("cjson.decode_array_with_array_mt(true)"), "true");
    assert_eq!(run("cjson.encode(cjson.decode('[[],{},[1]]'))"), r#""[[],{},[1]]""#);
    assert_eq!(
        run("getmetatable(cjson.decode('[]')).x = 1 return 1"),
        r#"error "user_script:1: Attempt to modify a readonly table""#
    );
    assert_eq!(run("cjson.new().decode_array_with_array_mt()"), "false");
}

#[test]
fn memory_ends_what_grows() {
    let lua = harness::servers_lua(Hashing::Every, Target::redis(7, 2));
    let limits = meter::Limits { memory: Some(8 << 20), ..meter::Limits::default() };
    let run = |code| meter::within(&limits, || harness::run(lua.state(), code));
    for code in [
        "local t = {'x'} for i = 1, 30 do t = {t, t} end return cjson.encode(t)",
        "cjson.encode_sparse_array(false, 0) return cjson.encode({[2147483647] = 1})",
        "return cjson.decode('[' .. string.rep('{},', 200000) .. '1]')",
    ] {
        assert_eq!(run(code), Ok("raised not enough memory".to_owned()), "{code}");
    }
}
