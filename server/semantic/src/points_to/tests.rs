use super::*;
use crate::Script;

/// The lines of all uses of the field whose name stands at the last `$0`.
fn lines(source: &str) -> Vec<usize> {
    let at = source.rfind("$0").unwrap_or_else(|| panic!("no $0 in {source}"));
    let text = source.replacen("$0", "", 1);
    let script = Script::new(text.as_bytes().into(), None);
    let types = |_: usize, name: &str| script.annotations().declarations(0, &script.source, name);
    let names = Names { local_of: &|_, _| None, types: &types };
    let found = PointsTo::new(&[Input { file: 0, script: &script }], names);
    let Some(id) = found.use_at(0, at as u32) else { return Vec::new() };
    let line = |id: UseId| text[..found.field_use(id).range.start as usize].matches('\n').count() + 1;
    found.references(id).into_iter().map(line).collect()
}

#[test]
fn tables_pass_through_calls() {
    assert_eq!(lines("local t = { a = 1 }\nlocal function id(x) return x end\nreturn id(t).a$0"), [1, 3]);
    assert_eq!(lines("local function two() return 1, { a = 1 } end\nlocal _, t = two()\nreturn t.a$0"), [1, 3]);
    assert_eq!(lines("local function all(...) return { ... } end\nreturn all({ a = 1 })[1].a$0"), [2, 2]);
    assert_eq!(lines("local function mk() return { a = 1 } end\nlocal ok, t = pcall(mk)\nreturn t.a$0"), [1, 3]);
    assert_eq!(
        lines("local function mk() return { a = 1 } end\nlocal function go() return mk() end\nreturn go().a$0"),
        [1, 3]
    );
    assert_eq!(lines("local t = assert({ a = 1 }, 'no')\nreturn t.a$0"), [1, 2]);
}

#[test]
fn tables_pass_through_tables() {
    assert_eq!(lines("local l = {}\ntable.insert(l, { a = 1 })\nreturn table.remove(l).a$0"), [2, 3]);
    assert_eq!(
        lines("local l = { { a = 1 } }\ntable.sort(l, function(x, y)\n return x.a$0 < y.a end)\nreturn l[1].a"),
        [1, 3, 3, 4]
    );
    assert_eq!(lines("local l = { k = { a = 1 } }\nfor _, it in pairs(l) do\n it.a$0 = 2 end"), [1, 3]);
    assert_eq!(lines("local l = {}\nl[KEYS[1]] = { a = 1 }\nreturn l[ARGV[1]].a$0"), [2, 3]);
    assert_eq!(lines("local l = { { a = 1 }, { a = 2 } }\nlocal x, y = unpack(l)\nreturn y.a$0"), [1, 1, 3]);
}

#[test]
fn either_of_two_tables_is_both() {
    assert_eq!(lines("local t = KEYS[1] and { a = 1 } or { a = 2 }\nreturn t.a$0"), [1, 1, 2]);
    assert_eq!(lines("local function f(o)\n o = o or { a = 1 }\n return o.a$0 end\nf({ a = 2 })"), [2, 3, 4]);
}

#[test]
fn a_metatable_gives_what_a_table_lacks() {
    let class = "local C = {}\nC.__index = C\nfunction C:get() return self.a end\nlocal function new() return setmetatable({ a = 1 }, C) end\n";
    assert_eq!(lines(&format!("{class}return new():get$0()")), [3, 5]);
    assert_eq!(lines(&format!("{class}return new().a$0")), [3, 4, 5]);
    let child = format!("{class}local D = setmetatable({{}}, {{ __index = C }})\nreturn D:get$0()");
    assert_eq!(lines(&child), [3, 6]);
}

#[test]
fn a_function_gives_what_a_table_lacks_too() {
    assert_eq!(
        lines(
            "local d = { a = 1 }\nlocal t = setmetatable({}, { __index = function(o, k)\n o.b = 2 return d end })\nreturn t.x.a$0"
        ),
        [1, 4]
    );
    assert_eq!(lines("local t = setmetatable({}, { __index = function(o, k)\n o.b = 2 end })\nreturn t.b$0"), [2, 3]);
    assert_eq!(lines("local t = {}\nrawset(t, 'k', { a = 1 })\nreturn rawget(t, 'k').a$0 + t.k.a"), [2, 3, 3]);
}

#[test]
fn tables_from_outside_are_one_by_their_origin() {
    assert_eq!(lines("local t = cjson.decode(ARGV[1])\nlocal u = t\nu.a = 1\nreturn t.a$0"), [3, 4]);
    assert_eq!(lines("local t = cjson.decode(ARGV[1])\nlocal x = t.b.c\nreturn t.b.c$0"), [2, 3]);
    assert_eq!(lines("local x = cjson.decode(ARGV[1]).a\nreturn cjson.decode(ARGV[2]).a$0"), [2]);
    assert_eq!(lines("local function f(o) o.a = 1\n return o.a$0 end"), [1, 2]);
}

#[test]
fn strange_code_has_an_end() {
    assert_eq!(lines("local t = {}\nt.t = t\nreturn t.t.t.t$0"), [2, 3, 3, 3]);
    assert_eq!(lines("local a = setmetatable({}, a)\nlocal b = setmetatable(b, b)\nreturn b.x$0"), [3]);
    assert_eq!(lines("local function f(x) return f(x).a$0 end"), [1]);
    let deep = format!("local t = {{}}\nreturn t{}.a$0", ".a".repeat(2_000));
    assert_eq!(lines(&deep).len(), 1);
    let wide = format!("local t = {{}}\n{}", "t[KEYS[1]].a.b[1].c[ARGV[1]].d = t.x.y[2].z\n".repeat(300));
    assert_eq!(lines(&format!("{wide}return t.x$0")).len(), 301);
}

#[test]
fn annotations_make_tables_of_a_class_one() {
    let class = "---@class Job\n---@field id string\n\n";
    let with = |rest: &str| lines(&format!("{class}{rest}"));
    assert_eq!(with("---@type Job\nlocal job = f()\nreturn job.id$0"), [2, 6]);
    assert_eq!(
        with("---@param jobs Job[]\nlocal function g(jobs)\n for _, it in ipairs(jobs) do\n return it.id$0 end end"),
        [2, 7]
    );
    assert_eq!(with("---@type table<string, Job>\nlocal jobs = f()\nreturn jobs[KEYS[1]].id$0"), [2, 6]);
    assert_eq!(with("---@return Job\nlocal function g() return f() end\nreturn g().id$0"), [2, 6]);
    assert_eq!(with("local job = f() --[[@as Job]]\nreturn job.id$0"), [2, 5]);
    assert_eq!(with("---@alias Other Job|nil\n---@type Other\nlocal job = f()\nreturn job.id$0"), [2, 7]);
    assert_eq!(
        with("---@class Late: Job\n---@field at number\n\n---@type Late\nlocal job = f()\nreturn job.id$0"),
        [2, 9]
    );
    assert_eq!(
        with("---@type { job: Job, get: fun(): Job }\nlocal t = f()\nreturn t.job.id + t.get().id$0"),
        [2, 6, 6]
    );
    assert_eq!(
        with(
            "---@class Queue\n---@field jobs Job[]\nlocal Queue = {}\nfunction Queue:first() return self.jobs[1].id$0 end"
        ),
        [2, 7]
    );
    assert_eq!(with("local a = { id = 1 }\n---@type Job\nlocal job = f()\nreturn job.id$0"), [2, 7]);
    // A table that is of the class is one with what the annotation declares.
    assert_eq!(with("---@type Job\nlocal job = { id = 1 }\nreturn job.id$0"), [2, 5, 6]);
    let methods = "---@class Queue\nlocal Queue = {}\nfunction Queue:len() return 1 end\n---@type Queue\nlocal q = f()\nreturn q:len$0()";
    assert_eq!(lines(methods), [3, 6]);
}
