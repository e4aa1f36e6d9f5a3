//! Calls of scripts in programs: what is found of them, and what is told at them.

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, uri},
};

#[test]
fn calls_are_checked_as_they_are_typed() {
    let source = "from scripts import UNLOCK\nTAKE = \"return redis.call('DECRBY', KEYS[1], ARGV[1])\"\nr.eval(TAKE, 1, 'é😀', 2); r.eval(TAKE, 1, 'k')\nr.eval(UNLOCK, 1, 'k')\n";
    let unlock = "UNLOCK = \"if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end return 0\"\n";
    let folder = folder(&[("app.py", source), ("scripts.py", unlock)]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let uri = uri(&folder.path().join("app.py"));
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": source });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let shown = |found: Vec<Value>| -> Vec<String> {
        let all = found.iter().filter(|it| it["code"] == "call-arity");
        all.map(|it| format!("{}:{}", it["range"]["start"]["line"], it["range"]["start"]["character"])).collect()
    };
    // The workspace is read beside.
    while shown(client.findings(&uri, 1)) != ["2:29", "3:2"] {}
    // An edit of the call mends it; an edit of the script, which asks for the argument now, the other too.
    let mut change = |version: i64, line: u32, from: u32, to: u32, text: &str| {
        let range = json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } });
        let changes = json!([{ "range": range, "text": text }]);
        let document = json!({ "uri": uri, "version": version });
        client.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        shown(client.findings(&uri, version))
    };
    assert_eq!(change(2, 3, 21, 21, ", 't'"), ["2:29"]);
    assert_eq!(change(3, 1, 43, 50, "ARGV[1] or 1"), Vec::<String>::new());
    assert_eq!(client.end(), Some(0));
}
