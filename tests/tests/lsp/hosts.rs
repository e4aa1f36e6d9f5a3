//! Files of other languages beside scripts: what is registered for which of them.

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, uri},
};

/// The server's capabilities and its registrations, for a client with these.
fn registered(hosts: bool, capabilities: Value) -> (Value, Vec<Value>) {
    let mut client = Client::start();
    let options = json!({ "redlua": { "hosts": hosts } });
    let params =
        json!({ "processId": null, "rootUri": null, "capabilities": capabilities, "initializationOptions": options });
    let answer = client.request("initialize", params);
    client.notify("initialized", json!({}));
    let asked = client.wait(|it| it["method"] == "client/registerCapability");
    assert_eq!(client.end(), Some(0));
    let all = asked["params"]["registrations"].as_array().cloned().unwrap_or_default();
    (answer["capabilities"].clone(), all)
}

fn languages(registration: &Value) -> Vec<&str> {
    let selector = registration["registerOptions"]["documentSelector"].as_array().into_iter().flatten();
    selector.filter_map(|it| it["language"].as_str()).collect()
}

fn abilities(all: &[&str]) -> Value {
    let document: serde_json::Map<String, Value> =
        all.iter().map(|it| ((*it).to_owned(), json!({ "dynamicRegistration": true }))).collect();
    let mut abilities = json!({ "textDocument": document });
    abilities["workspace"] = json!({ "didChangeWatchedFiles": { "dynamicRegistration": true } });
    // Required by the protocol's types.
    if all.contains(&"semanticTokens") {
        let tokens = &mut abilities["textDocument"]["semanticTokens"];
        tokens["requests"] = json!({ "full": { "delta": true } });
        tokens["tokenTypes"] = json!([]);
        tokens["tokenModifiers"] = json!([]);
        tokens["formats"] = json!(["relative"]);
    }
    abilities
}

const OURS: [(&str, &str); 10] = [
    ("formatting", "documentFormattingProvider"),
    ("rangeFormatting", "documentRangeFormattingProvider"),
    ("onTypeFormatting", "documentOnTypeFormattingProvider"),
    ("semanticTokens", "semanticTokensProvider"),
    ("foldingRange", "foldingRangeProvider"),
    ("selectionRange", "selectionRangeProvider"),
    ("documentSymbol", "documentSymbolProvider"),
    ("documentLink", "documentLinkProvider"),
    ("linkedEditingRange", "linkedEditingRangeProvider"),
    ("callHierarchy", "callHierarchyProvider"),
];

#[test]
fn what_hosts_never_get_is_registered_for_scripts() {
    let mut names = OURS.map(|(client, _)| client).to_vec();
    names.push("completion");
    let (answer, all) = registered(true, abilities(&names));
    for (_, ours) in OURS {
        assert!(answer.get(ours).is_none(), "{ours}: {}", answer[ours]);
    }
    assert!(answer.get("completionProvider").is_none());
    assert_eq!(answer["hoverProvider"], true);
    // The files that are watched, and completion twice.
    assert_eq!(all.len(), OURS.len() + 3, "{all:?}");
    for it in &all {
        let (id, method) = (it["id"].as_str().unwrap_or_default(), it["method"].as_str().unwrap_or_default());
        let (has_lua, has_python) = (languages(it).contains(&"lua"), languages(it).contains(&"python"));
        match method {
            "workspace/didChangeWatchedFiles" => assert!(it.to_string().contains("**/*.{py,"), "{it}"),
            "textDocument/completion" => {
                let characters = it["registerOptions"]["triggerCharacters"].as_array().cloned().unwrap_or_default();
                assert_eq!(characters.contains(&json!(" ")), id.ends_with("scripts"), "{it}");
                assert!(characters.contains(&json!(".")), "{it}");
                assert_eq!(it["registerOptions"]["resolveProvider"], true, "{it}");
                assert_eq!((has_lua, has_python), (id.ends_with("scripts"), id.ends_with("hosts")), "{it}");
            }
            _ => assert_eq!((has_lua, has_python), (true, false), "{it}"),
        }
    }
    let tokens = all.iter().find(|it| it["method"] == "textDocument/semanticTokens").expect("registered");
    assert!(tokens["registerOptions"]["legend"]["tokenTypes"].as_array().is_some_and(|it| !it.is_empty()), "{tokens}");
}

#[test]
fn what_cannot_be_registered_stays() {
    let (answer, all) = registered(true, abilities(&["formatting"]));
    assert!(answer.get("documentFormattingProvider").is_none());
    assert!(answer["semanticTokensProvider"].is_object());
    assert!(answer["completionProvider"]["triggerCharacters"].to_string().contains("\" \""));
    assert_eq!(all.len(), 2);
    // Who says nothing of hosts gets what he always got.
    let (answer, all) = registered(false, abilities(&OURS.map(|(client, _)| client)));
    for (_, ours) in OURS {
        assert!(answer.get(ours).is_some(), "{ours}");
    }
    assert_eq!(all.len(), 1);
}

#[test]
fn outside_of_scripts_there_are_no_answers() {
    let text = "import redis\nr = redis.Redis()\nr.eval(\"return redis.call('GET', KEYS[1])\", 1, 'a')\nr.get('a')\n";
    let folder = folder(&[("app.py", text)]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let uri = uri(&folder.path().join("app.py"));
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let at = |line: u32, character: u32| json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
    for method in ["completion", "hover", "definition", "signatureHelp", "documentHighlight", "onTypeFormatting"] {
        let mut params = at(3, 2);
        params["ch"] = json!("\n");
        params["options"] = json!({ "tabSize": 4, "insertSpaces": true });
        assert_eq!(client.request(&format!("textDocument/{method}"), params), Value::Null, "{method}");
    }
    for method in ["formatting", "foldingRange", "documentSymbol", "documentLink", "semanticTokens/full"] {
        let params = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 4, "insertSpaces": true } });
        assert_eq!(client.request(&format!("textDocument/{method}"), params), Value::Null, "{method}");
    }
    let range = json!({ "start": { "line": 3, "character": 0 }, "end": { "line": 3, "character": 3 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
    assert_eq!(client.request("textDocument/codeAction", params), Value::Null);
    // In the script there are; commands mean the script at their position.
    let status = |client: &mut Client, line: u32, character: u32| {
        let mut argument = at(line, character);
        argument["uri"] = argument["textDocument"]["uri"].take();
        argument.as_object_mut().expect("an object").remove("textDocument");
        client.request("workspace/executeCommand", json!({ "command": "redlua.status", "arguments": [argument] }))
    };
    assert_eq!(status(&mut client, 3, 2), Value::Null);
    let there = status(&mut client, 2, 28);
    assert_eq!(there["script"], true, "{there}");
    assert!(there["uri"].as_str().is_some_and(|it| it.starts_with(&format!("{uri}#"))), "{there}");
    assert!(client.request("textDocument/hover", at(2, 28)).to_string().contains("GET"));
    assert!(client.request("textDocument/completion", at(2, 28)).to_string().contains("HGET"));
    assert_eq!(client.end(), Some(0));
}
