//! The keyspace that the runs of a document share.

use serde_json::{Value, json};

use crate::session::{TAKE, session};

#[test]
fn the_keyspace_of_a_document_can_be_looked_at() {
    let script = "redis.call('SET', 'gone', 1, 'PX', 1)\nredis.call('SET', KEYS[1], 'a', 'EX', 100)\n\
                  redis.call('HSET', 'h', 'f', 'v')\nredis.call('SELECT', 1)\nreturn redis.call('SADD', 's', 1)\n";
    let mut it = session(&[("fill.lua", script)]);
    let uri = it.uri("fill.lua");
    let empty = json!({ "target": "redis 7.2", "keys": [], "more": 0 });
    assert_eq!(it.command("redlua.keyspace", json!([uri])), empty);
    it.run("fill.lua", &["k"], &[]);
    std::thread::sleep(std::time::Duration::from_millis(5));
    let mut held = it.command("redlua.keyspace", json!([uri]));
    assert!(held["keys"][1]["expires"].is_i64(), "{held}");
    held["keys"][1]["expires"] = json!("some time");
    assert_eq!(
        held["keys"],
        json!([
            { "key": "h", "type": "hash", "value": "1# \"f\" => \"v\"", "length": 1 },
            { "key": "k", "type": "string", "value": "\"a\"", "length": 1, "expires": "some time" },
            { "key": "s", "type": "set", "value": "1~ \"1\"", "length": 1, "db": 1 },
        ])
    );
    it.command("redlua.resetKeyspace", json!([uri]));
    assert_eq!(it.command("redlua.keyspace", json!([uri])), empty);
    it.client.end();
}

/// A long session keeps no more keyspaces than the memory of two runs.
#[test]
fn the_keyspaces_of_all_documents_are_bounded() {
    const GROW: &str = "\
local nth = redis.call('INCR', 'n')
redis.call('SET', 'k' .. nth, string.rep('x', ARGV[1] * 1000000))
return nth
";
    let settings = "[run]\nmemory = '64 MiB'\n";
    let names = ["a.lua", "b.lua", "c.lua"];
    let files: Vec<_> = names.iter().map(|name| (*name, GROW)).chain([("redlua.toml", settings)]).collect();
    let mut it = session(&files);
    // Runs a script with a value of 10 MB; its reply, and the documents whose keyspaces were dropped.
    let mut grow = |name: &str| {
        let reply = it.run(name, &[], &["10"])["reply"].clone();
        let mut told = it.message();
        let begin = "The keyspaces of all documents took more than 128 MiB: as at the beginning again: ";
        let dropped = told.strip_prefix(begin).map(str::to_owned);
        if dropped.is_some() {
            told = it.message();
        }
        assert!(told.starts_with(name), "{told}");
        (reply, dropped)
    };
    for name in ["a.lua", "a.lua", "a.lua", "b.lua", "b.lua", "a.lua"] {
        assert_eq!(grow(name).1, None);
    }
    let mut dropped = Vec::new();
    for nth in 1..=20 {
        let (reply, gone) = grow("c.lua");
        assert_eq!(reply, format!("(integer) {nth}"));
        dropped.extend(gone);
        if dropped.last().is_some_and(|name| name == "c.lua") {
            break;
        }
    }
    // What was used longest ago goes first; one alone can be too large.
    assert_eq!(dropped, ["b.lua", "a.lua", "c.lua"]);
    for name in names {
        assert_eq!(grow(name), ("(integer) 1".into(), None));
    }
}

#[test]
fn before_a_run_the_keyspace_is_what_the_seed_makes_it() {
    let settings = "[run]\nseed = 'seed.redis'\n";
    let files =
        [("get.lua", "return redis.call('INCR', KEYS[1])\n"), ("redlua.toml", settings), ("seed.redis", "SET k 5\n")];
    let mut it = session(&files);
    let uri = it.uri("get.lua");
    let value = |held: &Value| held["keys"][0]["value"].clone();
    assert_eq!(value(&it.command("redlua.keyspace", json!([uri]))), "\"5\"");
    it.run("get.lua", &["k"], &[]);
    assert_eq!(value(&it.command("redlua.keyspace", json!([uri]))), "\"6\"");
    it.command("redlua.resetKeyspace", json!([uri]));
    assert_eq!(value(&it.command("redlua.keyspace", json!([uri]))), "\"5\"");
    it.client.end();
}

#[test]
fn keys_are_changed_by_commands() {
    let mut it = session(&[("take.lua", TAKE)]);
    let uri = it.uri("take.lua");
    let mut call =
        |command: &str| it.command("redlua.call", json!([{ "uri": uri, "command": command }]))["reply"].clone();
    assert_eq!(call("SET stock:42 \"a\\xff b\" KEEPTTL"), "OK");
    assert_eq!(call("GET stock:42"), "\"a\\xff b\"");
    assert_eq!(call("DEL stock:42"), "(integer) 1");
    assert!(call("GTE a").as_str().is_some_and(|reply| reply.starts_with("(error) ERR unknown command 'GTE'")));
    assert!(call("EVAL 'while true do end' 0").as_str().is_some_and(|reply| reply.starts_with("(error) ")));
    assert_eq!(call("SET \"\\xff\" 1"), "OK");
    assert_eq!(it.run("take.lua", &["stock:42"], &["1"])["reply"], "(integer) -1");
    let keyspace = it.command("redlua.keyspace", json!([uri]));
    let quoted: Vec<&Value> = keyspace["keys"].as_array().into_iter().flatten().map(|key| &key["quoted"]).collect();
    assert_eq!(quoted, [&Value::Null, &json!("\"\\xff\"")], "{keyspace}");
    it.client.end();
}
