//! `redlua.toml` in an editor: completion, hover, mistakes and their fixes.

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, abilities, uri},
};

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

fn labels(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|item| item["label"].as_str()).collect()
}

fn mistakes(client: &mut Client, uri: &str) -> Vec<Value> {
    let told = client
        .wait(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"].as_str() == Some(uri));
    client.said.clear();
    told["params"]["diagnostics"].as_array().cloned().unwrap_or_default()
}

#[test]
fn settings_are_completed_and_explained() {
    let folder = folder(&[("redlua.toml", "")]);
    let mut client = Client::in_folder(folder.path(), abilities());
    let toml = uri(&folder.path().join("redlua.toml"));
    client.open(&toml, "# é\nclu\ntarget = ''\n[lints]\ncross-slot = \"deny\"\n\n");
    let keys = client.request("textDocument/completion", at(&toml, 1, 3));
    assert!(labels(&keys).contains(&"cluster") && labels(&keys).contains(&"[files]"), "{keys}");
    assert!(!labels(&keys).contains(&"target") && !labels(&keys).contains(&"[lints]"), "{keys}");
    let cluster =
        keys.as_array().and_then(|list| list.iter().find(|it| it["label"] == "cluster")).cloned().unwrap_or_default();
    assert_eq!(cluster["textEdit"]["newText"], "cluster = ${1:true}");
    assert_eq!(cluster["textEdit"]["range"]["start"], json!({ "line": 1, "character": 0 }));
    assert!(cluster["documentation"].to_string().contains("one slot"), "{cluster}");
    let targets = client.request("textDocument/completion", at(&toml, 2, 10));
    assert!(labels(&targets).contains(&"'redis 8.6'") && labels(&targets).contains(&"'valkey 7.2..'"), "{targets}");
    let rules = client.request("textDocument/completion", at(&toml, 5, 0));
    assert!(labels(&rules).contains(&"unknown-command") && !labels(&rules).contains(&"cross-slot"), "{rules}");
    let levels = client.request("textDocument/completion", at(&toml, 4, 14));
    assert_eq!(labels(&levels), ["\"allow\"", "\"hint\"", "\"warn\"", "\"deny\""]);
    let hover = client.request("textDocument/hover", at(&toml, 4, 3));
    assert!(hover["contents"]["value"].to_string().contains("different hash slots"), "{hover}");
    assert_eq!(client.request("textDocument/hover", at(&toml, 0, 1)), Value::Null);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn mistakes_are_told_while_they_are_typed() {
    let folder = folder(&[("redlua.toml", ""), ("a.lua", "return redis.call('GET', KEYS[1])")]);
    let mut client = Client::in_folder(folder.path(), abilities());
    let toml = uri(&folder.path().join("redlua.toml"));
    client.open(&toml, "# é\nclutser = true\nmodules = ['jsn']\n[lints]\nunknow-command = 'deny'\n");
    let told = mistakes(&mut client, &toml);
    let messages: Vec<_> = told.iter().filter_map(|it| it["message"].as_str()).collect();
    assert_eq!(
        messages,
        [
            "unknown key `clutser`: did you mean `cluster`?",
            "unknown module `jsn`: did you mean `json`?",
            "there is no rule `unknow-command`: did you mean `unknown-command`?",
        ]
    );
    let fix = |client: &mut Client, nth: usize| {
        let params = json!({
            "textDocument": { "uri": toml }, "range": told[nth]["range"], "context": { "diagnostics": [told[nth]] },
        });
        let actions = client.request("textDocument/codeAction", params);
        (actions[0]["title"].clone(), actions[0]["edit"]["changes"][&toml][0].clone())
    };
    let (title, edit) = fix(&mut client, 0);
    assert_eq!(
        (&title, &edit["newText"], &edit["range"]),
        (&"Replace by `cluster`".into(), &"cluster".into(), &told[0]["range"])
    );
    assert_eq!(fix(&mut client, 1).1["newText"], "'json'");
    // What is typed is judged before it is saved, and counts once it is.
    client.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": toml, "version": 2 }, "contentChanges": [{ "text": "[hints]\ncluster = true\n" }] }),
    );
    assert_eq!(mistakes(&mut client, &toml)[0]["message"], "`cluster` belongs above the first table of the file");
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": toml } }));
    assert_eq!(mistakes(&mut client, &toml), Vec::<Value>::new());
    // It is no script, and whatever else is asked about it has no answer.
    client.open(&toml, "cluster = true\n");
    for method in ["textDocument/formatting", "textDocument/documentSymbol", "textDocument/foldingRange"] {
        let params = json!({ "textDocument": { "uri": toml }, "options": { "tabSize": 2, "insertSpaces": true } });
        assert_eq!(client.request(method, params), Value::Null, "{method}");
    }
    assert_eq!(client.end(), Some(0));
}
