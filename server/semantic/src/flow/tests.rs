//! Tests of the types that scripts return.

use commands::Target;

use crate::Script;

/// Describes the values of the script's last `return`.
fn returned(source: &str) -> String {
    returned_on(source, Target::DEFAULT)
}

fn returned_on(source: &str, target: Target) -> String {
    let mut script = Script::new(source.as_bytes().into(), None);
    script.bind_commands(&[target]);
    assert!(script.parse.errors.is_empty(), "{:?} in {source}", script.parse.errors);
    let flow = script.flow();
    assert!(!flow.gave_up(), "{source}");
    let tree = script.tree();
    let last = tree[tree.root()].stmts.last().copied().expect("a statement");
    let words: Vec<String> = flow.returned(last).iter().map(|&id| flow.describe(flow.get(id))).collect();
    words.join(", ")
}

#[test]
fn replies_by_their_options() {
    for (call, wanted) in [
        ("'GET', KEYS[1]", "string or false"),
        ("'SET', KEYS[1], 'v'", "{ok = 'OK'}"),
        ("'SET', KEYS[1], 'v', 'NX'", "{ok = 'OK'} or false"),
        ("'SET', KEYS[1], 'v', 'GET'", "string or false"),
        ("'SET', KEYS[1], 'v', ARGV[1]", "string or {ok = 'OK'} or false"),
        ("'INCR', KEYS[1]", "number"),
        ("'HGETALL', KEYS[1]", "flat list: string, string, …"),
        ("'HMGET', KEYS[1], 'a', 'b'", "list of 2 × (string or false)"),
        ("'HMGET', KEYS[1], unpack(ARGV)", "list of (string or false)"),
        ("'SPOP', KEYS[1]", "string or false"),
        ("'SPOP', KEYS[1], 3", "list of string"),
        ("'TYPE', KEYS[1]", "{ok = string}"),
        ("'TIME'", "list [string, string]"),
        ("'SCAN', 0", "list [string, list of string]"),
        ("'EXISTS', KEYS[1]", "number"),
        ("ARGV[1], KEYS[1]", ""),
    ] {
        assert_eq!(returned(&format!("return redis.call({call})")), wanted, "{call}");
    }
    assert_eq!(returned("redis.setresp(3) return redis.call('GET', KEYS[1])"), "string or nil");
    assert_eq!(returned("redis.setresp(3) return redis.call('HGETALL', KEYS[1])"), "{map = …} of string to string");
    assert_eq!(returned("redis.setresp(3) return redis.call('ZSCORE', KEYS[1], 'm')"), "{double = number} or nil");
    assert_eq!(returned("return redis.pcall('INCR', KEYS[1])"), "number or {err = string}");
}

#[test]
fn values_through_the_script() {
    for (source, wanted) in [
        ("local a = redis.call('GET', KEYS[1]) local b = a return b", "string or false"),
        ("return redis.call('GET', KEYS[1]) or 0", "string or 0"),
        ("return tonumber(redis.call('GET', KEYS[1]))", "number or nil"),
        ("return tonumber(redis.call('GET', KEYS[1]) or '0')", "number or nil"),
        ("return tonumber(redis.call('GET', KEYS[1])) or 0", "number"),
        ("return tonumber('nan')", "number or nil"),
        ("return tonumber('ten')", "nil"),
        ("return redis.call('LRANGE', KEYS[1], 0, 0)[1]", "string or nil"),
        ("return redis.call('LRANGE', KEYS[1], 0, 0)[KEYS[2]]", "nil"),
        ("return redis.call('LRANGE', KEYS[1], 0, 0)[0]", "nil"),
        ("local r = redis.call('LRANGE', KEYS[1], 0, 0) if #r == 0 then return 0 end return r[1]", "string"),
        (
            "if redis.call('LLEN', KEYS[1]) == 0 then return 0 end return redis.call('LRANGE', KEYS[1], 0, 0)[1]",
            "string",
        ),
        ("local r = redis.call('XREAD', 'STREAMS', KEYS[1], '0') return r and r[1][1]", "string or false"),
        ("local x = ARGV[1] or 'd' return x", "string"),
        ("local function get(k) return redis.call('GET', k) end return get(KEYS[1])", "string or false"),
        ("local function call(c, ...) return redis.call(c, ...) end return call('INCR', KEYS[1])", "number"),
        (
            "local function call(c, ...) local r = redis.call(c, ...) return r end return call('INCR', KEYS[1])",
            "number",
        ),
        ("local call = redis.call return call('EXISTS', 'k')", "number"),
        ("local t = {redis.call('GET', 'a'), 1} return t[1]", "string or false"),
        ("local t = {} t.x = redis.call('INCR', 'a') return t.x", "number"),
        ("local t = {} for i = 1, 3 do t[#t + 1] = i end return t", "list of number"),
        ("local n = 0 for i = 1, 3 do n = n + i end return n", "number"),
        ("local n local up = function() n = redis.call('GET', 'a') end up() return n", "string or false or nil"),
        ("for _, v in ipairs(redis.call('LRANGE', 'a', 0, -1)) do return v end", ""),
        ("local a, b = unpack(redis.call('TIME')) return b", "string"),
        ("return select(2, 'a', 1)", "1"),
        ("return ('x'):upper()", "string"),
        ("return type(redis.call('GET', 'a')) == 'string'", "boolean"),
        ("local ok, r = pcall(redis.call, 'INCR', 'a') if not ok then return 0 end return r", "number"),
        ("local ok, r = pcall(redis.call, 'INCR', 'a') if ok then return 0 end return r", "string"),
        ("local function f(n) if n == 0 then return 'x' end return f(n - 1) end return f(3)", "'x'"),
        ("return cjson.decode(ARGV[1]).x", ""),
        ("return 'a' .. 'b'", "'ab'"),
        ("return {1, 'a', x = 2}", "table"),
        ("return {redis.call('GET', 'a'), 1}", "list [string or false, 1]"),
    ] {
        assert_eq!(returned(source), wanted, "{source}");
    }
}

#[test]
fn captures_of_patterns() {
    for (source, wanted) in [
        ("return KEYS[1]:match('^%a+')", "string or nil"),
        ("return KEYS[1]:match('^(%a+):()')", "string or nil, number or nil"),
        ("return string.find(KEYS[1], '(%d+)')", "number or nil, number or nil, string or nil"),
        ("return string.find(KEYS[1], ARGV[1])", "number or nil, number or nil, string or nil or …"),
        ("local all for word in KEYS[1]:gmatch('%a+') do all = word end return all", "string or nil"),
        (
            "local k, v for a, b in string.gmatch(KEYS[1], '(%a+)=()') do k, v = a, b end return k, v",
            "string or nil, number or nil",
        ),
        ("local x for a, b in KEYS[1]:gmatch('%a+') do x = b end return x", "nil"),
    ] {
        assert_eq!(returned(source), wanted, "{source}");
    }
}

#[test]
fn conditions_narrow() {
    let value = "local v = redis.call('GET', KEYS[1]) ";
    for (rest, wanted) in [
        ("if not v then return 0 end return v", "string"),
        ("if v == false then return 0 end return v", "string"),
        ("if v then return 0 end return v", "false"),
        ("if v ~= false then return v end return v", "false"),
        ("if type(v) ~= 'string' then return 0 end return v", "string"),
        ("if not v or v == '' then return 0 end return v", "string"),
        ("if v and #v > 3 then v = 1 end return v", "string or 1 or false"),
        ("assert(v) return v", "string"),
        ("if not v then error('none') end return v", "string"),
        ("local function fail() error('x') end if not v then fail() end return v", "string"),
        ("while not v do v = redis.call('GET', KEYS[2]) end return v", "string"),
        ("repeat v = redis.call('GET', KEYS[2]) until v return v", "string"),
        ("for i = 1, 2 do if v then break end v = 'x' end return v", "string or false"),
        ("if v == 'a' then return v end return 0", "0"),
        ("v = v or 'x' return v", "string"),
        ("v = v and tonumber(v) or 0 return v", "number"),
        ("local t = { v } if t[1] then return t[1] end return 1", "1"),
        ("local t = redis.call('HMGET', KEYS[1], 'a') if not t[1] then return 1 end return t[1]", "string"),
        ("return v + 1, v", "number, string"),
        ("v = tonumber(ARGV[1]) if v ~= nil then return 0 end return v", "nil"),
    ] {
        assert_eq!(returned(&format!("{value}{rest}")), wanted, "{rest}");
    }
}

/// True if what the script's last `return` returns has a fraction, and whether it surely has an element.
fn details(source: &str) -> (super::Whole, bool) {
    let mut script = Script::new(source.as_bytes().into(), None);
    script.bind_commands(&[Target::DEFAULT]);
    let flow = script.flow();
    let tree = script.tree();
    let last = tree[tree.root()].stmts.last().copied().expect("a statement");
    let of = flow.get(flow.returned(last)[0]);
    (of.number.whole, of.nonempty)
}

#[test]
fn fractions() {
    use super::Whole;
    for (source, wanted) in [
        ("return tonumber(ARGV[1]) / 2", Whole::No),
        ("return math.floor(tonumber(ARGV[1]) / 2)", Whole::Yes),
        ("local x = ARGV[1] / 2 return x - x % 1", Whole::Yes),
        ("local a, b = tonumber(ARGV[1]), tonumber(ARGV[2]) return (a - a % b) / b", Whole::Yes),
        ("return (#ARGV - 1) / 2", Whole::Unknown),
        ("local m = math.huge if ARGV[1] then m = #ARGV end return m", Whole::Unknown),
    ] {
        assert_eq!(details(source).0, wanted, "{source}");
    }
}

#[test]
fn lists_that_hold_something() {
    for (source, wanted) in [
        ("return redis.call('SMEMBERS', KEYS[1])", false),
        ("if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end return redis.call('SMEMBERS', KEYS[1])", true),
        ("local m = redis.call('SMEMBERS', KEYS[1]) if #m == 0 then return 0 end return m", true),
        ("local m = redis.call('SMEMBERS', KEYS[1]) if not next(m) then return 0 end return m", true),
    ] {
        assert_eq!(details(source).1, wanted, "{source}");
    }
}

/// True if the value of the last `return` may be missing.
fn may_be_missing(source: &str) -> bool {
    let mut script = Script::new(source.as_bytes().into(), None);
    script.bind_commands(&[Target::DEFAULT]);
    let flow = script.flow();
    let last = script.tree()[script.tree().root()].stmts.last().copied().expect("a statement");
    flow.returned(last).iter().any(|&id| flow.get(id).may_be_missing().is_some())
}

#[test]
fn what_is_seen_is_there() {
    let values = "local v = redis.call('HMGET', KEYS[1], 'a', 'b') ";
    for (rest, wanted) in [
        ("return v[2]", true),
        ("if not v[1] then return 0 end return v[2]", false),
        ("if v[1] == false then return 0 end return v[2]", false),
        // Nothing is nil in RESP2, so that shows nothing.
        ("if v[1] == nil then return 0 end return v[2]", true),
    ] {
        assert_eq!(may_be_missing(&format!("{values}{rest}")), wanted, "{rest}");
    }
    let score = "local s = redis.call('ZSCORE', KEYS[1], ARGV[1]) local n = redis.call('ZREM', KEYS[1], ARGV[1]) ";
    for (rest, wanted) in [
        ("return s", true),
        ("if n == 0 then return 0 end return s", false),
        ("if tonumber(n) ~= 1 then return 0 end return s", false),
        // It is not there any more.
        ("if n == 0 then return 0 end return redis.call('ZSCORE', KEYS[1], ARGV[1])", true),
        ("if n == 0 then return 0 end return redis.call('ZSCORE', KEYS[1], ARGV[2])", true),
        ("if n == 1 then return 0 end return s", true),
    ] {
        assert_eq!(may_be_missing(&format!("{score}{rest}")), wanted, "{rest}");
    }
    // Null for `COUNT 0` alone.
    assert!(!may_be_missing("return redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])"));
}

#[test]
fn hostile_scripts_end() {
    for source in [
        format!("return {}1{}", "(".repeat(150), ")".repeat(150)),
        format!("return 1{}", "+1".repeat(5000)),
        format!("local x = 1 {} return x", "if x then x = x + 1 ".repeat(60) + &"end ".repeat(60)),
        format!("local x = 1 {} x = {{x}} {} return x", "while x do ".repeat(40), "end ".repeat(40)),
        (0..200).map(|n| format!("local function f{n}(a) return f{}(a, {n}) end ", (n + 7) % 200)).collect::<String>(),
        "local function f(a) return f({a}) end return f(1)".to_owned(),
    ] {
        let mut script = Script::new(source.as_bytes().into(), None);
        script.bind_commands(&[Target::DEFAULT]);
        script.flow();
    }
}

#[test]
fn what_is_put_into_replies_is_in_them() {
    let list = "local r = redis.call('LRANGE', KEYS[1], 0, -1)";
    let read = "local function read(t) return t.n end";
    for (source, wanted) in [
        (format!("{list} r.n = 1 {read} return read(r)"), "1 or nil"),
        (format!("{list} r.n = 1 return r"), "{n = 1, …}"),
        (format!("{list} r.n = 1 {read} for _, v in ipairs(r) do return v end return r[1]"), "string or nil"),
        (format!("{list} rawset(r, 'n', 'x') {read} return read(r)"), "'x' or nil"),
        (format!("{list} {read} r[ARGV[1]] = 2 return read(r)"), "2 or nil"),
        (format!("{list} table.insert(r, 1) local function f(t) return t[1] end return f(r)"), "string or 1"),
        (format!("{list} for i, v in ipairs(r) do r[i] = tonumber(v) end return r"), "list of (string or number)"),
        (
            "local r = redis.call('HMGET', KEYS[1], 'a', 'b') table.remove(r, 1) return r".to_owned(),
            "list of (string or false)",
        ),
        ("local r = redis.call('TIME') table.sort(r) return r".to_owned(), "list of string"),
        (
            "local r = redis.call('XRANGE', KEYS[1], '-', '+') local function f(e) e.x = 1 end f(r[1]) return r[1]"
                .to_owned(),
            "table or nil",
        ),
        (format!("local s = redis.call('SET', KEYS[1], 'v') s.n = 1 {read} return read(s)"), ""),
        (
            format!("redis.setresp(3) local s = redis.call('HGETALL', KEYS[1]) s.map.n = 1 {read} return read(s.map)"),
            "",
        ),
        (format!("local s = redis.status_reply('OK') s.n = 1 {read} return read(s)"), ""),
        (format!("ARGV.n = 1 {read} return read(ARGV)"), ""),
        (format!("{list} setmetatable(r, {{}}) {read} return read(r)"), ""),
        (
            "local r = redis.pcall('GET', KEYS[1]) if type(r) == 'table' then r.err = 'x' .. r.err end return r"
                .to_owned(),
            "string or {err = string} or false",
        ),
    ] {
        assert_eq!(returned(&source), wanted, "{source}");
    }
}

#[test]
fn elements_that_are_written_by_another_name_are_not_known() {
    for (source, wanted) in [
        ("local t = {} local a = t t.x = nil a.x = 1 return t.x", "1 or nil"),
        ("local function f(t) t.x = 5 end local t = {} t.x = nil f(t) return t.x", "5 or nil"),
        ("local t = {x = 1} t.x = nil local function set() t.x = 5 end set() return t.x", "number or nil"),
        ("local t = {} local function g() t.x = 5 end local function f() g() end t.x = nil f() return t.x", "5 or nil"),
        ("local t = {1, 'a'} t[1] = nil t[2] = 'b' table.remove(t, 1) return t[1]", "'b' or 1 or nil"),
        ("local t = {} local o = {t = t} t.x = nil o.t.x = 1 return t.x", "1 or nil"),
        ("local t = {} t.x = nil rawset(t, 'x', 1) return t.x", "1 or nil"),
        ("local t = {} t.x = nil foo(t) return t.x", ""),
        // Another table of another field leaves them as they are.
        ("local t, u = {}, {} t.x = nil u.x = 1 return t.x", "nil"),
        ("local t = {} local a = t t.x = nil a.y = 1 return t.x", "nil"),
        ("local function f() return 1 end local t = {x = 1} t.x = nil f() return t.x", "nil"),
    ] {
        assert_eq!(returned(source), wanted, "{source}");
    }
}
