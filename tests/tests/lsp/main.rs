//! The language server over its standard input and output: the real binary through a session, and clients that break the
//! protocol.

mod calls;
mod hosts;
mod moves;
mod requests;

use std::path::PathBuf;

use serde_json::{Value, json};
use tests::{
    cache, check_json, folder,
    lsp::{Client, abilities, uri},
};

const SCRIPT: &str = "\
-- KEYS[1] the stock
-- ARGV[1] how many
-- @include parts/help.lua
local rcall = redis.call
local left = tonumber(rcall('GET', KEYS[1]) or 0)
if not enough(left, ARGV[1]) then
  return redis.error_reply('STOCK empty')
end
return rcall('DECRBY', KEYS[1], ARGV[1])
";
const HELP: &str = "local function enough(have, wanted)\n  return have >= tonumber(wanted)\nend\n";

struct Session {
    client: Client,
    main: String,
    folder: tempfile::TempDir,
}

fn session() -> Session {
    let folder = folder(&[("take.lua", SCRIPT), ("parts/help.lua", HELP), ("plain.lua", "print(undefined_thing)\n")]);
    let mut client = Client::in_folder(folder.path(), abilities());
    let main = uri(&folder.path().join("take.lua"));
    client.open(&main, SCRIPT);
    assert_eq!(client.findings(&main, 1), Vec::<Value>::new());
    Session { client, main, folder }
}

impl Session {
    fn at(&self, line: u32, character: u32) -> Value {
        json!({ "textDocument": { "uri": self.main }, "position": { "line": line, "character": character } })
    }

    fn of(&self) -> Value {
        json!({ "textDocument": { "uri": self.main } })
    }

    fn change(&mut self, version: i64, start: (u32, u32), end: (u32, u32), text: &str) {
        let place = |(line, character): (u32, u32)| json!({ "line": line, "character": character });
        let change = json!({ "range": { "start": place(start), "end": place(end) }, "text": text });
        self.client.notify(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": self.main, "version": version }, "contentChanges": [change] }),
        );
    }
}

#[test]
fn findings_can_be_asked_for() {
    let folder =
        folder(&[("a.lua", "return redis.call('GTE', KEYS[1])"), ("b.lua", "return redis.call('GET', KEYS[1])")]);
    let mut client = Client::in_folder(
        folder.path(),
        json!({ "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } } }),
    );
    let a = uri(&folder.path().join("a.lua"));
    client.open(&a, "return redis.call('GTE', KEYS[1])");
    let of = json!({ "textDocument": { "uri": a } });
    let report = client.request("textDocument/diagnostic", of.clone());
    assert_eq!(report["items"][0]["code"], "unknown-command");
    let mut again = of;
    again["previousResultId"] = report["resultId"].clone();
    assert_eq!(client.request("textDocument/diagnostic", again)["kind"], "unchanged");
    // The folder is read meanwhile.
    let all = loop {
        let all = client.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
        if all["items"].as_array().map_or(0, Vec::len) == 2 {
            break all;
        }
    };
    let ids: Vec<Value> = all["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| json!({ "uri": it["uri"], "value": it["resultId"] }))
        .collect();
    let again = client.request("workspace/diagnostic", json!({ "previousResultIds": ids }));
    assert!(again["items"].as_array().is_some_and(|items| items.iter().all(|it| it["kind"] == "unchanged")), "{again}");
    // Who asks is not told unasked.
    assert!(client.said.iter().all(|it| it["method"] != "textDocument/publishDiagnostics"), "{:?}", client.said);
    assert_eq!(client.end(), Some(0));
}

/// What the server says of a folder is what `redlua check` says of it.
#[test]
fn the_server_and_the_checker_agree() {
    for (package, scripts) in
        [("bullmq", "package/dist/esm/commands"), ("groupmq", "package/dist/lua"), ("bottleneck", "package/src/redis")]
    {
        let scripts = cache().join("packages").join(package).join(scripts);
        assert!(scripts.is_dir(), "{} is missing: run tests/setup/packages.sh", scripts.display());
        let (json, _) = check_json(&scripts, &["."]);
        let mut checked: Vec<String> = Vec::new();
        for it in json["diagnostics"].as_array().into_iter().flatten() {
            let help = it["help"].as_str().map(|help| format!("\n{help}")).unwrap_or_default();
            checked.push(format!(
                "{} {} {}:{} {}{help}",
                it["path"].as_str().unwrap_or_default(),
                it["code"],
                it["start"]["line"],
                it["start"]["column"],
                it["message"].as_str().unwrap_or_default()
            ));
        }
        let capabilities = json!({
            "general": { "positionEncodings": ["utf-32"] }, "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } }
        });
        let mut client = Client::in_folder(&scripts, capabilities);
        let files = json["summary"]["files"].as_u64().unwrap_or(0) as usize;
        let all = loop {
            let all = client.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
            if all["items"].as_array().map_or(0, Vec::len) >= files {
                break all;
            }
        };
        let root = uri(&scripts) + "/";
        let mut served: Vec<String> = Vec::new();
        for file in all["items"].as_array().into_iter().flatten() {
            let path = file["uri"].as_str().unwrap_or_default().trim_start_matches(&root).to_owned();
            for it in file["items"].as_array().into_iter().flatten() {
                let start = &it["range"]["start"];
                served.push(format!(
                    "{path} {} {}:{} {}",
                    it["code"],
                    start["line"].as_u64().unwrap_or(0) + 1,
                    start["character"].as_u64().unwrap_or(0) + 1,
                    it["message"].as_str().unwrap_or_default()
                ));
            }
        }
        checked.sort();
        served.sort();
        assert_eq!(served, checked, "{package}");
        assert!(!served.is_empty());
        assert_eq!(client.end(), Some(0));
    }
}

/// Neovim 0.12 would ask for the findings of all files instead of those that a refresh is about, and leave open ones as they were.
#[test]
fn neovim_is_not_offered_the_findings_of_all_files() {
    for (name, wanted) in [("Neovim", false), ("Visual Studio Code", true)] {
        let mut client = Client::start();
        let abilities =
            json!({ "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } } });
        let params =
            json!({ "processId": null, "rootUri": null, "capabilities": abilities, "clientInfo": { "name": name } });
        let answer = client.request("initialize", params);
        assert_eq!(answer["capabilities"]["diagnosticProvider"]["workspaceDiagnostics"], wanted, "{name}");
        client.notify("initialized", json!({}));
        client.end();
    }
}

/// Who asks for findings learns that others changed them: settings, an include; of his own edits he knows.
#[test]
fn a_client_that_pulls_is_told_when_to_pull_again() {
    let folder = folder(&[
        ("a.lua", "-- @include \"b.lua\"\nreturn help(KEYS[1])\n"),
        ("b.lua", "local function help(k) return redis.call('LMPOP', 1, k, 'LEFT') end\n"),
    ]);
    let abilities = json!({
        "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    });
    let mut client = Client::in_folder(folder.path(), abilities);
    let (a, b) = (uri(&folder.path().join("a.lua")), uri(&folder.path().join("b.lua")));
    let pull = |client: &mut Client, uri: &str| {
        let report = client.request("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
        report["items"].as_array().into_iter().flatten().map(|it| it["code"].clone()).collect::<Vec<_>>()
    };
    let is_refresh = |it: &Value| it["method"] == "workspace/diagnostic/refresh";
    client.open(&b, &std::fs::read_to_string(folder.path().join("b.lua")).expect("a file"));
    assert_eq!(pull(&mut client, &b), Vec::<Value>::new());
    client.said.clear();
    let settings = json!({ "settings": { "redlua": { "target": "redis 6.2" } } });
    client.notify("workspace/didChangeConfiguration", settings);
    client.wait(is_refresh);
    assert_eq!(pull(&mut client, &b), ["command-unavailable"]);

    client.open(&a, &std::fs::read_to_string(folder.path().join("a.lua")).expect("a file"));
    pull(&mut client, &a);
    client.said.clear();
    let change = |uri: &str, version: i32, text: &str| json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] });
    client.notify("textDocument/didChange", change(&a, 2, "-- @include \"b.lua\"\nreturn help(KEYS[2])\n"));
    pull(&mut client, &a);
    assert!(!client.said.iter().any(is_refresh), "it knows of its own edit");
    client.notify("textDocument/didChange", change(&b, 2, "local function other(k) return redis.call('GET', k) end\n"));
    client.wait(is_refresh);
    assert!(pull(&mut client, &a).contains(&json!("undefined-global")));
    client.end();
}

#[test]
fn settings_are_asked_for_and_reading_is_shown() {
    let script = "return redis.call('NOPE')";
    let folder = folder(&[("a.lua", script)]);
    let mut client = Client::start();
    client.settings = json!({ "lints": { "unknown-command": "hint" } });
    let capabilities = json!({
        "workspace": { "configuration": true, "didChangeWatchedFiles": { "dynamicRegistration": true } },
        "window": { "workDoneProgress": true },
    });
    client.request(
        "initialize",
        json!({ "processId": null, "rootUri": uri(folder.path()), "capabilities": capabilities }),
    );
    client.notify("initialized", json!({}));
    let watched = client.wait(|it| it["method"] == "client/registerCapability");
    assert!(watched.to_string().contains("redlua.toml"), "{watched}");
    let begin = client.wait(|it| it["method"] == "$/progress");
    assert_eq!(begin["params"]["value"]["title"], "Reading scripts");
    let end = client.wait(|it| it["method"] == "$/progress");
    assert_eq!(end["params"]["value"], json!({ "kind": "end", "message": "1 Lua file" }));
    client.wait(|it| it["params"]["diagnostics"][0]["severity"] == 4);
    // Other settings, asked for again.
    client.settings = json!({ "lints": { "unknown-command": "off" } });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    client.wait(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["diagnostics"] == json!([]));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn every_encoding_of_positions() {
    let script = "local e = '\u{1F600}' redis.call('GTE', KEYS[1])";
    for (encoding, units) in [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)] {
        let folder = folder(&[]);
        let mut client = Client::in_folder(folder.path(), json!({ "general": { "positionEncodings": [encoding] } }));
        let a = uri(&folder.path().join("a.lua"));
        client.open(&a, script);
        let told = client.findings(&a, 1);
        let start = told.iter().find(|it| it["code"] == "unknown-command").map(|it| it["range"]["start"].clone());
        let character = "local e = '".len() + units + "' redis.call(".len();
        assert_eq!(start, Some(json!({ "line": 0, "character": character })), "{encoding}");
        assert_eq!(client.end(), Some(0));
    }
}

#[test]
fn texts_have_no_marks_for_clients_that_show_them_as_they_are() {
    let script = "local v = redis.call('GET', KEYS[1])\nreturn v\n";
    let folder = folder(&[("a.lua", script)]);
    let abilities = json!({ "textDocument": { "hover": { "contentFormat": ["plaintext"] } } });
    let mut client = Client::in_folder(folder.path(), abilities);
    let a = uri(&folder.path().join("a.lua"));
    client.open(&a, script);
    client.findings(&a, 1);
    let at = |line: u32, character: u32| json!({ "textDocument": { "uri": a }, "position": { "line": line, "character": character } });
    let hover = client.request("textDocument/hover", at(0, 6));
    assert_eq!(hover["contents"]["kind"], "plaintext");
    assert_eq!(hover["contents"]["value"], "local v: string or false\nreply of GET, line 1; false if missing");
    let help = client.request("textDocument/signatureHelp", at(0, 22));
    assert_eq!(help["signatures"][0]["documentation"]["kind"], "plaintext", "{help}");
    let list = client.request("textDocument/completion", at(0, 23));
    let item = client.request("completionItem/resolve", list["items"][0].clone());
    assert_eq!(item["documentation"]["kind"], "plaintext", "{item}");
    assert!(!item["documentation"]["value"].as_str().unwrap_or("```").contains("```"), "{item}");
}

#[test]
fn clients_that_break_the_protocol() {
    let mut it = session();
    // A place past the end, and a file that is not open.
    assert!(it.client.request("textDocument/hover", it.at(9_999, 9_999)).is_null());
    let unknown =
        json!({ "textDocument": { "uri": "file:///nowhere/x.lua" }, "position": { "line": 0, "character": 0 } });
    assert!(it.client.request("textDocument/hover", unknown.clone()).is_null());
    it.client.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": "file:///nowhere/x.lua", "version": 2 }, "contentChanges": [{ "text": "x" }] }),
    );
    it.client.notify("textDocument/didClose", json!({ "textDocument": { "uri": "file:///nowhere/x.lua" } }));
    // Versions out of order: the text is what was sent.
    it.change(9, (0, 0), (0, 0), "-- a\n");
    it.change(3, (0, 0), (1, 0), "");
    let hover = it.client.request("textDocument/hover", it.at(8, 15));
    assert!(hover["contents"]["value"].as_str().unwrap_or_default().contains("DECRBY"), "{hover}");
    // An end before its start, and one in the middle of a character.
    it.change(10, (3, 5), (1, 0), "");
    it.change(11, (0, 0), (0, 0), "-- \u{1F600}\n");
    it.change(12, (0, 4), (0, 4), "x");
    it.client.request("textDocument/documentSymbol", it.of());
    // No JSON, no request, an unknown method, wrong parameters.
    it.client.raw(b"Content-Length: 5\r\n\r\n{nope");
    let error = it.client.wait(|it| it.get("error").is_some());
    assert_eq!(error["error"]["code"], -32700, "{error}");
    it.client.raw(b"Content-Length: 13\r\n\r\n{\"jsonrpc\": 1");
    it.client.wait(|it| it.get("error").is_some());
    let id = it.client.ask("redlua/noSuchMethod", Value::Null);
    assert_eq!(it.client.answer(id)["error"]["code"], -32601);
    let id = it.client.ask("textDocument/hover", json!({ "textDocument": 5 }));
    assert_eq!(it.client.answer(id)["error"]["code"], -32602);
    let id = it.client.ask("completionItem/resolve", json!({ "label": "x", "data": [1, 2, 3] }));
    assert_eq!(it.client.answer(id)["result"]["label"], "x");
    let id = it.client.ask("codeLens/resolve", json!({ "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } }, "data": "x" }));
    assert!(it.client.answer(id)["result"]["command"].is_object());
    // Other header fields are allowed.
    let body =
        json!({ "jsonrpc": "2.0", "id": 900, "method": "workspace/symbol", "params": { "query": "" } }).to_string();
    it.client.raw(
        format!(
            "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    );
    it.client.answer(900);
    // A request that is withdrawn is answered all the same: by an error, or with what was done by then.
    let id = it.client.ask("workspace/symbol", json!({ "query": "e" }));
    it.client.notify("$/cancelRequest", json!({ "id": id }));
    it.client.answer(id);
    it.client.request("textDocument/hover", it.at(5, 10));
    assert_eq!(it.client.end(), Some(0));
}

#[test]
fn a_client_that_goes_away() {
    let mut it = session();
    assert_eq!(
        it.client.ended(),
        Some(1),
        "the end of the input without a shutdown is the end, and not an orderly one"
    );
    let mut client = Client::start();
    client.notify("exit", Value::Null);
    assert_eq!(client.ended(), Some(1));
}

#[test]
fn much_of_everything() {
    let mut it = session();
    // A thousand edits in one breath: all of them count, and the last findings are those of the last.
    for version in 2..1_002 {
        it.change(version, (3, 0), (3, 0), if version % 2 == 0 { "local x = 1\n" } else { "-- y\n" });
    }
    let of = it.of();
    let symbols = it.client.request("textDocument/documentSymbol", of);
    assert_eq!(symbols.to_string().matches("\"name\":\"x\"").count(), 500);
    it.client.findings(&it.main.clone(), 1_001);
    // A thousand files.
    let folder: PathBuf = it.folder.path().to_path_buf();
    for nth in 0..1_000 {
        it.client.open(&uri(&folder.join(format!("many/{nth}.lua"))), "return redis.call('GTE', KEYS[1])");
    }
    for nth in [0, 500, 999] {
        let name = uri(&folder.join(format!("many/{nth}.lua")));
        assert_eq!(it.client.findings(&name, 1).len(), 1);
    }
    // 50 MB in one file.
    let huge = "local x = redis.call('GET', KEYS[1])\n".repeat(50_000_000 / 37);
    let name = uri(&folder.join("huge.lua"));
    it.client.open(&name, &huge);
    let told = it.client.findings(&name, 1);
    assert_eq!(told.len(), 1);
    assert!(told[0]["message"].as_str().unwrap_or_default().contains("larger than"), "{told:?}");
    let hover = it.client.request("textDocument/hover", it.at(1_008, 15));
    assert!(hover["contents"]["value"].is_string());
    // Nesting that no parser takes.
    let deep = uri(&folder.join("deep.lua"));
    it.client.open(&deep, &format!("return KEYS[1] + {}", "(".repeat(10_000)));
    assert!(!it.client.findings(&deep, 1).is_empty());
    assert_eq!(it.client.end(), Some(0));
}

#[test]
fn clients_that_fold_lines_keep_the_end() {
    let source = "if KEYS[1] then\n  return 1\nelse\n  f()\nend\nlocal t = {\n}\n";
    let folds = |able: Value| {
        let folder = folder(&[("a.lua", source)]);
        let mut client = Client::in_folder(folder.path(), able);
        let a = uri(&folder.path().join("a.lua"));
        client.open(&a, source);
        let found = client.request("textDocument/foldingRange", json!({ "textDocument": { "uri": a } }));
        let rows: Vec<(Value, Value)> =
            found.as_array().into_iter().flatten().map(|it| (it["startLine"].clone(), it["endLine"].clone())).collect();
        rows
    };
    let rows = |rows: &[(u32, u32)]| rows.iter().map(|(a, b)| (json!(a), json!(b))).collect::<Vec<_>>();
    let lines = json!({ "textDocument": { "foldingRange": { "lineFoldingOnly": true } } });
    assert_eq!(folds(lines), rows(&[(0, 1), (2, 3)]));
    assert_eq!(folds(json!({})), rows(&[(0, 1), (2, 4), (5, 6)]));
}
