use crate::test_support::*;

fn told(source: &str) -> String {
    let (project, offset) = cursor(source);
    super::hover(&project, 0, offset).map(|hover| hover.markdown).unwrap_or_default()
}

#[test]
fn members_that_scripts_lack() {
    let text = told("return KEYS[1] .. os.ti$0me()");
    assert!(text.contains("Scripts have no `os.time`. `redis.call('TIME')` replies"), "{text}");
    assert!(told("return KEYS[1] .. os.clo$0ck()").starts_with("```lua\nos.clock()"));
}

#[test]
fn commands_are_told_whole() {
    let text = told("return redis.call('s$0et', KEYS[1], 'v', 'NX')");
    assert!(text.starts_with("```\nSET key value ["), "{text}");
    assert!(text.contains("in Lua `{ok = 'OK'}` or `false`; clients get OK or nil"), "{text}");
    assert!(text.contains("**Since** Redis 1.0") && text.contains("writes"), "{text}");
    let old = told("return redis.call('GET$0SET', KEYS[1], 'v')");
    assert!(old.contains("**Deprecated** since Redis 6.2"), "{old}");
    let container = told("return redis.call('XINFO', 'STR$0EAM', KEYS[1])");
    assert!(container.contains("XINFO STREAM key"), "{container}");
}

#[test]
fn variables_of_loops_over_matches_are_told() {
    let source = "for name, at in KEYS[1]:gmatch('(%a+)()') do return name, at end";
    assert!(told(&source.replacen("name", "na$0me", 1)).contains("string"));
    assert!(told(&source.replacen("at in", "a$0t in", 1)).contains("number"));
}

#[test]
fn options_keys_and_values_are_told() {
    let text = told("redis.call('EXPIRE', KEYS[1], 1, 'g$0t')");
    assert!(text.contains("Sets the expiry only if it is later") && text.contains("since Redis 7.0"), "{text}");
    let text = told("redis.call('GEOSEARCH', KEYS[1], 'BYPOLY$0GON', 3, 1, 1, 2, 2, 3, 3)");
    assert!(text.contains("since Valkey 9.0, not in Redis"), "{text}");
    let text = told("redis.call('ZCOUNT', KEYS[1], '-i$0nf', 1)");
    assert!(text.contains("From the lowest score."), "{text}");
    assert!(told("redis.call('SET', KEYS[1], 'v', 'E$0X', 5)").contains("EX seconds"));
    assert!(told("redis.call('GET', '{us$0er}:1')").contains("Hash slot 5474, by its tag `user`"));
    assert_eq!(told("redis.call('SET', KEYS[1], 'v', 'EX', $05)"), "`seconds` of SET");
}

#[test]
fn commands_of_transcripts_and_examples_are_told() {
    assert!(told("--- transcript\n> S$0ET a 1\nOK").starts_with("```\nSET key value ["));
    assert!(told("--- transcript\n> SET a 1 E$0X 5").contains("EX seconds"));
    assert!(told("return KEYS[1]\n--> GET '{us$0er}:1'").contains("Hash slot 5474, by its tag `user`"));
    assert_eq!(told("--- transcript\n> SET a 1\nO$0K"), "");
}

#[test]
fn the_sandbox_is_told_with_an_example() {
    let text = told("return redis.sha$01hex('')");
    assert!(text.starts_with("```lua\nredis.sha1hex(text)\n```"), "{text}");
    assert!(text.contains("da39a3ee"), "{text}");
    assert!(told("local x = tonum$0ber(ARGV[1])").contains("tonumber(value [, base])"));
    assert!(told("local rcall = redis.call return rc$0all('PING')").contains("redis.call(command, ...)"));
}

#[test]
fn keys_are_told_by_their_name() {
    assert!(told("-- KEYS[1] the stock counter\nreturn redis.call('GET', KE$0YS[1])").contains("the stock counter"));
    assert!(told("local lock = KEYS[1]\nreturn redis.call('GET', lo$0ck)").contains("KEYS[1]"));
}

/// The code and the words of a hover, each on a line.
fn lines(source: &str) -> String {
    told(source).lines().filter(|line| !line.starts_with("```") && !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn locals_are_told_with_where_they_come_from() {
    for (source, wanted) in [
        (
            "local v$0 = redis.call('GET', KEYS[1])\nreturn v",
            "local v: string or false\nreply of `GET`, line 1; `false` if missing",
        ),
        (
            "local v = redis.call('GET', KEYS[1])\nif not v then return 0 end\nreturn v$0",
            "local v: string\nreply of `GET`, line 1",
        ),
        (
            "local n = tonumber(redis.call('GET', KEYS[1]))\nreturn n$0",
            "local n: number or nil\nfrom the reply of `GET`, line 1; `nil` if missing or no number",
        ),
        (
            "-- ARGV[1] how many\nlocal n$0 = tonumber(ARGV[1])\nreturn n",
            "local n: number or nil\nARGV[1]: how many; `nil` if not given or no number",
        ),
        (
            "local r = redis.call('HMGET', KEYS[1], 'a', 'b')\nlocal a$0, b = r[1], r[2]\nreturn a",
            "local a: string or false\nfrom the reply of `HMGET`, line 1; `false` if missing",
        ),
        (
            "local ok, e = pcall(redis.call, 'INCR', KEYS[1])\nif not ok then return e$0 end\nreturn 1",
            "local e: string\nwhat `pcall` caught, line 1",
        ),
        (
            "local ok, e$0 = pcall(redis.call, 'INCR', KEYS[1])\nif not ok then return e end\nreturn 1",
            "local e: string or number\nreply of `INCR`, line 1, or what `pcall` caught",
        ),
        ("local t = cjson.decode(ARGV[1])\nreturn t$0.a", "local t: decoded JSON or …\ndecoded JSON"),
        ("local k$0 = 'a' .. 'b'\nreturn redis.call('GET', k)", "local k: 'ab' = 'a' .. 'b'"),
        ("local k$0 = 'ab'\nreturn redis.call('GET', k)", "local k: 'ab'"),
        ("local k = KEYS[1] .. ':x'\nreturn redis.call('GET', k$0)", "local k: string\nKEYS[1] .. ':x'"),
        ("local n$0 = 0\nn = n + redis.call('DBSIZE')\nreturn n", "local n: 0\nAssigned again in line 2"),
        (
            "for i$0, v in ipairs(redis.call('LRANGE', KEYS[1], 0, 9)) do redis.call('ECHO', v) end",
            "(loop variable) i: number",
        ),
        (
            "for i, v$0 in ipairs(redis.call('LRANGE', KEYS[1], 0, 9)) do redis.call('ECHO', v) end",
            "(loop variable) v: string\nfrom the reply of `LRANGE`, line 1",
        ),
        (
            "local function f(k, n$0) return redis.call('INCRBY', k, n) end\nreturn f(KEYS[1], 2)",
            "(parameter) n: number",
        ),
        (
            "local now = redis.call('TIME')[1]\nlocal function f() return now$0 end\nreturn f()",
            "(upvalue) now: string\nfrom the reply of `TIME`, line 1",
        ),
        ("local v = redis.call('INCR', KEYS[1])\nif not v then return v$0 end\nreturn 1", "local v -- never reached"),
    ] {
        assert_eq!(lines(source), wanted, "{source}");
    }
}

#[test]
fn functions_are_told_with_their_types() {
    assert_eq!(
        lines(
            "-- Takes one.\nlocal function take(key, n) return redis.call('DECRBY', key, n) end\nreturn ta$0ke(KEYS[1], 1)"
        ),
        "local function take(key: string or nil, n: number): number\nTakes one."
    );
    assert_eq!(
        lines("local function f$0ail(m) error(m) end\nfail(ARGV[1])"),
        "local function fail(m: string or nil) -- never returns"
    );
    assert_eq!(
        lines("local f = function(k) return redis.call('GET', k), 1 end\nlocal a, b = f$0(KEYS[1])\nreturn a"),
        "local function f(k: string or nil): string or false, 1"
    );
}

#[test]
fn annotations_are_shown_formatted() {
    let source = "---Adds.\n---@param job Job the job\n---@param n integer? count\n---@return boolean ok\nlocal function ad$0d(job, n) return other(job, n) end\nreturn add, KEYS[1]";
    assert_eq!(
        lines(source),
        "local function add(job: Job, n: integer?): boolean\nAdds.\n- `job: Job`: the job\n- `n: integer?`: count\nReturns `ok: boolean`"
    );
    assert_eq!(
        lines("---@param job Job the job\nlocal function add(jo$0b) end\nreturn add, KEYS[1]"),
        "(parameter) job: Job"
    );
    assert_eq!(
        lines("---@type Job[] all of them\nlocal jobs$0 = other()\nreturn jobs, KEYS[1]"),
        "local jobs: Job[] = other()\nall of them"
    );
    // What the flow of values knows is believed first.
    assert_eq!(
        lines("---@type string\nlocal n$0 = redis.call('INCR', KEYS[1])\nreturn n"),
        "local n: number\nreply of `INCR`, line 2"
    );
}

#[test]
fn long_signatures_have_a_line_for_each_parameter() {
    let names =
        "jobKey, jobId, opts, waitKey, pausedKey, activeKey, metaKey, prioritizedKey, priorityCounter, delayedKey";
    let text = told(&format!("local function ad$0d({names}) return redis.call('GET', jobKey) end\nreturn add(1)"));
    assert!(text.contains("local function add(\n  jobKey: number,\n  jobId: nil,"), "{text}");
    assert!(text.contains("\n): string or false\n"), "{text}");
}

#[test]
fn what_an_included_function_returns_is_told() {
    let part = "--- file: part.lua\nlocal function pick(a) if a then return 'x', 1 end return 'y', 2 end";
    let wanted =
        [("first$0, second", "local first: string = pick(KEYS[1])"), ("first, second$0", "local second: number")];
    for (names, wanted) in wanted {
        let source = format!("-- @include part.lua\nlocal {names} = pick(KEYS[1])\nreturn first\n{part}");
        assert_eq!(lines(&source), wanted);
    }
}

#[test]
fn fields_and_elements_are_told() {
    assert_eq!(
        lines("local t = {n = redis.call('INCR', KEYS[1])}\nt.v = 'x'\nreturn {t.n$0, t.v}"),
        "(field) t.n: number\nfrom the reply of `INCR`, line 1"
    );
    assert_eq!(
        lines("local r = redis.call('HMGET', KEYS[1], 'a', 'b')\nreturn redis.call('ECHO', r[$01])"),
        "(element) r[1]: string or false\nfrom the reply of `HMGET`, line 1; `false` if missing"
    );
    assert_eq!(
        lines("local r = redis.pcall('INCR', KEYS[1])\nif type(r) == 'table' and r.e$0rr then return 0 end\nreturn r"),
        "(field) r.err: string"
    );
}

#[test]
fn returns_are_told_as_the_client_gets_them() {
    let text = told("ret$0urn redis.call('GET', KEYS[1])");
    assert_eq!(
        text,
        "```\n\"…\" | (nil)\n```\nWhat the client receives.\n\
             - redis-py: `bytes | None` (`str` with `decode_responses`)\n\
             - ioredis, node-redis: `string | null`\n\
             - go-redis: `string | error redis.Nil`\n\
             - Jedis: `String | null`\n\
             - StackExchange.Redis: `(string) | IsNull`\n\
             - Lettuce: `ScriptOutputType.VALUE`\n"
    );
    let text = told("ret$0urn {redis.call('EXISTS', KEYS[1]) == 1, 2.5, false}");
    assert!(text.contains("2.5 arrives as 2."), "{text}");
    assert!(text.contains("- redis-py: `list[int | None]`"), "{text}");
    assert!(text.contains("- ioredis, node-redis: `(number | null)[]`"), "{text}");
    let text = told("redis.setresp(3)\nretur$0n redis.call('HGETALL', KEYS[1])");
    assert!(text.contains("RESP2  flat array of \"…\", \"…\"\nRESP3  map of \"…\" => \"…\""), "{text}");
    assert!(text.contains("- go-redis with RESP3: `map[interface{}]interface{}`"), "{text}");
    assert!(text.contains("- Jedis with RESP2: `List of String`"), "{text}");
    let text = told("redis.call('PING')\nretu$0rn {err = 'MY no'}");
    assert!(text.contains("(error) MY no") && text.contains("- redis-py: raises `ResponseError`\n"), "{text}");
    let text = told("redis.call('PING')\nretu$0rn {{1, 'a'}, redis.error_reply('MY no')}");
    assert!(text.contains("- redis-py: `list[list[int | bytes] | ResponseError]`"), "{text}");
    assert!(text.contains("- go-redis: `[]interface{} of ([]interface{} of int64 | string) | error`"), "{text}");
    assert!(!text.contains("Lettuce") && !text.contains("StackExchange"), "{text}");
    assert!(told("redis.call('PING')\nreturn {}$0").contains("- redis-py: `list`\n"));
    assert!(told("redis.call('PING')\nreturn {}$0").contains("- go-redis: `[]interface{}`\n"));
    assert!(told("redis.call('PING')\nreturn $01").contains("(integer) 1"));
    assert_eq!(told("retu$0rn cjson.decode(ARGV[1])"), "");
    assert_eq!(
        lines("local function f(k) retu$0rn redis.call('GET', k), 1 end\nreturn (f(KEYS[1]))"),
        "return string or false, 1\nWhat the caller in the script gets"
    );
    let callback = "#!lua name=l\nredis.register_function('f', function(keys) retu$0rn #keys end)";
    assert!(told(callback).contains("(integer)"));
}

#[test]
fn what_the_client_receives_is_told_on_return() {
    let text = told("ret$0urn {redis.call('GET', KEYS[1]), 1.5, true}");
    assert!(text.contains("1) (\"…\" | (nil)) 2) (integer) 1 3) (integer) 1\n```"), "{text}");
    assert!(text.contains("1.5 arrives as 1. `true` arrives as 1."), "{text}");
    assert!(text.contains("- redis-py: `list[bytes | None | int]`") && text.contains("- go-redis:"), "{text}");
    let text = told("retu$0rn redis.pcall('SET', KEYS[1], 1, 'NX')");
    assert!(text.contains("OK | (error) | (nil)") && text.contains("or raises `ResponseError`"), "{text}");
    // A function of the script's own returns to the script.
    let text = told("local function f(k) re$0turn redis.call('GET', k) end return f(KEYS[1])");
    assert!(text.contains("return string or false") && text.contains("the caller in the script"), "{text}");
}

#[test]
fn plain_lua_is_left_alone() {
    assert_eq!(told("local x$0 = 1 print(x)"), "");
}
