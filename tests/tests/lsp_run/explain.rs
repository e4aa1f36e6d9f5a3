//! `redlua.explain`, and the actions that offer it.

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, uri},
    redlua,
};

use crate::session::session;

const WRONG: &str = "local a = KEYS[1]\nreturn redis.call('GTE', a)\n";

fn titles(actions: &Value) -> Vec<&str> {
    actions.as_array().into_iter().flatten().filter_map(|action| action["title"].as_str()).collect()
}

#[test]
fn names_and_places_have_pages() {
    let mut it = session(&[("a.lua", WRONG), ("redlua.toml", "target = 'valkey 8.1'\n")]);
    let uri = it.uri("a.lua");
    let page = it.command("redlua.explain", json!([{ "name": "unknown-command", "show": false }]));
    assert_eq!(page["name"], "unknown-command");
    assert!(page["markdown"].as_str().is_some_and(|it| it.starts_with("# unknown-command\n\nLevel: error.")), "{page}");
    let place = json!({ "line": 1, "character": 20 });
    assert_eq!(it.command("redlua.explain", json!([{ "uri": uri, "position": place, "show": false }])), page);
    // A command's page is that of the target.
    let page = it.command("redlua.explain", json!([{ "name": "hset", "show": false }]));
    assert!(page["markdown"].as_str().is_some_and(|it| it.contains("https://valkey.io/commands/hset/")), "{page}");
    for (argument, why) in [
        (json!("hste"), "there is no rule, command or function `hste`: did you mean `HSET`?"),
        (
            json!({ "uri": uri, "position": { "line": 0, "character": 6 } }),
            "there is no rule, command or function to explain here",
        ),
        (json!({ "uri": uri }), "a name is wanted"),
    ] {
        let asked = it.ask("redlua.explain", json!([argument]));
        let answer = it.client.wait(|it| it["id"] == asked);
        assert!(answer["error"]["message"].as_str().is_some_and(|it| it.starts_with(why)), "{answer}");
    }
    it.client.end();
}

#[test]
fn actions_offer_it_only_when_asked() {
    let mut it = session(&[("a.lua", WRONG)]);
    let uri = it.uri("a.lua");
    let place = json!({ "line": 1, "character": 20 });
    let mut ask = |context: Value| {
        let range = json!({ "start": place, "end": place });
        let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": context });
        it.client.request("textDocument/codeAction", params)
    };
    let all = ask(json!({ "diagnostics": [], "triggerKind": 1 }));
    let last = all.as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
    assert_eq!((&last["title"], &last["kind"]), (&json!("Explain unknown-command"), &json!("")), "{all}");
    assert_eq!(last["command"]["arguments"], json!([{ "name": "unknown-command" }]));
    let explains = |actions: &Value| titles(actions).iter().any(|title| title.starts_with("Explain"));
    assert!(!explains(&ask(json!({ "diagnostics": [], "triggerKind": 2 }))));
    assert!(!explains(&ask(json!({ "diagnostics": [], "only": ["quickfix"] }))));
    it.client.end();
}

#[test]
fn clients_without_a_view_open_a_file_or_show_a_message() {
    let (folder, cache) = (folder(&[("a.lua", WRONG)]), folder(&[]));
    let path = cache.path().join("redlua/explained/unknown-command.md");
    for shows in [true, false] {
        let mut command = redlua();
        command.arg("lsp").env("XDG_CACHE_HOME", cache.path());
        let mut client = Client::of(command);
        client.begin(folder.path(), json!({ "window": { "showDocument": { "support": shows } } }));
        let asked = json!({ "command": "redlua.explain", "arguments": ["unknown-command"] });
        let page = client.request("workspace/executeCommand", asked);
        if shows {
            let shown = client.wait(|it| it["method"] == "window/showDocument");
            assert_eq!(shown["params"]["uri"], uri(&path), "{shown}");
            assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), page["markdown"].as_str());
            assert!(std::fs::metadata(&path).is_ok_and(|data| data.permissions().readonly()));
        } else {
            let shown = client.wait(|it| it["method"] == "window/showMessage");
            let text = shown["params"]["message"].as_str().unwrap_or_default();
            assert!(text.contains("What it does") && !text.contains("```"), "{shown}");
        }
        assert_eq!(client.end(), Some(0));
    }
}
