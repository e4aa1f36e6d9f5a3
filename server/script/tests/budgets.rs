//! Hostile scripts: each ends with a clear error that names its line, and leaves nothing behind.

use std::time::{Duration, Instant};

use commands::Target;
use protocol::Reply;
use script::{Budget, Cancel, Invocation, NoObserver, Outcome, Server};

const BUDGET: Budget = Budget { time: Duration::from_millis(200), instructions: u64::MAX, memory: 32 * 1024 * 1024 };

/// On a thread with the stack that runs have.
fn run(code: &str, budget: Budget) -> (Outcome, Outcome) {
    let code = code.to_owned();
    let thread = std::thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(move || {
        let mut server = Server::new(Target::redis(7, 2));
        server.run(&Invocation::script("redis.call('set', 'a', 'before')", vec![], vec![]), &mut NoObserver);
        let mut invocation = Invocation::script(code, vec![], vec![]);
        invocation.budget = budget;
        let began = Instant::now();
        let outcome = server.run(&invocation, &mut NoObserver);
        assert!(began.elapsed() < Duration::from_secs(40), "it took {:?}", began.elapsed());
        // Others go on unharmed, and see what was there before.
        let after = Invocation::script("return redis.call('get', 'a')", vec![], vec![]);
        (outcome, server.run(&after, &mut NoObserver))
    });
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcomes)) => outcomes,
        _ => panic!("the run took the thread with it"),
    }
}

fn stops(code: &str, line: u32, word: &str) {
    stops_at(code, line, word, BUDGET);
}

/// As [`stops`], with time enough on a busy machine.
fn runs_out(code: &str, line: u32, word: &str) {
    stops_at(code, line, word, Budget { time: Duration::from_secs(20), ..BUDGET });
}

fn stops_at(code: &str, line: u32, word: &str, budget: Budget) {
    let (outcome, after) = run(code, budget);
    let failure = outcome.failure.unwrap_or_else(|| panic!("{code} replied {:?}", outcome.reply));
    assert!(failure.stopped, "{code}: {}", failure.message);
    assert!(failure.message.contains(word), "{code}: {}", failure.message);
    if line > 0 {
        assert_eq!(failure.line, Some(line), "{code}: {}", failure.message);
    }
    assert!(outcome.changes.is_empty());
    assert_eq!(after.reply, Reply::bulk("before"), "{code}");
}

#[test]
fn endless_loops() {
    stops("\nwhile true do end", 2, "longer than its budget");
    stops("redis.call('set', 'a', 'x')\nrepeat local x = 1 until false", 2, "UNKILLABLE");
    stops("local function f() return f() end\nreturn f()", 1, "longer");
    stops("while true do redis.call('set', 'a', 'x') end", 1, "longer");
}

#[test]
fn loops_that_catch_the_end() {
    stops("while true do pcall(error) end", 1, "longer");
    stops("while true do pcall(function() while true do end end) end", 1, "longer");
    stops("while true do xpcall(function() while true do end end, function() while true do end end) end", 1, "longer");
    stops("while true do coroutine.resume(coroutine.create(function() while true do end end)) end", 1, "longer");
    stops("local function f() while true do pcall(f) end end f()", 1, "");
    stops(
        "local t = setmetatable({}, {__index = function(t, k) while true do pcall(error) end end}) return t.x",
        1,
        "longer",
    );
}

#[test]
fn memory_bombs() {
    runs_out("local s = 'x' while true do s = s .. s end", 1, "memory");
    runs_out("local t = {} for i = 1, 1e9 do t[i] = {i} end", 1, "memory");
    runs_out("return string.rep('x', 2000000000)", 1, "");
    runs_out("while true do pcall(string.rep, 'x', 2000000000) end", 1, "");
    runs_out("local s = string.rep('x', 1000000) for i = 1, 1e9 do redis.call('append', 'k', s) end", 1, "memory");
    runs_out("for i = 1, 1e9 do redis.call('setrange', 'k' .. i, '100000000', 'x') end", 1, "memory");
    runs_out("local s = string.rep('x', 30000) return string.gsub(s, 'x', s)", 1, "");
}

#[test]
fn patterns_that_explode() {
    stops("\nreturn string.find(string.rep('a', 40), string.rep('a?', 40) .. string.rep('a', 40) .. 'b')", 2, "longer");
    stops("return string.find(string.rep('a', 100000), '.-.-.-.-b')", 1, "longer");
    stops("return string.gsub(string.rep('a', 100000), 'a*a*a*a*b', '')", 1, "longer");
    stops("table.insert({}, -2000000000, 1)", 1, "");
}

#[test]
fn deep_recursion_is_an_error_of_lua() {
    for code in [
        "local function f() return f() + 1 end return f()",
        "local function f() return pcall(f) end f() error('stack overflow')",
        "local t = {} for i = 1, 300 do t = {t} end error('stack overflow ' .. #t)",
        "local s = string.rep('(', 250) .. '1' .. string.rep(')', 250) error(select(2, loadstring('return ' .. s)) .. ' overflow')",
        "return string.find(string.rep('a', 300000), string.rep('a?', 300000)) and error('pattern too complex overflow')",
        "local function f(s) return (string.gsub(s, '.', f)) end f('x') error('overflow')",
        "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x or error('overflow')",
    ] {
        let (outcome, after) = run(code, Budget { time: Duration::from_secs(5), ..BUDGET });
        let Reply::Error(text) = &outcome.reply else { panic!("{code} replied {:?}", outcome.reply) };
        let text = String::from_utf8_lossy(text);
        assert!(
            ["overflow", "too complex", "loop in gettable"].iter().any(|word| text.contains(word)),
            "{code}: {text}"
        );
        assert_eq!(after.reply, Reply::bulk("before"));
    }
}

#[test]
fn replies_that_never_end() {
    let (outcome, _) = run("local t = {} t[1] = t return t", BUDGET);
    assert!(
        format!("{:?}", outcome.reply).contains("reached lua stack limit")
            || outcome.reply.is_error()
            || matches!(outcome.reply, Reply::Array(_))
    );
}

#[test]
fn instructions_are_counted() {
    let budget = Budget { instructions: 100_000, ..BUDGET };
    let (outcome, _) = run("for i = 1, 1e9 do end", budget);
    assert!(outcome.failure.is_some_and(|failure| failure.message.contains("100000 instructions")));
    let (outcome, _) = run("local x = 0 for i = 1, 100 do x = x + i end return x", budget);
    assert_eq!(outcome.reply, Reply::Int(5050));
    assert!((200..1000).contains(&outcome.cost.instructions), "{}", outcome.cost.instructions);
}

#[test]
fn a_run_can_be_cancelled() {
    let cancel = Cancel::default();
    let mut invocation = Invocation::script("while true do end", vec![], vec![]);
    invocation.cancel = cancel.clone();
    invocation.budget.time = Duration::from_secs(30);
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        cancel.cancel();
    });
    let began = Instant::now();
    let outcome = Server::new(Target::valkey(9, 1)).run(&invocation, &mut NoObserver);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(outcome.failure.is_some_and(|failure| failure.stopped && failure.message.contains("cancelled")));
    canceller.join().ok();
}

#[test]
fn a_library_that_does_not_end_while_it_loads() {
    let mut server = Server::new(Target::redis(7, 0));
    let load = |code: &str| [b"FUNCTION".to_vec(), b"LOAD".to_vec(), code.as_bytes().to_vec()];
    let reply = server.call(&load("#!lua name=a\nwhile true do end"), &mut 0, false);
    assert_eq!(reply, Reply::error("ERR Error registering functions: ERR FUNCTION LOAD timeout"));
    let reply =
        server.call(&load("#!lua name=a\nredis.register_function('f', function() return 1 end)"), &mut 0, false);
    assert_eq!(reply, Reply::bulk("a"));
}

const MIB: usize = 1024 * 1024;

/// Runs a script on this thread within 32 MiB; how it ended and the most that the thread held for it, in bytes.
fn peak_of(code: &str) -> (Outcome, isize) {
    let mut server = Server::new(Target::redis(7, 2));
    let mut invocation = Invocation::script(code, vec![], vec![]);
    invocation.budget = Budget { time: Duration::from_secs(60), instructions: u64::MAX, memory: 32 * MIB };
    let before = meter::held();
    let outcome = server.run(&invocation, &mut NoObserver);
    (outcome, meter::peak() - before)
}

#[test]
fn memory_of_any_kind_is_bounded() {
    for code in [
        // Replies: what a table shares is there as often as it is named.
        "local t = 'x' for i = 1, 40 do t = {t, t} end return t",
        "redis.setresp(3) local t = 'x' for i = 1, 40 do t = {map = {a = t, b = t}} end return t",
        "local s = string.rep('x', 1e6) local t = {} for i = 1, 1000 do t[i] = s end return t",
        // Libraries.
        "local s = string.rep('x', 1e6) local t = {} for i = 1, 1000 do t[i] = s end return cjson.encode(t)",
        "local s = string.rep('\\n', 1e7) return cjson.encode({s, s, s, s})",
        "local s = string.rep('x', 1e6) local t = {} for i = 1, 1000 do t[i] = s end return cmsgpack.pack(t, t)",
        "return cjson.decode('[' .. string.rep('[],', 1e6) .. '1]')",
        "local t = {} for i = 1, 1e3 do t[i] = string.rep('x', 1e5) end return table.concat(t)",
        "return (string.gsub(string.rep('x', 3e4), 'x', string.rep('x', 3e4)))",
        "return loadstring('return {' .. string.rep('{},', 3e6) .. '}')",
        // Replies of commands.
        "redis.call('ZADD', 'z', 1, 'a') return redis.call('ZRANDMEMBER', 'z', -2147483648)",
        "redis.call('SADD', 'z', 'a') return redis.call('SRANDMEMBER', 'z', -2147483648)",
        "redis.call('HSET', 'z', 1, 'a') return redis.call('HRANDFIELD', 'z', -2147483648, 'WITHVALUES')",
        "redis.call('SET', 'k', string.rep('x', 1e6)) local k = {} for i = 1, 1000 do k[i] = 'k' end return redis.call('MGET', unpack(k))",
        "for i = 1, 2e4 do redis.call('RPUSH', 'l', i) end local g = {} for i = 1, 1000 do g[2 * i - 1], g[2 * i] = 'GET', '#' end return redis.call('SORT', 'l', unpack(g))",
        "for i = 1, 1e5 do redis.call('HSET', 'h', i, i) end local t = {} for i = 1, 1e9 do t[i] = redis.call('HGETALL', 'h') end",
        // Values.
        "redis.call('SETRANGE', 'k', '300000000', 'x')",
        "redis.call('SETBIT', 'k', '4294967295', 1)",
        "redis.call('BITFIELD', 'k', 'SET', 'u8', '4294967280', 1)",
        "redis.call('SETRANGE', 'a', '12000000', 'x') for i = 1, 9 do redis.call('BITOP', 'NOT', 'b' .. i, 'a') end",
        "redis.call('SET', 'k', string.rep('x', 1e6)) for i = 1, 99 do redis.call('APPEND', 'k', redis.call('GET', 'k')) end",
        "redis.call('SET', 'a', string.rep('ab', 4000)) redis.call('SET', 'b', string.rep('ba', 4000)) return redis.call('LCS', 'a', 'b')",
        "local s = string.rep('x', 1e6) for i = 1, 99 do redis.call('XADD', 's', '*', 'f', s) end",
        "for i = 1, 3e5 do redis.call('RPUSH', 'l', i, i) end for i = 1, 1e9 do redis.call('SORT', 'l', 'STORE', 'c' .. i) end",
        "for i = 1, 1e5 do redis.call('SADD', 's', i) end for i = 1, 1e9 do redis.call('SUNIONSTORE', 'c' .. i, 's') end",
        "for i = 1, 5e4 do redis.call('ZADD', 's', i, i) end for i = 1, 1e9 do redis.call('ZUNIONSTORE', 'c' .. i, 1, 's') end",
        "local s = string.rep('x', 9e6) redis.call('SET', 'a', s) local d = redis.call('DUMP', 'a') for i = 1, 1e9 do redis.call('RESTORE', 'b' .. i, 0, d) end",
        "for i = 1, 1e9 do redis.call('PFADD', 'h' .. i, i) redis.call('SET', 'k' .. i, string.rep('x', 999)) end",
        // What is kept of a run.
        "local s = string.rep('x', 1e6) for i = 1, 1e9 do redis.log(redis.LOG_WARNING, s) end",
        "local s = string.rep('x', 1e6) for i = 1, 1e9 do redis.call('PUBLISH', 'c', s) end",
    ] {
        let (outcome, peak) = peak_of(code);
        let message = outcome.failure.map(|failure| failure.message).unwrap_or_default();
        assert!(message.contains("took more memory than its budget of 32 MiB"), "{code}: {message}");
        assert!(peak < 40 * MIB as isize, "{code}: {} KiB", peak / 1024);
    }
}

#[test]
fn work_of_any_kind_is_bounded_in_time() {
    // Each of them would take minutes at least.
    for code in [
        "return string.find(string.rep('a', 2^22), string.rep('a', 2^21) .. 'b', 1, true)",
        "return string.find(string.rep('(', 1e6), '%b()')",
        "return string.find(string.rep('a', 1e6), '[' .. string.rep('b', 1e6) .. ']')",
        "return string.find(string.rep('a', 1e6), '(.*)%1b')",
        "local s = string.rep('x', 5e6) while true do local x = s .. 'a' end",
        "local a, b = string.rep('x', 5e6) .. 'a', string.rep('x', 5e6) .. 'b' while true do local x = a < b end",
        "local s = string.rep(' ', 5e6) .. '1' while true do local x = s + 1 end",
        "local s = string.rep(' ', 5e6) .. '1' while true do local x = tonumber(s) end",
        "local t = {} for i = 1, 5e5 do t[i] = i end for i = 1, 5e5 do t[i] = nil end while true do next(t) end",
        "local t = {} for i = 1, 5e5 do t[i] = i end while true do table.remove(t, 1) end",
        "local t = {} for i = 1, 5e5 do t[i] = i end while true do table.maxn(t) end",
        "local t = {} for i = 1, 5e5 do t[i] = i end while true do table.sort(t) end",
        "local t = {} for i = 1, 1e5 do t[i] = {i} end while true do collectgarbage() end",
        "local t = {'x'} for i = 1, 30 do t = {t, t} end return cjson.encode(t)",
        "for i = 1, 2e4 do redis.call('SET', 'k' .. i, i) end while true do redis.call('KEYS', '*') end",
        "for i = 1, 2e4 do redis.call('SET', 'k' .. i, i) end while true do redis.call('SWAPDB', 0, 1) end",
        "for i = 1, 2e4 do redis.call('RPUSH', 'l', 'a') end while true do redis.call('LPOS', 'l', 'b') end",
        "redis.call('SETRANGE', 'a', '20000000', 'x') while true do redis.call('BITCOUNT', 'a', 0, -1) end",
        "redis.call('SET', 'a', string.rep('a', 5000)) redis.call('SET', 'b', string.rep('b', 5000)) while true do redis.call('LCS', 'a', 'b') end",
        "redis.call('SETRANGE', 'a', '5000000', 'x') while true do redis.call('DUMP', 'a') end",
    ] {
        let code = code.to_owned();
        let mut invocation = Invocation::script(code.clone(), vec![], vec![]);
        invocation.budget = Budget { time: Duration::from_millis(200), instructions: u64::MAX, memory: 256 * MIB };
        let began = Instant::now();
        let outcome = Server::new(Target::redis(7, 2)).run(&invocation, &mut NoObserver);
        let message = outcome.failure.map_or_else(|| format!("{:.80?}", outcome.reply), |failure| failure.message);
        assert!(message.contains("longer than its budget"), "{code}: {message}");
        // The machine may be busy with anything.
        assert!(began.elapsed() < Duration::from_secs(20), "{code}: {:?}", began.elapsed());
    }
}
