//! Runs on real servers: a server of the test's own, killed behind it.

use serde_json::{Value, json};
use tests::real::{RealServer, wait_for};

use super::session::{Session, session, session_with};

/// Password of the tests; nothing that the language server says may have it.
const PASSWORD: &str = "s3cret-word";

const TAKE: &str = "-- KEYS[1] stock\nlocal left = redis.call('GET', KEYS[1])\nif not left then\n  return redis.error_reply('NOSTOCK none')\nend\nreturn redis.call('DECRBY', KEYS[1], 2)\n";

const SIZE: &str = "return redis.call('DBSIZE')\n";

fn settings(real: &RealServer, more: &str) -> String {
    format!("[servers.dev]\nurl = '{}'\n{more}", real.url())
}

/// A client with views of its own, as VS Code is.
fn with_views(files: &[(&str, &str)]) -> Session {
    session_with(files, json!({ "experimental": { "redlua": { "inputs": true } } }))
}

fn run_on(it: &mut Session, name: &str, more: Value) -> Value {
    let mut argument = json!({ "uri": it.uri(name), "keys": ["stock"], "args": [], "on": "dev" });
    argument.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    it.command("redlua.run", json!([argument]))
}

fn real() -> RealServer {
    RealServer::start("redis-7.0", &[])
}

#[test]
fn the_same_run_as_on_the_engine() {
    let real = real();
    real.cli(&["SET", "stock", "5"]);
    let part = "local function read(key)\n  local t\n  return redis.call('GET', key) .. t.x\nend\n";
    let mut it = with_views(&[
        ("get.lua", "return {redis.call('GET', KEYS[1]), false, 3}\n"),
        ("part.lua", part),
        ("main.lua", "--- @include \"part\"\nreturn read(KEYS[1])\n"),
        ("app.py", "import redis\n\nTAKE = r.register_script(\"\"\"\nlocal t\nreturn t.x\n\"\"\")\n"),
        ("redlua.toml", &settings(&real, "")),
    ]);
    let done = run_on(&mut it, "get.lua", json!({ "view": true }));
    assert_eq!(done["resp"], json!(["5", null, 3]), "{done}");
    assert_eq!((&done["server"]["name"], &done["server"]["product"]), (&json!("dev"), &json!("Redis")));
    assert!(done["cost"]["microseconds"].is_u64() && done.get("consent").is_none(), "{done}");
    for absent in ["commands", "changes", "log"] {
        assert!(done.get(absent).is_none(), "{done}");
    }
    let first = done["view"][0]["text"].as_str().unwrap_or_default();
    assert!(first.starts_with("on dev (Redis 7.0"), "{done}");
    assert!(it.hints("get.lua").iter().any(|(_, text)| text.ends_with("(on dev)")));
    // The keyspace of the embedded engine is another one.
    assert_eq!(it.run("get.lua", &["stock"], &[])["resp"][0], Value::Null);

    let failed = run_on(&mut it, "main.lua", json!({ "view": true }));
    assert_eq!((&failed["error"]["line"], &failed["error"]["path"]), (&json!(3), &json!("part.lua")), "{failed}");
    let (_, found) = it.findings("part.lua", "run", true);
    let message = found[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("attempt to index local 't'") && message.contains("on dev (Redis 7.0"), "{message}");
    let at = failed["view"].as_array().and_then(|rows| rows.iter().find(|row| row["location"].is_object())).cloned();
    let at = at.unwrap_or_default();
    assert!(at["location"]["uri"].as_str().is_some_and(|uri| uri.ends_with("part.lua")), "{failed}");
    let failed = run_on(&mut it, "app.py", json!({}));
    assert_eq!(failed["error"]["line"], 5, "{failed}");
    it.client.end();
}

#[test]
fn the_servers_of_the_settings() {
    let real = real();
    let more = format!("[servers.prod]\nurl = 'redis://:{PASSWORD}@127.0.0.1:1'\nconfirm = 'type its name'\n");
    let mut it = with_views(&[("a.lua", SIZE), ("redlua.toml", &settings(&real, &more))]);
    let uri = it.uri("a.lua");
    let listed = it.command("redlua.servers", json!([uri]));
    assert_eq!(listed[0], json!({ "name": "dev", "url": real.url(), "cluster": false }));
    assert_eq!((&listed[1]["name"], &listed[1]["confirm"]), (&json!("prod"), &json!("type its name")), "{listed}");
    assert!(!listed.to_string().contains(PASSWORD), "{listed}");
    let joined = it.command("redlua.connect", json!([{ "uri": uri, "on": "dev" }]));
    assert_eq!(joined["product"], "Redis", "{joined}");
    assert_eq!(it.command("redlua.servers", json!([uri]))[0]["product"], "Redis");
    let gone = it.command("redlua.connect", json!([{ "uri": uri, "on": "prod" }]));
    assert!(gone["problem"].as_str().is_some_and(|why| why.contains("nothing listens")), "{gone}");
    let titles: Vec<String> =
        it.actions("a.lua", 0).iter().filter_map(|it| Some(it["title"].as_str()?.to_owned())).collect();
    assert!(titles.contains(&"Run on dev".to_owned()) && titles.contains(&"Run on prod".to_owned()), "{titles:?}");
    it.client.end();
}

#[test]
fn without_consent_nothing_is_written() {
    let real = real();
    real.cli(&["SET", "stock", "5"]);
    let mut it = with_views(&[("take.lua", TAKE), ("redlua.toml", &settings(&real, ""))]);
    let refused = run_on(&mut it, "take.lua", json!({}));
    let consent = &refused["consent"];
    assert_eq!(consent["writes"], json!(["DECRBY"]), "{refused}");
    let question = consent["question"].as_str().unwrap_or_default();
    assert!(question.starts_with("Run take.lua on dev (Redis 7.0") && question.contains("DECRBY"), "{question}");
    assert_eq!(refused["error"]["message"], "line 6 writes; nothing was written on dev");
    assert_eq!(real.cli(&["GET", "stock"]), "5");
    let done = run_on(&mut it, "take.lua", json!({ "write": true }));
    assert_eq!((&done["resp"], real.cli(&["GET", "stock"]).as_str()), (&json!(3), "3"), "{done}");
    it.client.end();
}

#[test]
fn a_server_of_production_wants_its_name() {
    let real = real();
    real.cli(&["SET", "stock", "5"]);
    let settings = settings(&real, "confirm = 'type its name'\n");
    let mut it = with_views(&[("take.lua", TAKE), ("redlua.toml", &settings)]);
    for more in [json!({}), json!({ "write": true }), json!({ "write": true, "confirm": "prod" })] {
        let refused = run_on(&mut it, "take.lua", more);
        assert_eq!(refused["consent"]["confirm"], "type its name", "{refused}");
        assert_eq!(real.cli(&["GET", "stock"]), "5");
    }
    let done = run_on(&mut it, "take.lua", json!({ "write": true, "confirm": "dev" }));
    assert_eq!((&done["resp"], real.cli(&["GET", "stock"]).as_str()), (&json!(3), "3"), "{done}");
    it.client.end();
}

#[test]
fn functions_are_loaded_with_consent_alone() {
    let real = real();
    let library = "#!lua name=shop\nredis.register_function('put', function(keys)\n  return redis.call('SET', keys[1], 1)\nend)\n";
    let mut it = with_views(&[("shop.lua", library), ("redlua.toml", &settings(&real, ""))]);
    let refused = run_on(&mut it, "shop.lua", json!({ "function": "put" }));
    let question = refused["consent"]["question"].as_str().unwrap_or_default();
    assert!(question.contains("It writes by SET.") && question.contains("shop is loaded there"), "{refused}");
    assert_eq!(real.cli(&["FUNCTION", "LIST"]), "");
    let done = run_on(&mut it, "shop.lua", json!({ "function": "put", "write": true }));
    assert_eq!((&done["reply"], &done["library"]), (&json!("OK"), &json!("new")), "{done}");
    it.client.end();
}

#[test]
fn other_clients_are_asked_by_the_protocol() {
    let real = real();
    real.cli(&["SET", "stock", "5"]);
    let prod = format!("[servers.prod]\nurl = '{}'\nconfirm = 'type its name'\n", real.url());
    let files = [("take.lua", TAKE), ("redlua.toml", &settings(&real, &prod))];
    let mut it = session(&files);
    // The user leaves the question.
    let refused = run_on(&mut it, "take.lua", json!({}));
    assert!(refused["consent"].is_object(), "{refused}");
    let asked = it.client.wait(|it| it["method"] == "window/showMessageRequest");
    assert!(asked["params"]["message"].as_str().is_some_and(|text| text.contains("It writes by DECRBY.")), "{asked}");
    assert_eq!(real.cli(&["GET", "stock"]), "5");
    it.client.choice = Some("Run on dev".to_owned());
    let done = run_on(&mut it, "take.lua", json!({}));
    assert_eq!((&done["resp"], real.cli(&["GET", "stock"]).as_str()), (&json!(3), "3"), "{done}");
    let message = it.message();
    assert!(message.starts_with("take.lua with `1 stock` on dev (Redis 7.0"), "{message}");
    // No question of the protocol's takes a text.
    run_on(&mut it, "take.lua", json!({ "on": "prod" }));
    let message = it.message();
    assert!(
        message.contains("no way to ask") && message.contains("redlua run --write --on prod take.lua stock"),
        "{message}"
    );
    it.client.end();
    let mut terse = session_with(&files, json!({ "experimental": { "redlua": { "terse": true } } }));
    run_on(&mut terse, "take.lua", json!({}));
    assert!(terse.message().contains("no way to ask"));
    assert_eq!(real.cli(&["GET", "stock"]), "3");
    terse.client.end();
}

#[test]
fn a_run_that_is_cancelled_ends_on_the_server() {
    let real = RealServer::start("redis-7.0", &["--busy-reply-threshold", "50"]);
    let files = [("loop.lua", "while true do\n  local a = KEYS[1]\nend\n"), ("redlua.toml", &settings(&real, ""))];
    let mut it = session_with(&files, json!({ "window": { "workDoneProgress": true } }));
    let busy = || real.cli(&["PING"]).starts_with("BUSY").then_some(());
    // By the request.
    let argument = json!([{ "uri": it.uri("loop.lua"), "keys": ["a"], "args": [], "on": "dev" }]);
    let id = it.ask("redlua.run", argument.clone());
    wait_for("the script", busy);
    it.client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(it.client.answer(id)["error"]["code"], -32800);
    wait_for("its end", || (real.cli(&["PING"]) == "PONG").then_some(()));
    let message = it.message();
    assert!(message.contains("was cancelled: the server ended it, and it had written nothing"), "{message}");
    // By its progress.
    let id = it.ask("redlua.run", argument);
    let begun = it
        .client
        .wait(|it| it["method"] == "$/progress" && it["params"]["value"]["title"] == "Running loop.lua on dev");
    wait_for("the script", busy);
    it.client.notify("window/workDoneProgress/cancel", json!({ "token": begun["params"]["token"] }));
    let done = it.client.answer(id);
    assert_eq!(done["result"]["error"]["wrote"], false, "{done}");
    assert_eq!(real.cli(&["PING"]), "PONG");
    it.client.end();
}

#[test]
fn keys_of_a_server_are_read_within_bounds() {
    let real = real();
    let mut it = with_views(&[("a.lua", "return KEYS[1]\n"), ("redlua.toml", &settings(&real, ""))]);
    real.cli(&["SET", "s", "1", "EX", "100"]);
    real.cli(&["HSET", "h", "f", "v"]);
    let uri = it.uri("a.lua");
    let looked = it.command("redlua.keyspace", json!([{ "uri": uri, "on": "dev" }]));
    assert_eq!(looked["keys"][0], json!({ "key": "h", "type": "hash" }), "{looked}");
    assert!(looked["keys"][1]["expires"].is_u64() && looked["more"] == 0 && looked["partial"] == false, "{looked}");
    let fill = "for i = 1, 5000 do redis.call('SET', 'k:' .. i, i) end";
    real.cli(&["EVAL", fill, "0"]);
    let looked = it.command("redlua.keyspace", json!([{ "uri": uri, "on": "dev" }]));
    assert_eq!(looked["keys"].as_array().map(Vec::len), Some(1000));
    assert_eq!((&looked["more"], &looked["partial"]), (&json!(4002), &json!(true)));
    let looked = it.command("redlua.keyspace", json!([{ "uri": uri, "on": "dev", "pattern": "k:77?" }]));
    assert_eq!(looked["keys"].as_array().map(Vec::len), Some(10), "{looked}");
    it.client.end();
}

#[test]
fn nothing_runs_where_nobody_trusts_the_folder() {
    let real = real();
    let files = [("a.lua", SIZE), ("redlua.toml", &settings(&real, "password-command = 'touch ran'\n"))];
    let mut it = session_with(&files, json!({ "experimental": { "redlua": { "inputs": true, "runs": false } } }));
    let uri = it.uri("a.lua");
    for command in ["redlua.run", "redlua.connect", "redlua.keyspace"] {
        let arguments = json!({ "command": command, "arguments": [{ "uri": uri, "on": "dev" }] });
        let id = it.client.ask("workspace/executeCommand", arguments);
        let refused = it.client.answer(id)["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(refused.contains("does not trust"), "{command}: {refused}");
    }
    assert!(it.actions("a.lua", 0).iter().all(|it| !it["title"].as_str().unwrap_or_default().contains("on dev")));
    assert_eq!(it.command("redlua.servers", json!([uri]))[0]["name"], "dev");
    assert!(!real.log().contains("Accepted"), "{}", real.log());
    it.client.end();
}

#[cfg(unix)]
#[test]
fn passwords_come_through_a_socket_and_are_never_said() {
    use std::io::Write as _;

    let real = RealServer::start("redis-7.0", &["--requirepass", PASSWORD]);
    let mut it = with_views(&[("a.lua", SIZE), ("redlua.toml", &settings(&real, ""))]);
    let uri = it.uri("a.lua");
    let wanted = run_on(&mut it, "a.lua", json!({}));
    assert_eq!(wanted["wants"], "password", "{wanted}");
    let folder = tempfile::tempdir().expect("a folder");
    let mut told = 0;
    let mut connect = |it: &mut Session, secret: Value| {
        told += 1;
        let path = folder.path().join(told.to_string());
        let listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
        let writer = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().expect("a connection");
            socket.write_all(secret.to_string().as_bytes()).expect("a secret");
        });
        let done = it.command("redlua.connect", json!([{ "uri": uri, "pipe": path.to_string_lossy() }]));
        writer.join().expect("a writer");
        assert!(!done.to_string().contains(PASSWORD), "{done}");
        done
    };
    let wrong = connect(&mut it, json!({ "server": "dev", "password": "wrong" }));
    assert_eq!(wrong["wants"], "password", "{wrong}");
    let joined = connect(&mut it, json!({ "server": "dev", "password": PASSWORD }));
    assert_eq!((&joined["name"], &joined["product"]), (&json!("dev"), &json!("Redis")), "{joined}");
    assert_eq!(run_on(&mut it, "a.lua", json!({}))["resp"], 0);
    // A URL that was typed: another database of the same server.
    let typed = connect(&mut it, json!({ "server": format!("redis://:{PASSWORD}@127.0.0.1:{}/3", real.port) }));
    let name = typed["name"].as_str().unwrap_or_default().to_owned();
    assert_eq!(name, format!("{}/3", real.url()), "{typed}");
    assert_eq!(run_on(&mut it, "a.lua", json!({ "on": name }))["resp"], 0);
    let said = it.client.said.iter().map(ToString::to_string).collect::<String>();
    assert!(!said.contains(PASSWORD), "{said}");
    it.client.end();
}
