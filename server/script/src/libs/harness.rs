//! Runs chunks with one of the libraries, for tests.

use crate::lua::{Hashing, Lua, State};

/// Makes texts of values, so that they can be compared: what a string cannot show is escaped, numbers have all digits, tables
/// the order of `next`.
const SHOW: &str = r#"
local function show(v, depth)
  local kind = type(v)
  if kind == 'string' then
    return '"' .. string.gsub(v, '[%c"\\\127-\255]', function(c) return string.format('\\%03d', string.byte(c)) end) .. '"'
  elseif kind == 'number' then return string.format('%.17g', v)
  elseif kind == 'boolean' or kind == 'nil' then return tostring(v)
  elseif kind == 'table' then
    if depth > 60 then return '{...}' end
    local parts = {}
    for k, x in next, v do parts[#parts + 1] = '[' .. show(k, depth + 1) .. ']=' .. show(x, depth + 1) end
    return '{' .. table.concat(parts, ',') .. '}'
  elseif v == cjson.null then return 'null'
  end
  return kind
end
local parts = {}
for i = 2, count do parts[#parts + 1] = show(results[i], 0) end
return (results[1] and '' or 'error ') .. table.concat(parts, ' ')
"#;

/// The script that evaluates an expression on a line of its own and shows what comes of it.
pub(crate) fn script(expression: &str) -> String {
    let body = if expression.contains("return ") { expression.to_owned() } else { format!("return {expression}") };
    let first = format!(
        "local function count_of(...) return select('#', ...), {{...}} end local count, results = count_of(pcall(function() {body} end))"
    );
    format!("{first}\n{SHOW}")
}

/// A VM with Lua's libraries that scripts have, and ours.
pub(crate) fn lua(hashing: Hashing) -> Lua {
    let lua = Lua::new(hashing, false, crate::watch::WATCH);
    let state = lua.state();
    state.open(mlua_sys::luaopen_base, c"");
    state.open(mlua_sys::luaopen_string, c"string");
    state.open(mlua_sys::luaopen_table, c"table");
    state.open(mlua_sys::luaopen_math, c"math");
    state.set_top(0);
    lua
}

/// Makes the table on the top a global.
pub(crate) fn global(state: State, name: &str) {
    state.raw_set_str(crate::lua::GLOBALS, name);
}

/// Runs a script. Returns its result as text, or its error.
pub(crate) fn run(state: State, code: &str) -> String {
    state.set_top(0);
    if !state.load(code.as_bytes(), c"@user_script") || !state.call(0, 1, 0) {
        return format!("raised {}", String::from_utf8_lossy(state.text(-1).unwrap_or_default()));
    }
    String::from_utf8_lossy(state.text(-1).unwrap_or_default()).into_owned()
}

/// The servers' libraries.
pub(crate) fn servers_lua(hashing: Hashing, target: commands::Target) -> Lua {
    let lua = lua(hashing);
    super::cjson::register(lua.state(), target);
    global(lua.state(), "cjson");
    super::bit::register(lua.state());
    global(lua.state(), "bit");
    super::structs::register(lua.state());
    global(lua.state(), "struct");
    super::cmsgpack::register(lua.state(), target);
    global(lua.state(), "cmsgpack");
    lua
}

/// Compares each line `expression ⇒ result` with what a new VM makes of it.
pub(crate) fn check(cases: &str) {
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let Some((expression, expected)) = line.split_once(" ⇒ ") else { continue };
        let lua = servers_lua(Hashing::Every, commands::Target::redis(7, 2));
        let found = run(lua.state(), &script(expression));
        if found != expected {
            wrong.push(format!("{expression}\n  server: {expected}\n  ours:   {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// Writes what we make of each line of the file that the environment names, for comparison with a server.
#[test]
fn answers() {
    let Ok(path) = std::env::var("REDLUA_EXPRESSIONS") else { return };
    let hashing = match std::env::var("REDLUA_HASHING").as_deref() {
        Ok("0") => Hashing::Sampled,
        Ok("2") => Hashing::Murmur,
        _ => Hashing::Every,
    };
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut out = String::new();
    for line in text.lines() {
        let lua = servers_lua(hashing, commands::Target::redis(7, 2));
        out.push_str(&run(lua.state(), &script(line)).replace('\n', "\\n"));
        out.push('\n');
    }
    std::fs::write(format!("{path}.ours"), out).unwrap_or_default();
}

/// Prints the script for an expression of the environment, which the comparison sends to a server.
#[test]
fn template() {
    let Ok(path) = std::env::var("REDLUA_TEMPLATE") else { return };
    std::fs::write(path, script("EXPRESSION")).unwrap_or_default();
}
