//! Hostile scripts: each ends with a clear error that names its line, and leaves nothing behind.

use std::time::{Duration, Instant};

use commands::Target;
use protocol::Reply;
use redlua_script::{Budget, Cancel, Invocation, NoObserver, Outcome, Server};

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
