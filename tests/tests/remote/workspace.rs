//! From the workspace to a server: libraries, scripts it knows, permissions, slow scripts.

use serde_json::Value;
use tests::{
    Run, folder,
    real::{Cluster, RealServer, cli},
    run,
};

const LIBRARY: &str = "#!lua name=stock\nlocal function take(keys, args)\n  return redis.call('DECRBY', keys[1], args[1])\nend\nredis.register_function('stock_take', take)\n";
const TAKE: &str = "-- @include parts/left.lua\n--> EVAL . 1 stock:1 2\nif left(KEYS[1]) < 1 then return 0 end\nreturn redis.call('DECRBY', KEYS[1], ARGV[1])\n";
const LEFT: &str = "local function left(key) return tonumber(redis.call('GET', key) or 0) end\n";

fn json(done: &Run) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", done.stdout, done.stderr))
}

#[test]
fn libraries_become_what_the_workspace_has() {
    let scripts = folder(&[("lib/stock.lua", LIBRARY), ("take.lua", TAKE), ("parts/left.lua", LEFT)]);
    for name in ["redis-7.0", "redis-8.2", "valkey-9.1"] {
        let server = RealServer::start(name, &[]);
        let url = server.url();
        let on = |more: &[&str]| run(scripts.path(), &[&["functions"][..], more, &["--on", &url]].concat());
        let missing = on(&["diff"]);
        assert_eq!((missing.status, missing.stdout.as_str()), (1, "stock (lib/stock.lua): missing\n"), "{name}");
        let refused = on(&["load"]);
        assert!(refused.status == 1 && refused.stderr.contains("--write lets it"), "{}", refused.stderr);
        assert_eq!(server.cli(&["FUNCTION", "LIST"]).trim(), "");
        let loaded = on(&["load", "--write"]);
        assert!(loaded.status == 0 && loaded.stderr.contains("was loaded"), "{}", loaded.stderr);
        assert_eq!(on(&["diff"]).status, 0);
        assert_eq!(on(&["list"]).stdout, "stock: stock_take\n");
        // Somebody else loads another text, and a library that nobody has here.
        server.cli(&["FUNCTION", "LOAD", "REPLACE", &LIBRARY.replace("DECRBY", "INCRBY")]);
        server.cli(&["FUNCTION", "LOAD", "#!lua name=other\nredis.register_function('o', function() return 1 end)"]);
        let differs = on(&["diff"]);
        assert_eq!(differs.status, 1);
        assert!(differs.stdout.contains("other: only there\nstock (lib/stock.lua): differs\n"), "{}", differs.stdout);
        assert!(differs.stdout.contains("-  return redis.call('INCRBY', keys[1], args[1])"), "{}", differs.stdout);
        assert!(on(&["load", "--write"]).stderr.contains("was replaced"));
        assert!(server.cli(&["FUNCTION", "LIST"]).contains("other"), "what is foreign stays");
        let told = json(&on(&["diff", "--json"]));
        assert_eq!(told["libraries"][1]["nodes"][0]["state"], "same", "{told}");
    }
}

#[test]
fn a_library_that_a_server_refuses_has_its_line() {
    let broken = LIBRARY.replace("\nend\n", "\nennd\n");
    let scripts = folder(&[("stock.lua", &broken)]);
    let server = RealServer::start("redis-7.0", &[]);
    let done = run(scripts.path(), &["functions", "load", "--write", "--on", &server.url()]);
    assert_eq!(done.status, 1);
    assert!(done.stderr.contains("stock.lua:4"), "{}", done.stderr);
    let twice = folder(&[("a.lua", LIBRARY), ("b.lua", &LIBRARY.replace("DECRBY", "INCRBY"))]);
    let done = run(twice.path(), &["functions", "diff", "--on", &server.url()]);
    assert!(done.status == 2 && done.stderr.contains("two libraries have the name stock"), "{}", done.stderr);
    let old = RealServer::start("redis-6.2", &[]);
    let done = run(scripts.path(), &["functions", "list", "--on", &old.url()]);
    assert_eq!((done.status, done.stdout.as_str()), (1, ""), "{}", done.stderr);
}

#[test]
fn strings_of_tests_are_left_aside() {
    let tests = format!(
        "A = \"\"\"{}\"\"\"\nB = \"\"\"-- @include gone.lua\nreturn redis.call('PING')\"\"\"\n",
        LIBRARY.replace("DECRBY", "INCRBY")
    );
    let scripts = folder(&[("stock.lua", LIBRARY), ("test_stock.py", &tests)]);
    let server = RealServer::start("redis-7.0", &[]);
    let done = run(scripts.path(), &["functions", "diff", "--on", &server.url()]);
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("stock (stock.lua): missing\n", ""));
    let named = run(scripts.path(), &["bundle", "test_stock.py:B"]);
    assert!(named.status == 2 && named.stderr.contains("includes gone.lua"), "{}", named.stderr);
}

#[test]
fn all_masters_get_a_library() {
    let scripts = folder(&[("stock.lua", LIBRARY), ("get.lua", "return redis.call('GET', KEYS[1])\n")]);
    let cluster = Cluster::start("redis-7.0", &[], false);
    let url = cluster.url();
    let on = |more: &[&str]| run(scripts.path(), &[more, &["--on", &url]].concat());
    assert!(on(&["functions", "load", "--write"]).stderr.contains("loaded on 3 of 3 masters"));
    for master in &cluster.masters {
        assert!(master.cli(&["FUNCTION", "LIST"]).contains("stock_take"));
    }
    cluster.masters[1].cli(&["FUNCTION", "FLUSH"]);
    let missing = on(&["functions", "diff"]);
    assert_eq!((missing.status, missing.stdout.as_str()), (1, "stock (stock.lua): missing on 1 of 3 masters\n"));
    cluster.masters[0].cli(&["SCRIPT", "LOAD", "return redis.call('GET', KEYS[1])\n"]);
    let known = on(&["scripts"]);
    assert!(known.stdout.contains("get.lua: known on 1 of 3 masters"), "{}", known.stdout);
}

#[test]
fn scripts_are_known_by_any_text_that_loaders_send() {
    let scripts = folder(&[("take.lua", TAKE), ("parts/left.lua", LEFT)]);
    for name in ["redis-6.2", "redis-7.0", "valkey-9.1"] {
        let server = RealServer::start(name, &[]);
        let url = server.url();
        let on = || run(scripts.path(), &["scripts", "--on", &url]);
        assert!(on().stdout.ends_with("take.lua: not known\n"), "{}", on().stdout);
        let text = run(scripts.path(), &["bundle", "take.lua"]).stdout;
        // `$(redlua bundle take.lua)` in a shell has no last line break.
        let sha1 = server.cli(&["SCRIPT", "LOAD", text.trim_end()]);
        assert_eq!(on().stdout, format!("{}  take.lua: known\n", sha1.trim()), "{name}");
    }
}

#[test]
fn a_line_of_permissions_is_enough_and_no_more() {
    let scripts = folder(&[
        ("take.lua", TAKE),
        ("parts/left.lua", LEFT),
        ("log.lua", "redis.call('XADD', 'log:' .. ARGV[1], '*', 'a', 1)\nreturn redis.call('PUBLISH', 'news', 1)\n"),
    ]);
    let spaced = folder(&[("a.lua", "return redis.call('GET', 'a b*' .. ARGV[1])\n")]);
    let line = run(spaced.path(), &["acl"]).stdout;
    assert!(line.contains(" %R~a?b\\** "), "{line}");
    let line = run(scripts.path(), &["acl", "take.lua", "log.lua", "--name", "shop"]).stdout;
    assert_eq!(
        line,
        "user shop on resetkeys %W~log:* ~stock:* resetchannels &news -@all +eval +evalsha +decrby +get +publish +xadd\n"
    );
    for name in ["redis-7.0", "redis-8.2", "valkey-9.1"] {
        let server = RealServer::start(name, &[]);
        let rules = line.trim().strip_prefix("user ").unwrap_or_default();
        let set = |rules: &str| {
            let words: Vec<&str> = ["ACL", "SETUSER"].into_iter().chain(rules.split(' ')).collect();
            assert_eq!(server.cli(&words).trim(), "OK", "{name}");
        };
        set(rules);
        set("shop >secret");
        server.cli(&["SET", "stock:1", "5"]);
        let text = |path: &str| run(scripts.path(), &["bundle", path]).stdout;
        let call = |words: &[&str]| {
            server.cli(&[&["--user", "shop", "--pass", "secret", "--no-auth-warning"][..], words].concat())
        };
        assert_eq!(call(&["EVAL", &text("take.lua"), "1", "stock:1", "2"]).trim(), "3", "{name}");
        assert_eq!(call(&["EVAL", &text("log.lua"), "0", "x"]).trim(), "0", "{name}");
        assert!(call(&["EVAL", &text("take.lua"), "1", "other", "2"]).contains("NOPERM"), "{name}");
        assert!(call(&["SET", "stock:1", "1"]).contains("NOPERM"), "{name}");
        let check =
            |user: &str| run(scripts.path(), &["acl", "take.lua", "log.lua", "--check", user, "--on", &server.url()]);
        assert_eq!((check("shop").status, check("shop").stdout.as_str()), (0, ""), "{name}: {}", check("shop").stderr);
        set("shop -decrby");
        let lacking = check("shop");
        assert_eq!(lacking.status, 1);
        assert!(lacking.stdout.contains("'decrby'") && lacking.stdout.lines().count() == 1, "{}", lacking.stdout);
        let nobody = check("nobody");
        assert!(nobody.status == 1 && nobody.stdout.contains("no user nobody"), "{}{}", nobody.stdout, nobody.stderr);
    }
}

#[test]
fn slow_scripts_are_found_by_what_the_log_keeps() {
    let scripts = folder(&[("take.lua", TAKE), ("parts/left.lua", LEFT), ("lib.lua", LIBRARY)]);
    for name in ["redis-6.2", "redis-7.0", "valkey-9.1"] {
        let server = RealServer::start(name, &["--slowlog-log-slower-than", "0"]);
        let text = run(scripts.path(), &["bundle", "take.lua"]).stdout;
        for _ in 0..2 {
            server.cli(&["EVAL", &text, "1", "stock:1", "2"]);
        }
        let sha1 = server.cli(&["SCRIPT", "LOAD", &text]);
        server.cli(&["EVALSHA", sha1.trim(), "1", "stock:1", "2"]);
        server.cli(&["EVAL", "return 'unknown'", "0"]);
        let functions = name != "redis-6.2";
        if functions {
            server.cli(&["FUNCTION", "LOAD", LIBRARY]);
            server.cli(&["FCALL", "stock_take", "1", "stock:1", "2"]);
        }
        let done = run(scripts.path(), &["profile", "--json", "--on", &server.url()]);
        let told = json(&done);
        let all = told["scripts"].as_array().cloned().unwrap_or_default();
        let of = |key: &str, value: &str| all.iter().find(|it| it[key] == value).cloned().unwrap_or_default();
        assert_eq!(of("path", "take.lua")["slow"], 3, "{name}: {told}");
        assert!(of("path", "take.lua")["summary"].as_str().is_some_and(|it| it.contains("writes")), "{told}");
        assert_eq!(of("unknown", "return 'unknown'")["slow"], 1, "{name}: {told}");
        assert_eq!(of("function", "stock_take")["path"] == "lib.lua", functions, "{name}: {told}");
        assert_eq!(told["commands"]["EVAL"]["calls"], 3, "{name}: {told}");
        let human = run(scripts.path(), &["profile", "--on", &server.url()]);
        assert!(human.stdout.contains("take.lua: slow 3 times"), "{}", human.stdout);
    }
}

#[test]
fn who_may_not_ask_is_told_so() {
    let scripts = folder(&[("take.lua", "return redis.call('GET', KEYS[1])\n")]);
    let server = RealServer::start("redis-7.0", &[]);
    server.cli(&["ACL", "SETUSER", "default", "-slowlog", "-function", "-script"]);
    for (command, wanted) in
        [(&["profile"][..], "SLOWLOG"), (&["functions", "diff"], "FUNCTION"), (&["scripts"], "SCRIPT")]
    {
        let done = run(scripts.path(), &[command, &["--on", &server.url()]].concat());
        assert!(done.status == 1 && done.stderr.contains(wanted), "{command:?}: {}", done.stderr);
    }
    let closed = format!("redis://127.0.0.1:{}", tests::real::free_port());
    let done = run(scripts.path(), &["profile", "--on", &closed]);
    assert!(done.status == 2 && done.stderr.contains("nothing listens"), "{}", done.stderr);
    assert!(!cli(server.port, &["PING"]).is_empty());
}
