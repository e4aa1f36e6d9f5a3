//! What one run leaves to the next, and what no run can reach.

use commands::Target;
use protocol::{Reply, notation};
use script::{Invocation, NoObserver, Server};

fn eval(server: &mut Server, code: &str) -> String {
    let words: Vec<Vec<u8>> = ["EVAL", code, "0"].iter().map(|word| word.as_bytes().to_vec()).collect();
    notation::print(&server.call(&words, &mut 0, false))
}

fn server() -> Server {
    Server::new(Target::redis(7, 0))
}

#[test]
fn globals_do_not_leak() {
    let mut server = server();
    for code in ["x = 1", "rawset(_G, 'x', 1)", "_G.x = 1", "setmetatable(_G, nil)", "loadstring('x = 1')()"] {
        assert!(eval(&mut server, code).contains("Attempt to modify a readonly table"), "{code}");
        assert!(eval(&mut server, "return x").contains("nonexistent global variable 'x'"), "{code}");
    }
}

#[test]
fn libraries_stay_what_they_are() {
    let mut server = server();
    for table in
        ["string", "table", "math", "redis", "cjson", "cmsgpack", "struct", "bit", "coroutine", "getmetatable('')"]
    {
        let code = format!("local t = {table} t.evil = 1");
        assert!(eval(&mut server, &code).contains("Attempt to modify a readonly table"), "{table}");
        let code = format!("local t = {table} rawset(t, 'evil', 1)");
        assert!(eval(&mut server, &code).contains("Attempt to modify a readonly table"), "{table}");
        let code = format!("local t = {table} setmetatable(t, {{}})");
        let got = eval(&mut server, &code);
        assert!(got.contains("readonly table") || got.contains("protected metatable"), "{table}: {got}");
        let code = format!("local t = {table} table.insert(t, 'evil')");
        assert!(eval(&mut server, &code).contains("Attempt to modify a readonly table"), "{table}");
    }
}

#[test]
fn keys_and_arguments_are_those_of_the_run() {
    let mut server = server();
    let call = |server: &mut Server, words: &[&str]| {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        notation::print(&server.call(&words, &mut 0, false))
    };
    assert_eq!(call(&mut server, &["EVAL", "KEYS.x = 1 ARGV[9] = 2 return #KEYS", "1", "a", "b"]), "(integer) 1");
    assert_eq!(
        eval(&mut server, "return {#KEYS, #ARGV, tostring(KEYS.x), tostring(ARGV[9])}"),
        "1) (integer) 0\n2) (integer) 0\n3) \"nil\"\n4) \"nil\""
    );
}

#[test]
fn the_protocol_and_the_database_begin_anew() {
    let mut server = server();
    eval(&mut server, "redis.setresp(3) redis.call('select', 3) redis.call('set', 'a', '1')");
    assert_eq!(eval(&mut server, "return redis.call('get', 'a')"), "(nil)");
    assert_eq!(eval(&mut server, "return type(redis.call('hgetall', 'none').map)"), "\"nil\"");
}

#[test]
fn random_numbers_go_on_as_on_the_server() {
    // Since 7.0 they are never seeded anew; before it, every script began with the same.
    let mut new = server();
    assert_ne!(eval(&mut new, "return math.random(1000000)"), eval(&mut new, "return math.random(1000000)"));
    let mut old = Server::new(Target::redis(6, 2));
    assert_eq!(eval(&mut old, "return math.random(1000000)"), eval(&mut old, "return math.random(1000000)"));
}

#[test]
fn settings_of_cjson_leak_as_they_do_on_the_server() {
    let mut server = server();
    eval(&mut server, "cjson.encode_max_depth(2)");
    assert!(eval(&mut server, "return cjson.encode({{{1}}})").contains("excessive nesting"));
    // A run that had to be stopped leaves nothing.
    let mut stopped = Invocation::script("cjson.encode_max_depth(1) while true do end", vec![], vec![]);
    stopped.budget.time = std::time::Duration::from_millis(20);
    server.run(&stopped, &mut NoObserver);
    assert_eq!(eval(&mut server, "return cjson.encode({{{1}}})"), "\"[[[1]]]\"");
}

#[test]
fn values_of_one_run_are_not_those_of_another() {
    let mut server = server();
    eval(&mut server, "local t = {} for i = 1, 1000 do t[i] = i end return t");
    for target in Target::KNOWN {
        let mut server = Server::new(*target);
        assert_eq!(
            eval(&mut server, "local n = 0 for _ in pairs(getmetatable(_G) or {}) do n = n + 1 end return n"),
            "(integer) 1"
        );
    }
}

#[test]
fn no_file_process_or_environment_is_reachable() {
    for &target in Target::KNOWN {
        let mut server = Server::new(target);
        for name in
            ["io", "require", "module", "package", "debug", "dofile", "loadfile", "getfenv", "setfenv", "newproxy"]
        {
            let got = eval(&mut server, &format!("return {name}"));
            assert!(got.contains("nonexistent global variable"), "{target}: {name} gives {got}");
        }
        let os = eval(
            &mut server,
            "local names = {} for name in pairs(rawget(_G, 'os') or {}) do names[#names + 1] = name end return names",
        );
        assert!(os == "1) \"clock\"" || os == "(empty array)", "{target}: {os}");
    }
}

#[test]
fn the_clock_stands_still_and_can_be_set() {
    let mut server = server();
    server.engine.set_clock(engine::Clock::Fixed(1_700_000_000_123_456));
    assert_eq!(eval(&mut server, "return redis.call('time')"), "1) \"1700000000\"\n2) \"123456\"");
    assert_eq!(
        eval(&mut server, "redis.call('set', 'a', 1, 'px', 1) for i = 1, 1e6 do end return redis.call('get', 'a')"),
        "\"1\""
    );
}

#[test]
fn time_moves_within_scripts_before_7_2_but_no_key_expires() {
    for (target, moves) in [
        (Target::redis(6, 2), true),
        (Target::redis(7, 0), true),
        (Target::redis(7, 2), false),
        (Target::valkey(7, 2), false),
        (Target::valkey(9, 1), false),
    ] {
        let mut server = Server::new(target);
        // Waits until the time has changed, or long enough.
        let waiting = |set: &str, get: &str| {
            format!("{set} local a, n = {get}, 0 repeat n = n + 1 until n == 5e4 or {get} ~= a return n < 5e4")
        };
        let mut seen = |set: &str, get: &str| eval(&mut server, &waiting(set, get)) == "(integer) 1";
        assert_eq!(seen("", "redis.call('time')[2]"), moves, "{target}");
        assert_eq!(seen("", "redis.call('xadd', 's', 'MAXLEN', 5, '*', 'a', 'b'):match('%d+')"), moves, "{target}");
        assert_eq!(seen("redis.call('set', 'k', 1, 'px', 50)", "redis.call('pttl', 'k')"), moves, "{target}");
        let expired = "redis.call('set', 'k', 1, 'px', 1) for n = 1, 1e4 do redis.call('pttl', 'k') end
            return {redis.call('exists', 'k'), redis.call('get', 'k'), #redis.call('keys', 'k'), #redis.call('scan', 0)[2]}";
        assert_eq!(eval(&mut server, expired), "1) (integer) 1\n2) \"1\"\n3) (integer) 1\n4) (integer) 2", "{target}");
    }
}

#[test]
fn compiled_code_is_refused() {
    let mut server = server();
    assert_eq!(eval(&mut server, "return loadstring(string.dump(function() return 1 end))"), "(nil)");
    assert!(eval(&mut server, "\u{1b}Lua").contains("Error compiling script"));
}

#[test]
fn the_engine_keeps_what_a_run_wrote_and_tells_it() {
    let mut server = server();
    let run =
        Invocation::script("redis.call('set', KEYS[1], ARGV[1]) return 1", vec![b"k".to_vec()], vec![b"v".to_vec()]);
    let outcome = server.run(&run, &mut NoObserver);
    assert_eq!(outcome.reply, Reply::Int(1));
    assert_eq!(outcome.changes.len(), 1);
    assert!(outcome.changes[0].before.is_none());
    // The same again changes nothing.
    assert_eq!(server.run(&run, &mut NoObserver).changes, []);
}
