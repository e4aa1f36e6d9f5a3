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

const STOCK: &str = "\
TAKE = \"\"\"
-- KEYS[1] the stock
-- ARGV[1] how many
return redis.call('DECRBY', KEYS[1], ARGV[1])
\"\"\"
r.eval(TAKE, 1, 'stock:1', 2)
r.eval(open('sub/get.lua').read(), 1, name)
r.fcall('stock_take', 1, 'stock:1')
r.get('x')
";

/// A client with the program and what it runs, and a way to ask at a place of the program.
fn stock() -> (tempfile::TempDir, Client, String) {
    let folder = folder(&[
        ("app.py", STOCK),
        ("sub/get.lua", "return redis.call('GET', KEYS[1])\n"),
        (
            "lib.lua",
            "#!lua name=stock\nredis.register_function('stock_take', function(keys) return redis.call('DECR', keys[1]) end)\n",
        ),
    ]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let uri = uri(&folder.path().join("app.py"));
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": STOCK });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    // The workspace is read beside: until then nothing is known of other files.
    while ask(&mut client, &uri, "hover", 6, 3).is_null() {
        client.findings(&uri, 1);
    }
    (folder, client, uri)
}

fn ask(client: &mut Client, uri: &str, method: &str, line: u32, character: u32) -> Value {
    let place = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
    client.request(&format!("textDocument/{method}"), place)
}

#[test]
fn a_call_tells_of_its_script() {
    let (_folder, mut client, uri) = stock();
    let hover = |client: &mut Client, line, character| {
        ask(client, &uri, "hover", line, character)["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let take = hover(&mut client, 5, 3);
    for wanted in ["**app.py:TAKE**", "`KEYS[1]` the stock", "`ARGV[1]` how many", "writes", "receives int."] {
        assert!(take.contains(wanted), "{wanted} in {take}");
    }
    assert!(hover(&mut client, 6, 14).contains("receives bytes or None."));
    assert!(hover(&mut client, 7, 10).contains("**stock_take** of lib.lua"));
    assert_eq!(hover(&mut client, 8, 3), "", "no call of a script");
    assert_eq!(hover(&mut client, 5, 20), "", "a key tells nothing");
    let signature = ask(&mut client, &uri, "signatureHelp", 5, 28);
    assert_eq!(signature["signatures"][0]["label"], "app.py:TAKE(KEYS[1], ARGV[1])");
    assert_eq!(signature["activeParameter"], 1);
    let completion = ask(&mut client, &uri, "completion", 7, 12);
    assert_eq!(completion["items"][0]["label"], "stock_take");
    assert_eq!(completion["items"][0]["textEdit"]["range"]["start"], json!({ "line": 7, "character": 9 }));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn calls_and_scripts_know_the_way_to_each_other() {
    let (folder, mut client, uri) = stock();
    let target = |client: &mut Client, line, character| {
        let found = ask(client, &uri, "definition", line, character);
        (
            found[0]["uri"].as_str().map(|it| it.rsplit('/').next().unwrap_or(it).to_owned()),
            found[0]["range"]["start"]["line"].as_u64(),
        )
    };
    assert_eq!(target(&mut client, 6, 14), (Some("get.lua".to_owned()), Some(0)));
    assert_eq!(target(&mut client, 7, 10), (Some("lib.lua".to_owned()), Some(1)));
    assert_eq!(target(&mut client, 5, 8), (None, None), "Python's own server knows the name");
    let lenses = client.request("textDocument/codeLens", json!({ "textDocument": { "uri": uri } }));
    let titles: Vec<String> = lenses
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| format!("{} {}", it["range"]["start"]["line"], it["command"]["title"].as_str().unwrap_or_default()))
        .collect();
    assert!(titles.iter().any(|it| it == "0 called from 1 place" || it == "1 called from 1 place"), "{titles:?}");
    let run = lenses.as_array().into_iter().flatten().find(|it| it["command"]["title"] == "Run with these");
    let run = run.cloned().unwrap_or_default();
    assert_eq!(run["range"]["start"]["line"], 5, "{titles:?}");
    let reply = client.request(
        "workspace/executeCommand",
        json!({ "command": "redlua.run", "arguments": run["command"]["arguments"] }),
    );
    assert!(reply.to_string().contains("-2"), "{reply}");
    let file = tests::lsp::uri(&folder.path().join("sub/get.lua"));
    let lenses = client.request("textDocument/codeLens", json!({ "textDocument": { "uri": file } }));
    assert!(lenses.to_string().contains("called from 1 place"), "{lenses}");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_wrong_count_has_its_fix() {
    let source = "S = \"return redis.call('SET', KEYS[1], ARGV[1])\"\nx = 'é😀'; r.eval(S, 0, 'a', 1)\n";
    let folder = folder(&[("app.py", source)]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let uri = uri(&folder.path().join("app.py"));
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": source });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let found = client.findings(&uri, 1);
    let range = found[0]["range"].clone();
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": found } });
    let actions = client.request("textDocument/codeAction", params);
    assert_eq!(actions[0]["title"], "Count 1 key", "{actions}");
    let edit = &actions[0]["edit"]["changes"][&uri][0];
    assert_eq!((&edit["newText"], &edit["range"]["start"]["character"]), (&json!("1"), &json!(21)));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn uses_of_scripts_and_functions_are_found_both_ways() {
    let (folder, mut client, uri) = stock();
    let library = tests::lsp::uri(&folder.path().join("lib.lua"));
    let mut places = |uri: &str, line: u32, character: u32| -> Vec<String> {
        let place = json!({
            "textDocument": { "uri": uri }, "position": { "line": line, "character": character }, "context": { "includeDeclaration": true },
        });
        let found = client.request("textDocument/references", place);
        let all = found.as_array().into_iter().flatten();
        all.map(|it| {
            let name = it["uri"].as_str().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
            format!("{name}:{}:{}", it["range"]["start"]["line"], it["range"]["start"]["character"])
        })
        .collect()
    };
    assert_eq!(places(&uri, 7, 10), ["lib.lua:1:24", "app.py:7:8"]);
    assert_eq!(places(&library, 1, 28), ["app.py:7:8"]);
    assert_eq!(places(&uri, 5, 3), ["app.py:0:10", "app.py:5:2"]);
    let lenses = client.request("textDocument/codeLens", json!({ "textDocument": { "uri": library } }));
    let lens =
        lenses.as_array().into_iter().flatten().find(|it| it["command"]["title"] == "called from 1 place").cloned();
    assert_eq!(lens.map(|it| it["range"]["start"]["line"].clone()), Some(json!(1)), "{lenses}");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn an_example_in_a_string_is_updated_within_it() {
    let capabilities = json!({ "workspace": { "applyEdit": true }, "experimental": { "redlua": { "inputs": true } } });
    let text = "class A {\n  String S = \"\"\"\n    --> SET a 5\n    --= OK\n    --> EVAL . 1 a\n    --= \\\"6\\\"\n    return redis.call('GET', KEYS[1])\n    \"\"\";\n}\n";
    let folder = folder(&[("A.java", text)]);
    let mut client = Client::in_folder(folder.path(), capabilities);
    let uri = uri(&folder.path().join("A.java"));
    let item = json!({ "uri": uri, "languageId": "java", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let script = format!("{uri}#S");
    client.request("workspace/executeCommand", json!({ "command": "redlua.runExamples", "arguments": [script] }));
    let lenses = client.request("textDocument/codeLens", json!({ "textDocument": { "uri": uri } }));
    let lens = lenses.as_array().into_iter().flatten().find(|it| it["command"]["title"] == "✗ Update the example");
    let lens = lens.cloned().unwrap_or_else(|| panic!("no lens: {lenses}"));
    assert_eq!(lens["range"]["start"]["line"], 4);
    let command = json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
    assert_eq!(client.request("workspace/executeCommand", command), json!({ "updated": true }));
    let asked = client.wait(|it| it["method"] == "workspace/applyEdit");
    let edit = &asked["params"]["edit"]["changes"][&uri][0];
    assert_eq!(edit["newText"], "\n    --= \\\"5\\\"", "{edit}");
    assert_eq!(client.end(), Some(0));
}

/// A client with files, of which the first is open; others are read beside.
fn opened(files: &[(&str, &str)], language: &str) -> (tempfile::TempDir, Client, String) {
    let folder = folder(files);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let name = uri(&folder.path().join(files[0].0));
    let item = json!({ "uri": name, "languageId": language, "version": 1, "text": files[0].1 });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    (folder, client, name)
}

/// For each file by its name the places and texts of an edit, in order.
fn changes(edit: &Value) -> Vec<String> {
    let all = edit["changes"].as_object().into_iter().flatten();
    let mut found: Vec<String> = all
        .flat_map(|(uri, edits)| {
            let file = uri.rsplit('/').next().unwrap_or(uri).to_owned();
            let edits = edits.as_array().cloned().unwrap_or_default();
            edits.into_iter().map(move |it| {
                let start = &it["range"]["start"];
                format!(
                    "{file} {}:{} {}",
                    start["line"],
                    start["character"],
                    it["newText"].as_str().unwrap_or_default()
                )
            })
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_function_is_renamed_in_its_library_and_its_calls() {
    let lib = "#!lua name=stock\n--> FCALL take 1 k\n--= (integer) -1\nredis.register_function('take', function(keys) return redis.call('DECR', keys[1]) end)\nredis.register_function('put', function(keys) return 1 end)\n";
    let app = "é = '😀'; r.fcall('take', 1, 'k')\nNAME = 'take'\nr.fcall_ro(NAME, 1, 'k')\nr.fcall('put', 1, 'k')\n";
    let shell = "redis-cli FCALL take 1 k\n";
    let (folder, mut client, app) = opened(&[("app.py", app), ("lib.lua", lib), ("run.sh", shell)], "python");
    while ask(&mut client, &app, "hover", 0, 13).is_null() {}
    let wanted = ["app.py 0:19 grab", "app.py 1:8 grab", "lib.lua 1:10 grab", "lib.lua 3:25 grab", "run.sh 0:16 grab"];
    let rename = |client: &mut Client, uri: &str, line: u32, character: u32, name: &str| {
        let place = json!({ "line": line, "character": character });
        let id = client
            .ask("textDocument/rename", json!({ "textDocument": { "uri": uri }, "position": place, "newName": name }));
        client.answer(id)
    };
    let found = rename(&mut client, &app, 0, 20, "grab");
    assert_eq!(changes(&found["result"]), wanted, "{found}");
    let lib = uri(&folder.path().join("lib.lua"));
    let found = rename(&mut client, &lib, 3, 26, "grab");
    assert_eq!(changes(&found["result"]), wanted, "{found}");
    for (name, reason) in [("put", "there is a `put` already"), ("a-b", "names of functions have letters")] {
        let found = rename(&mut client, &app, 0, 20, name);
        assert!(found["error"]["message"].as_str().is_some_and(|it| it.contains(reason)), "{found}");
    }
    let range = ask(&mut client, &app, "prepareRename", 0, 20);
    assert_eq!(range["start"], json!({ "line": 0, "character": 19 }));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_defined_command_is_renamed_and_offered() {
    let source = "const Redis = require('ioredis');\nconst redis = new Redis();\nredis.defineCommand('take', { numberOfKeys: 1, lua: `return redis.call('DECR', KEYS[1])` });\nredis.take('a');\nredis.takeBuffer('a');\nother.take('x', 1);\nredis.ta\n";
    let (_folder, mut client, uri) = opened(&[("a.js", source)], "javascript");
    let place = json!({ "line": 3, "character": 8 });
    let found = client.request(
        "textDocument/rename",
        json!({ "textDocument": { "uri": uri }, "position": place, "newName": "grab" }),
    );
    assert_eq!(changes(&found), ["a.js 2:21 grab", "a.js 3:6 grab", "a.js 4:6 grab", "a.js 5:6 grab"]);
    let found = ask(&mut client, &uri, "completion", 6, 8);
    assert_eq!(found["items"][0]["label"], "take", "{found}");
    assert_eq!(found["items"][0]["textEdit"]["range"]["start"]["character"], 6);
    assert!(ask(&mut client, &uri, "completion", 1, 4).is_null());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn the_next_word_of_a_call_is_offered() {
    let source = "S = \"\"\"\n-- KEYS[1] the stock\n-- KEYS[2] the log\n-- ARGV[1] how many\nreturn redis.call('DECRBY', KEYS[1], ARGV[1]) .. KEYS[2]\n\"\"\"\ndef f(stock_key, many):\n    log = 'log'\n    r.eval(S, 2, 'stock:1', 'log', 3)\n    r.eval(S, 2, )\n    r.eval(S, 2, stock_key, )\n    r.eval(S, 2, stock_key, log, )\n";
    let (_folder, mut client, uri) = opened(&[("app.py", source)], "python");
    let labels = |client: &mut Client, line, character| -> Vec<String> {
        let found = ask(client, &uri, "completion", line, character);
        let items = found["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|it| it["label"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(labels(&mut client, 9, 17), ["stock_key", "'stock:1'"]);
    assert_eq!(labels(&mut client, 10, 28), ["log", "'log'"]);
    assert_eq!(labels(&mut client, 11, 33), ["many", "3"]);
    assert_eq!(labels(&mut client, 7, 4), Vec::<String>::new());
    let signature = ask(&mut client, &uri, "signatureHelp", 10, 28);
    assert_eq!(signature["activeParameter"], 1, "{signature}");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_program_follows_a_file_that_is_renamed() {
    let source = "from pathlib import Path\nr.eval(Path('sub/get.lua').read_text(), 1, 'k')\nr.eval(open('./sub/get.lua').read(), 1, 'k')\n";
    let files = [("app.py", source), ("sub/get.lua", "return redis.call('GET', KEYS[1])\n")];
    let (folder, mut client, app) = opened(&files, "python");
    while ask(&mut client, &app, "hover", 1, 3).is_null() {}
    let (old, new) = (uri(&folder.path().join("sub/get.lua")), uri(&folder.path().join("lua/fetch.lua")));
    let files = json!([{ "oldUri": old, "newUri": new }]);
    let found = client.request("workspace/willRenameFiles", json!({ "files": files }));
    assert_eq!(changes(&found), ["app.py 1:13 lua/fetch.lua", "app.py 2:13 ./lua/fetch.lua"]);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn names_of_a_prepared_script_are_renamed_with_their_objects() {
    let source = "class A {\n  static readonly LuaScript S = LuaScript.Prepare(\"return redis.call('SET', @key, @value) or @key\");\n  void F(string key, Item it) {\n    db.ScriptEvaluate(S, new { key, value = 1 });\n    db.ScriptEvaluate(S, new { key = it.Key, it.value });\n  }\n}\n";
    let (_folder, mut client, uri) = opened(&[("A.cs", source)], "csharp");
    let rename = |client: &mut Client, line: u32, character: u32, name: &str| {
        let place = json!({ "line": line, "character": character });
        let id = client
            .ask("textDocument/rename", json!({ "textDocument": { "uri": uri }, "position": place, "newName": name }));
        client.answer(id)
    };
    let keys = ["A.cs 1:77 k", "A.cs 1:94 k", "A.cs 3:31 k = ", "A.cs 4:31 k"];
    assert_eq!(changes(&rename(&mut client, 1, 80, "k")["result"]), keys);
    assert_eq!(changes(&rename(&mut client, 3, 32, "k")["result"]), keys);
    assert_eq!(changes(&rename(&mut client, 3, 37, "v")["result"]), ["A.cs 1:83 v", "A.cs 3:36 v", "A.cs 4:45 v = "]);
    let refused = rename(&mut client, 1, 80, "value");
    assert!(refused["error"]["message"].as_str().is_some_and(|it| it.contains("there is a `value`")), "{refused}");
    assert_eq!(client.end(), Some(0));
}
