//! `redlua run` and `redlua test`, the program as people start it.

use serde_json::Value;
use tests::{root, run};

fn folder() -> tempfile::TempDir {
    match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => panic!("{error}"),
    }
}

fn write(folder: &tempfile::TempDir, name: &str, text: &str) {
    if let Err(error) = std::fs::write(folder.path().join(name), text) {
        panic!("{name}: {error}");
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_script_with_keys_arguments_and_a_seed() {
    let folder = folder();
    write(
        &folder,
        "take.lua",
        "redis.call('DECRBY', KEYS[1], ARGV[1])\nredis.log(redis.LOG_NOTICE, 'took', ARGV[1])\nreturn redis.call('GET', KEYS[1])\n",
    );
    write(&folder, "seed.redis", "SET stock 5\n");
    let done = run(folder.path(), &["run", "--seed", "seed.redis", "--json", "take.lua", "stock", ",", "2"]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    let out = json(&done.stdout);
    assert_eq!(out["reply"], "\"3\"");
    assert_eq!(out["resp"], "3");
    assert_eq!(out["commands"][0]["line"], 1);
    assert_eq!(out["commands"][0]["argv"], serde_json::json!(["DECRBY", "stock", "2"]));
    assert_eq!(out["changes"][0]["before"], "\"5\"");
    assert_eq!(out["changes"][0]["after"], "\"3\"");
    assert_eq!(out["log"][0]["text"], "took 2");
    assert_eq!(out["cost"]["commands"], 2);
    let done = run(folder.path(), &["run", "--trace", "take.lua", "stock", ",", "2"]);
    assert!(done.stdout.starts_with("\"-2\"\n") && done.stdout.contains("DECRBY stock 2"), "{}", done.stdout);
}

#[test]
fn errors_point_at_their_line_also_in_what_is_included() {
    let folder = folder();
    write(&folder, "lib.lua", "local function broken(x)\n  return x.field.other\nend\n");
    write(&folder, "main.lua", "-- a script\n--- @include \"lib\"\nlocal t = broken({})\nreturn t\n");
    let done = run(folder.path(), &["run", "main.lua", "--json"]);
    assert_eq!(done.status, 1);
    let error = json(&done.stdout)["error"].clone();
    assert_eq!((&error["line"], &error["path"]), (&Value::from(2), &Value::from("lib.lua")), "{error}");
    let done = run(folder.path(), &["run", "main.lua"]);
    assert!(done.stdout.contains("lib.lua:2") && done.stdout.contains("return x.field.other"), "{}", done.stdout);
}

#[test]
fn the_version_and_the_cluster_count() {
    let folder = folder();
    write(&folder, "os.lua", "return type(os)\n");
    let old = run(folder.path(), &["run", "os.lua", "--target", "redis 7.0"]);
    assert!(old.status == 1 && old.stdout.contains("nonexistent global variable 'os'"), "{}", old.stdout);
    let new = run(folder.path(), &["run", "os.lua", "--target", "redis 7.4"]);
    assert!(new.stdout.starts_with("\"table\"\n"), "{}", new.stdout);
    write(&folder, "two.lua", "redis.call('SET', KEYS[1], 1) return redis.call('SET', 'other', 1)\n");
    assert_eq!(run(folder.path(), &["run", "two.lua", "a"]).status, 0);
    let cluster = run(folder.path(), &["run", "two.lua", "a", "--cluster"]);
    assert!(cluster.status == 1 && cluster.stdout.contains("non local key"), "{}", cluster.stdout);
}

#[test]
fn what_cannot_be_run_is_told() {
    let folder = folder();
    write(
        &folder,
        "lib.lua",
        "#!lua name=l\nredis.register_function('f', function() return 1 end)\nredis.register_function('g', function() return 2 end)\n",
    );
    write(&folder, "seed.redis", "SET 'a\n");
    write(&folder, "wrong.redis", "INCR a b\n");
    write(&folder, "ok.lua", "return 1\n");
    for (args, said) in [
        (&["run", "none.lua"][..], "none.lua cannot be read"),
        (&["run", "lib.lua"], "--function; it registers f, g"),
        (&["run", "ok.lua", "--function", "f"], "this is a script"),
        (&["run", "ok.lua", "--seed", "none.redis"], "none.redis cannot be read"),
        (&["run", "ok.lua", "--seed", "seed.redis"], "the seed seed.redis: line 1: a quote is opened and not closed"),
        (&["run", "ok.lua", "--seed", "wrong.redis"], "the seed wrong.redis: line 1: "),
        (
            &["run", "lib.lua", "--function", "ff"],
            "the library has no function `ff`: did you mean `f`? It registers f, g",
        ),
        (&["run", "ok.lua", "--target", "redis 5"], "redis 5"),
        (&["run", "ok.lua", "--time", "soon"], "5s or 500ms"),
    ] {
        let done = run(folder.path(), args);
        assert!(done.status == 2 && done.stderr.contains(said), "{args:?}: {} {}", done.status, done.stderr);
    }
    assert!(run(folder.path(), &["run", "lib.lua", "--function", "g"]).stdout.starts_with("(integer) 2\n"));
}

#[test]
fn a_run_beyond_its_budget_is_rolled_back() {
    let folder = folder();
    write(&folder, "loop.lua", "redis.call('SET', 'a', 1)\nwhile true do pcall(error) end\n");
    let done = run(folder.path(), &["run", "loop.lua", "--time", "100ms", "--json"]);
    let out = json(&done.stdout);
    assert_eq!(
        (done.status, &out["error"]["line"], &out["error"]["stopped"]),
        (1, &Value::from(2), &Value::from(true))
    );
    assert!(out["reply"].as_str().is_some_and(|text| text.contains("UNKILLABLE")), "{out}");
    assert_eq!(out["changes"], serde_json::json!([]));
}

#[test]
fn examples_and_transcripts_are_judged() {
    let all = run(root(), &["test", "examples"]);
    assert!(all.status == 0 && all.stdout.contains("✓"), "{}{}", all.stdout, all.stderr);
    let folder = folder();
    write(
        &folder,
        "add.lua",
        "--> EVAL . 1 n 2\n--= (integer) 2\n--> EVAL . 1 n 2\n--= (integer) 5\nreturn redis.call('INCRBY', KEYS[1], ARGV[1])\n",
    );
    write(&folder, "list.redis", "> RPUSH l a b\n(integer) 2\n\n> LRANGE l 0 -1\n1) \"a\"\n2) \"b\"\n");
    let done = run(folder.path(), &["test"]);
    assert_eq!(done.status, 1);
    assert!(done.stdout.contains("add.lua:3") && done.stdout.contains("+ (integer) 4"), "{}", done.stdout);
    assert!(done.stdout.contains("3 examples passed, 1 failed"), "{}", done.stdout);
    let out = json(&run(folder.path(), &["test", "--json", "--target", "redis 6.2", "--target", "valkey 9.1"]).stdout);
    assert_eq!(out["summary"], serde_json::json!({ "passed": 6, "failed": 2 }));
}

#[test]
fn a_comma_that_is_forgotten_is_named() {
    let folder = folder();
    write(&folder, "a.lua", "return redis.call('SET', KEYS[1], ARGV[1])\n");
    write(&folder, "b.lua", "return redis.call('INCRBY', KEYS[1], 'x')\n");
    let told = |args: &[&str]| run(folder.path(), args).stderr;
    let forgotten = told(&["run", "a.lua", "k", "2"]);
    assert!(forgotten.contains("2 keys and no arguments were given: arguments follow a lone comma"), "{forgotten}");
    // It fails for another reason, or nothing fails.
    for args in [&["run", "b.lua", "k"][..], &["run", "a.lua", "k", ","], &["run", "a.lua", "k", ",", "2"]] {
        assert!(!told(args).contains("lone comma"), "{args:?}");
    }
}

#[test]
fn words_behind_the_comma_are_arguments() {
    let folder = folder();
    write(&folder, "count.lua", "return redis.call('ZCOUNT', KEYS[1], ARGV[1], ARGV[2])\n");
    let done = run(folder.path(), &["run", "count.lua", "k", ",", "-inf", "+inf"]);
    assert!(done.status == 0 && done.stdout.starts_with("(integer) 0\n"), "{}{}", done.stdout, done.stderr);
    write(&folder, "all.lua", "return table.concat(KEYS, ' ') .. ' | ' .. table.concat(ARGV, ' ')\n");
    let reply = |args: &[&str]| json(&run(folder.path(), args).stdout)["reply"].clone();
    for (words, expected) in [
        (&["all.lua", "k", ",", "--", "-h", ",", "--help", "-"][..], "\"k | -- -h , --help -\""),
        (&["--", "all.lua", "-k", "--trace", ",", "--version"], "\"-k --trace | --version\""),
        (&["all.lua", "-1", ",", ""], "\"-1 | \""),
        (&["all.lua", "k"], "\"k | \""),
    ] {
        let args: Vec<&str> = ["run", "--json"].into_iter().chain(words.iter().copied()).collect();
        assert_eq!(reply(&args), expected, "{args:?}");
    }
    let done = run(folder.path(), &["run", "all.lua", "k", ",", "--trace"]);
    assert!(done.stderr.contains("options stand before the comma"), "{}", done.stderr);
}

#[test]
fn a_transcript_has_no_script_for_a_dot() {
    let folder = folder();
    let calls = ["EVAL . 1 k", "eval_ro . 0", "SCRIPT LOAD .", "FUNCTION LOAD REPLACE ."];
    let text: String = calls.iter().map(|call| format!("> {call}\n(nil)\n")).collect();
    write(&folder, "t.redis", &format!("{text}> SET dot .\nOK\n> GET dot\n\".\"\n"));
    let done = run(folder.path(), &["test", "--json", "t.redis"]);
    assert_eq!(done.status, 1, "{}", done.stdout);
    let out = json(&done.stdout);
    assert_eq!(out["summary"], serde_json::json!({ "passed": 2, "failed": 4 }), "{out}");
    assert!(out["files"][0]["examples"][0].to_string().contains("a transcript has none"), "{out}");
}
