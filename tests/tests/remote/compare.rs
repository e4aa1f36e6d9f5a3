//! `--on A --on B`, and examples on real servers.

use serde_json::Value;
use tests::{folder, real::RealServer, run};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn servers_that_answer_the_same_and_others() {
    let scripts = folder(&[
        ("same.lua", "local t\nif ARGV[1] then return t.x end\nreturn {1, 'a', {}}\n"),
        (
            "set.lua",
            "redis.call('SADD', KEYS[1], 'pear', 'apple', 'fig', '1', '20', 'x') return redis.call('SMEMBERS', KEYS[1])\n",
        ),
        ("address.lua", "return tostring({})\n"),
        ("os.lua", "return type(os)\n"),
        ("time.lua", "return redis.call('TIME')\n"),
    ]);
    let servers = ["redis-6.2", "redis-7.0", "redis-8.2", "valkey-9.1"].map(|name| RealServer::start(name, &[]));
    let urls = servers.each_ref().map(RealServer::url);
    let on = |first: &str, script: &str, more: &[&str]| {
        let mut words = vec!["run", "--write", "--on", first];
        urls.iter().for_each(|url| words.extend(["--on", url.as_str()]));
        words.push(script);
        run(scripts.path(), &[&words[..], more].concat())
    };
    for script in ["same.lua", "set.lua", "address.lua"] {
        let done = on("embedded", script, &["k"]);
        assert_eq!(done.status, 0, "{script}: {}{}", done.stdout, done.stderr);
        assert!(done.stdout.contains("the same on embedded (redis 7.2), "), "{}", done.stdout);
        assert!(done.stdout.contains("(Redis 6.2.14)") && done.stdout.contains("(Valkey 9.1.2)"), "{}", done.stdout);
    }
    // An error is the same in the words of each server.
    let done = on("embedded", "same.lua", &["k", ",", "fail"]);
    assert!(done.status == 1 && done.stdout.contains("the same on"), "{}{}", done.stdout, done.stderr);
    let done = on("embedded", "os.lua", &[]);
    assert!(done.status == 1 && done.stderr.contains("the replies differ"), "{}{}", done.stdout, done.stderr);
    assert!(
        done.stdout.contains("\"table\"") && done.stdout.contains("nonexistent global variable 'os'"),
        "{}",
        done.stdout
    );
    let done = on("embedded", "time.lua", &[]);
    assert!(done.status == 1 && done.stderr.contains("from run to run on one server too: TIME"), "{}", done.stderr);
    let words = ["run", "--json", "--on", &urls[0], "--on", &urls[3], "same.lua"];
    let told = json(&run(scripts.path(), &words).stdout);
    assert_eq!(
        (&told["same"], &told["runs"][1]["server"]["product"]),
        (&Value::from(true), &Value::from("Valkey")),
        "{told}"
    );
    let words = ["run", "--on", &urls[0], "--on", "redis://127.0.0.1:1", "same.lua"];
    let done = run(scripts.path(), &words);
    assert!(done.status == 2 && done.stdout.contains("nothing listens"), "{}{}", done.stdout, done.stderr);
    let done = run(scripts.path(), &["run", "--target", "redis 7.0", "--on", &urls[0], "same.lua"]);
    assert!(done.status == 2 && done.stderr.contains("--on embedded"), "{}", done.stderr);
}

#[test]
fn examples_need_consent_and_an_empty_database() {
    let scripts = folder(&[
        (
            "take.lua",
            "--> SET stock 5\n--> EVAL . 1 stock 2\n--= (integer) 3\n--> GET stock\n--= \"3\"\nreturn redis.call('DECRBY', KEYS[1], ARGV[1])\n",
        ),
        ("next.lua", "--> EVAL . 1 stock\n--= (nil)\nreturn redis.call('GET', KEYS[1])\n"),
        ("wrong.lua", "--> EVAL . 0\n--= (integer) 2\nreturn 1\n"),
        ("beyond.lua", "--> FLUSHALL\n--> EVAL . 0\n--= (integer) 1\nreturn 1\n"),
        ("endless.lua", "--> SET a 1\n--> EVAL . 0\n--= OK\nwhile true do end\n"),
        ("inside.lua", "--> EVAL . 0\n--= OK\nreturn redis.call('FLUSHALL')\n"),
        (
            "lib.lua",
            "#!lua name=lib\n--> FCALL f 1 k\n--= (nil)\nredis.register_function('f', function(keys) return redis.call('GET', keys[1]) end)\n",
        ),
    ]);
    for name in ["redis-7.0", "valkey-9.1"] {
        let real = RealServer::start(name, &["--busy-reply-threshold", "100"]);
        let url = format!("{}/9", real.url());
        let test = |more: &[&str]| run(scripts.path(), &[&["test", "--on", url.as_str()][..], more].concat());
        real.cli(&["SET", "kept", "1"]);
        let refused = test(&["take.lua"]);
        assert!(
            refused.status == 2 && refused.stderr.contains("--write") && refused.stderr.contains("empty"),
            "{}",
            refused.stderr
        );
        let done = test(&["--write", "take.lua", "next.lua", "lib.lua"]);
        assert!(done.status == 0 && done.stdout.contains("5 examples"), "{name}: {}{}", done.stdout, done.stderr);
        assert_eq!(real.cli(&["FUNCTION", "LIST"]), "", "what was loaded is gone again");
        assert_eq!((real.cli(&["GET", "kept"]).as_str(), real.cli(&["-n", "9", "DBSIZE"]).as_str()), ("1", "0"));
        let wrong = test(&["--write", "wrong.lua"]);
        assert!(wrong.status == 1 && wrong.stdout.contains("- (integer) 2"), "{}", wrong.stdout);
        let both = run(scripts.path(), &["test", "--on", &url, "--on", "embedded", "--write", "--json", "wrong.lua"]);
        let told = json(&both.stdout);
        assert_eq!(told["summary"]["failed"], 2, "{told}");
        assert!(told["files"][0]["target"].is_string() && told["files"][1]["server"] == url.as_str(), "{told}");
        for script in ["beyond.lua", "inside.lua"] {
            let beyond = test(&["--write", script]);
            assert!(beyond.status == 1 && beyond.stdout.contains("beyond the database"), "{}", beyond.stdout);
        }
        assert_eq!(real.cli(&["GET", "kept"]), "1");
        let endless = test(&["--write", "endless.lua"]);
        assert!(
            endless.status == 1 && endless.stdout.contains("it took longer than 5s: the server ended it"),
            "{}",
            endless.stdout
        );
        assert_eq!(real.cli(&["-n", "9", "DBSIZE"]), "0");
        real.cli(&["-n", "9", "SET", "mine", "1"]);
        let full = test(&["--write", "take.lua"]);
        assert!(full.status == 2 && full.stderr.contains("has 1 keys"), "{}", full.stderr);
        assert_eq!(real.cli(&["-n", "9", "GET", "mine"]), "1");
    }
}
