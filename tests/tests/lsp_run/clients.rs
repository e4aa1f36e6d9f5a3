//! Clients that differ in what they can do and allow.

use serde_json::{Value, json};
use tests::lsp::{Client, uri};

use crate::session::{TAKE, session, session_with};

#[test]
fn lenses_and_actions_run_in_any_client() {
    let mut it = session(&[("take.lua", TAKE)]);
    let lens = it.lenses("take.lua").into_iter().find(|(_, title, _)| title == "▶ Run");
    let Some((0, _, command)) = lens else { panic!("{lens:?}") };
    let done = it.client.request("workspace/executeCommand", command);
    assert_eq!(done["inputs"]["keys"], json!(["stock:42"]), "{done}");
    let actions = it.actions("take.lua", 5);
    let titles: Vec<&str> = actions.iter().filter_map(|action| action["title"].as_str()).collect();
    for title in ["Run against the embedded engine", "Run with `1 stock:43 1`", "Run with …", "Run examples"] {
        assert!(titles.contains(&title), "{titles:?}");
    }
    // The user chooses among what is known.
    let ask = actions.iter().find(|action| action["title"] == "Run with …").expect("an action")["command"].clone();
    it.client.choice = Some("1 stock:43 1".to_owned());
    let done = it.client.request("workspace/executeCommand", ask.clone());
    assert_eq!(done["inputs"]["keys"], json!(["stock:43"]), "{done}");
    it.client.choice = None;
    assert_eq!(it.client.request("workspace/executeCommand", ask), Value::Null);
    it.client.end();
}

#[test]
fn clients_that_ask_for_inputs() {
    let mut it = session_with(&[("take.lua", TAKE)], json!({ "experimental": { "redlua": { "inputs": true } } }));
    let uri = it.uri("take.lua");
    let form = it.command("redlua.inputs", json!([uri]));
    assert_eq!(form["keys"], json!([{ "name": "the stock", "value": "stock:42" }]));
    assert_eq!(form["args"], json!([{ "name": "how many", "value": "2" }]));
    assert_eq!(form["choices"][1]["title"], "1 stock:43 1");
    it.run("take.lua", &["x"], &["7"]);
    let lens = it.lenses("take.lua").into_iter().find(|(_, title, _)| title == "▶ Run with…").expect("a lens").2;
    assert_eq!(lens["arguments"][0]["ask"], true);
    assert_eq!(lens["arguments"][0]["inputs"]["keys"][0]["value"], "x");
    assert!(!it.client.said.iter().any(|message| message["method"] == "window/showMessage"));
    it.client.end();
}

#[test]
fn clients_that_are_terse() {
    let list = "--> EVAL . 1 a\n--> EVAL . 1 b\nreturn { KEYS[1], 'x' }\n";
    let mut it = session_with(&[("list.lua", list)], json!({ "experimental": { "redlua": { "terse": true } } }));
    it.open("list.lua", list);
    let titles: Vec<Value> = it.actions("list.lua", 2).iter().map(|action| action["title"].clone()).collect();
    assert!(titles.contains(&json!("Run with `1 b`")) && !titles.contains(&json!("Run with …")), "{titles:?}");
    it.run("list.lua", &["a"], &[]);
    let message = it.message();
    assert!(message.contains("1) \"a\" 2) \"x\"") && !message.contains('\n'), "{message}");
}

#[test]
fn clients_that_pull_and_cannot_be_told() {
    let folder = tempfile::tempdir().expect("a folder");
    // They are sent all findings, as those that do not pull.
    let mut client = Client::in_folder(folder.path(), json!({ "textDocument": { "diagnostic": {} } }));
    let uri = uri(&folder.path().join("a.lua"));
    client.open(&uri, TAKE);
    assert_eq!(client.findings(&uri, 1), Vec::<Value>::new());
    let found = client.findings(&uri, 1);
    assert_eq!(found[0]["code"], "example", "{found:?}");
    let change =
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": "return KEYS[1]" }] });
    client.notify("textDocument/didChange", change);
    assert_eq!(client.findings(&uri, 2), Vec::<Value>::new());
    client.end();
}

#[test]
fn clients_that_pull_and_are_told_to_ask_again() {
    let abilities = json!({
        "textDocument": { "diagnostic": {} },
        "workspace": {
            "diagnostics": { "refreshSupport": true },
            "inlayHint": { "refreshSupport": true },
            "codeLens": { "refreshSupport": true },
        },
    });
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.lua"), TAKE).expect("a file");
    let mut client = Client::in_folder(folder.path(), abilities);
    let uri = uri(&folder.path().join("a.lua"));
    client.open(&uri, TAKE);
    client.wait(|it| it["method"] == "workspace/inlayHint/refresh");
    client.wait(|it| it["method"] == "workspace/diagnostic/refresh");
    let of = json!({ "textDocument": { "uri": uri } });
    let report = client.request("textDocument/diagnostic", of.clone());
    assert_eq!(report["items"][0]["code"], "example", "{report}");
    let again = json!({ "textDocument": { "uri": uri }, "previousResultId": report["resultId"] });
    assert_eq!(client.request("textDocument/diagnostic", again)["kind"], "unchanged");
    let arguments = json!({ "command": "redlua.run", "arguments": [{ "uri": uri, "keys": ["k"], "args": ["x"] }] });
    client.request("workspace/executeCommand", arguments);
    client.wait(|it| it["method"] == "workspace/codeLens/refresh");
    let report = client.request("textDocument/diagnostic", of);
    assert_eq!(report["items"][0]["code"], "run", "{report}");
    client.end();
}

#[test]
fn nothing_runs_where_the_editor_does_not_trust() {
    let mut it = session_with(&[("take.lua", TAKE)], json!({ "experimental": { "redlua": { "runs": false } } }));
    let uri = it.uri("take.lua");
    for command in ["redlua.run", "redlua.runExamples"] {
        let id = it.ask(command, json!([uri]));
        let answer = it.client.wait(|message| message["id"] == id);
        assert!(answer["error"]["message"].as_str().is_some_and(|it| it.contains("does not trust")), "{answer}");
    }
    assert!(!it.lenses("take.lua").iter().any(|(_, title, _)| title.starts_with("Run")));
    assert!(!it.actions("take.lua", 8).iter().any(|action| action["kind"] == "redlua.run"));
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert!(!it.hints("take.lua").iter().any(|(_, text)| text.contains('✓')), "the examples have run");
    it.client.end();
}

#[test]
fn what_a_document_is_can_be_asked() {
    let library = "#!lua name=l\nredis.register_function('f', function(keys) return 1 end)\n";
    let settings = "target = ['valkey 8.0', 'redis 7.0']\ncluster = true\n";
    let mut it = session(&[("l.lua", library), ("redlua.toml", settings), ("plain.lua", "print(1)\n")]);
    let status = it.command("redlua.status", json!([it.uri("l.lua")]));
    assert!(status["settings"].as_str().is_some_and(|path| path.ends_with("redlua.toml")), "{status}");
    assert_eq!((&status["script"], &status["library"], &status["cluster"]), (&json!(true), &json!(true), &json!(true)));
    assert_eq!(status["functions"], json!(["f"]));
    assert_eq!(status["targets"], json!(["redis 7.0", "valkey 8.0"]));
    it.open("plain.lua", "print(1)\n");
    assert_eq!(it.command("redlua.status", json!([it.uri("plain.lua")]))["script"], false);
    assert_eq!(it.command("redlua.status", json!([it.uri("none.lua")])), Value::Null);
    it.client.end();
}

#[test]
fn what_is_wrong_is_said() {
    let mut it = session(&[("a.lua", "return redis.call('GET', 'a')\n")]);
    let uri = it.uri("a.lua");
    for (command, arguments, told) in [
        ("redlua.run", json!([]), "takes one argument"),
        ("redlua.run", json!([{ "uri": 1 }]), "`uri` must be a text"),
        ("redlua.run", json!([{ "uri": "no uri at all" }]), "is not a URI"),
        ("redlua.run", json!(["file:///no/such/file.lua"]), "neither open nor a file of the workspace"),
        ("redlua.run", json!([{ "uri": uri, "keys": "a" }]), "`keys` must be a list"),
        ("redlua.run", json!([{ "uri": uri, "function": "f" }]), "no function library"),
        ("redlua.run", json!([{ "uri": uri, "target": "mysql 5" }]), "mysql 5"),
        ("redlua.runExamples", json!([uri, uri]), "takes one argument"),
        ("redlua.format", json!([]), "there is no command `redlua.format`"),
    ] {
        let id = it.ask(command, arguments);
        let error = it.client.answer(id)["error"].clone();
        assert_eq!(error["code"], -32602, "{error}");
        assert!(error["message"].as_str().unwrap_or_default().contains(told), "{error}");
    }
    assert_eq!(it.run("a.lua", &[], &[])["reply"], "(nil)");
    it.client.end();
}
