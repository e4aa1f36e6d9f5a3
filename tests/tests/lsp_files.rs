//! The language server and the disk: files that change, watched or not, settings, links and the spelling of URIs.

use std::path::Path;

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, abilities, labels, uri},
    scenario::Scenario,
};

#[test]
fn settings_count_as_they_change() {
    let script = "return redis.call('GETEX', KEYS[1])";
    let folder = folder(&[("a.lua", script), ("redlua.toml", "target = 'redis 6.2'\nclutser = true\n")]);
    let mut client = Client::in_folder(folder.path(), abilities());
    let (a, toml) = (uri(&folder.path().join("a.lua")), uri(&folder.path().join("redlua.toml")));
    client.open(&a, script);
    assert_eq!(client.findings(&a, 1), Vec::<Value>::new());
    let told = client.wait(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == toml);
    assert_eq!(told["params"]["diagnostics"][0]["message"], "unknown key `clutser`: did you mean `cluster`?");
    assert_eq!(told["params"]["diagnostics"][0]["range"]["start"], json!({ "line": 1, "character": 0 }));
    std::fs::write(folder.path().join("redlua.toml"), "[lints]\nunknown-command = 'off'\n").expect("a file");
    client.said.clear();
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": toml, "type": 2 }] }));
    let told = client.wait(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == toml);
    assert_eq!(told["params"]["diagnostics"], json!([]));
    client.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": a, "version": 2 }, "contentChanges": [{ "text": "redis.call('NOPE')" }] }),
    );
    assert_eq!(client.findings(&a, 2), Vec::<Value>::new());
    // Without the file the editor's own settings count.
    std::fs::remove_file(folder.path().join("redlua.toml")).expect("removed");
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": toml, "type": 3 }] }));
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "redlua": { "lints": { "unknown-command": "warn" } } } }),
    );
    let told = client.wait(|it| {
        it["method"] == "textDocument/publishDiagnostics"
            && it["params"]["uri"] == a
            && it["params"]["diagnostics"][0]["severity"] == 2
    });
    assert_eq!(told["params"]["diagnostics"][0]["code"], "unknown-command");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn files_come_and_go() {
    let main = "-- @include part.lua\nreturn help(KEYS[1])";
    let folder = folder(&[("main.lua", main)]);
    let mut client = Client::in_folder(folder.path(), abilities());
    let a = uri(&folder.path().join("main.lua"));
    client.open(&a, main);
    client.findings(&a, 1);
    let part = folder.path().join("part.lua");
    std::fs::write(&part, "local function help(k) return redis.call('GET', k) end").expect("a file");
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&part), "type": 1 }] }));
    let at = json!({ "textDocument": { "uri": a }, "position": { "line": 1, "character": 8 } });
    let found = client.request("textDocument/definition", at.clone());
    assert_eq!(found[0]["targetUri"], uri(&part));
    // What is typed in the fragment counts before it is saved.
    client.open(&uri(&part), "\n\nlocal function help(k) return k end");
    let found = client.request("textDocument/definition", at.clone());
    assert_eq!(found[0]["targetRange"]["start"]["line"], 2);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(&part) } }));
    let found = client.request("textDocument/definition", at.clone());
    assert_eq!(found[0]["targetRange"]["start"]["line"], 0);
    std::fs::remove_file(&part).expect("removed");
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&part), "type": 3 }] }));
    assert_eq!(client.request("textDocument/definition", at), Value::Null);
    // A second folder, and its going.
    let other = tests::folder(&[("other.lua", "return redis.call('GET', KEYS[1])")]);
    let added = json!([{ "uri": uri(other.path()), "name": "other" }]);
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": added, "removed": [] } }));
    client.wait(|it| it["params"]["uri"] == uri(&other.path().join("other.lua")));
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": added } }));
    let gone = client.wait(|it| it["params"]["uri"] == uri(&other.path().join("other.lua")));
    assert_eq!(gone["params"]["diagnostics"], json!([]));
    assert_eq!(client.end(), Some(0));
}

/// Clients that watch no files tell of those that are open only.
#[test]
fn includes_and_settings_are_looked_at_again() {
    let main = "--- @include \"part\"\nreturn help(KEYS[1])\n";
    let part = |command: &str| format!("local function help(k) return redis.call('{command}', k) end\n");
    let folder = folder(&[("main.lua", main), ("part.lua", &part("GET"))]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let (a, b) = (uri(&folder.path().join("main.lua")), uri(&folder.path().join("part.lua")));
    client.open(&a, main);
    client.findings(&a, 1);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let has = |client: &mut Client, uri: &str, code: &str| {
        client.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == uri
                && it["params"]["diagnostics"].as_array().is_some_and(|all| all.iter().any(|it| it["code"] == code))
        });
    };
    // By saving.
    write("part.lua", &part("GTE"));
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": a } }));
    has(&mut client, &b, "unknown-command");
    // By coming back to the editor.
    std::fs::remove_file(folder.path().join("part.lua")).expect("removed");
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    has(&mut client, &a, "include-not-found");
    write("part.lua", &part("SETT"));
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    has(&mut client, &b, "unknown-command");
    // By opening another document, with settings that were not there before.
    write("redlua.toml", "[lints]\nunknown-command = 'hint'\n");
    client.said.clear();
    client.open(&uri(&folder.path().join("other.lua")), "return 1\n");
    client.wait(|it| it["params"]["uri"] == b && it["params"]["diagnostics"][0]["severity"] == 4);
    // By any request, a while later.
    write("redlua.toml", "[lints]\nunknown-command = 'error'\n");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    client.request(
        "textDocument/hover",
        json!({ "textDocument": { "uri": a }, "position": { "line": 1, "character": 1 } }),
    );
    client.wait(|it| it["params"]["uri"] == b && it["params"]["diagnostics"][0]["severity"] == 1);
    assert_eq!(client.end(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_file_by_two_paths_is_one_document() {
    let main = "--- @include \"../inc/part\"\nreturn help('GTE', KEYS[1])\n";
    let part = "local function help(c, k) return redis.call('NOPE', k) end\n";
    let folder = folder(&[]);
    let at = |name: &str| folder.path().join(name);
    for name in ["real/scripts", "real/inc"] {
        std::fs::create_dir_all(at(name)).expect("a folder");
    }
    std::fs::write(at("real/scripts/main.lua"), main).expect("written");
    std::fs::write(at("real/inc/part.lua"), part).expect("written");
    std::os::unix::fs::symlink(at("real/scripts"), at("link")).expect("a link");
    std::os::unix::fs::symlink(at("real"), at("all")).expect("a link");
    let published = |client: &mut Client, uri: &str, count: usize| {
        client.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == uri
                && it["params"]["diagnostics"].as_array().is_some_and(|all| all.len() == count)
        })
    };
    // The folder is opened by a link, a document by another.
    let mut client = Client::in_folder(&at("all"), json!({}));
    let (real, link) = (uri(&at("real/scripts/main.lua")), uri(&at("link/main.lua")));
    published(&mut client, &uri(&at("all/inc/part.lua")), 1);
    client.open(&link, "local x = redis.call('GTE')\n--- @include \"../inc/part\"\nreturn help(x, KEYS[1])\n");
    let told = published(&mut client, &link, 1);
    assert_eq!(told["params"]["diagnostics"][0]["code"], "unknown-command", "the include is found: {told}");
    let place = json!({ "textDocument": { "uri": link }, "position": { "line": 2, "character": 8 } });
    let found = client.request("textDocument/definition", place);
    assert_eq!(found[0]["uri"], uri(&at("all/inc/part.lua")), "{found}");
    // The same document once more: its findings go with it, and come back when it is closed.
    client.open(&real, "return redis.call('SETT', KEYS[1])\n");
    published(&mut client, &link, 0);
    published(&mut client, &real, 1);
    let dotted = uri(&at("real/inc/../scripts/main.lua"));
    let hover = json!({ "textDocument": { "uri": dotted }, "position": { "line": 0, "character": 11 } });
    assert!(client.request("textDocument/hover", hover)["contents"].to_string().contains("redis.call"));
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": real } }));
    published(&mut client, &real, 0);
    published(&mut client, &link, 1);
    assert_eq!(client.end(), Some(0));
}

#[cfg(unix)]
#[test]
fn uris_keep_the_clients_spelling() {
    let main = "--- @include \"hälp me\"\nreturn help(KEYS[1])\n";
    let folder = folder(&[("hälp me.lua", "local function help(k) return redis.call('GTE', k) end\n")]);
    let path = folder.path().display();
    for (first, prefix) in [("file://", "file://"), ("file:", "file:"), ("file://localhost", "file://localhost")] {
        let mut client = Client::start();
        let root = json!({ "processId": null, "rootUri": format!("{first}{path}"), "capabilities": {} });
        client.request("initialize", root);
        client.notify("initialized", json!({}));
        // Not escaped at all.
        let document = format!("{first}{path}/mit Leerzeichen [1].lua");
        client.open(&document, main);
        assert_eq!(client.findings(&document, 1), Vec::<Value>::new(), "{document}: the include is found");
        let place = json!({ "textDocument": { "uri": document }, "position": { "line": 1, "character": 8 } });
        let found = client.request("textDocument/definition", place);
        assert_eq!(found[0]["uri"], format!("{prefix}{path}/hälp me.lua"), "{found}");
        let rename =
            json!({ "textDocument": { "uri": document }, "position": { "line": 1, "character": 8 }, "newName": "aid" });
        let edits = client.request("textDocument/rename", rename).to_string();
        assert!(edits.contains(&format!("{document:?}")), "{edits}");
        assert_eq!(client.end(), Some(0));
    }
    // Escaped otherwise than we do.
    let mut client = Client::in_folder(folder.path(), json!({}));
    let document = format!("file://{path}/%61%c3%a4.lua");
    client.open(&document, "return redis.call('GTE', KEYS[1])\n");
    assert_eq!(client.findings(&document, 1).len(), 1);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": format!("file://{path}/a%C3%A4.lua") } }));
    client.wait(|it| {
        it["params"]["uri"].as_str().is_some_and(|it| it.contains("a%C3%A4"))
            && it["params"]["diagnostics"] == json!([])
    });
    assert_eq!(client.end(), Some(0));
}

#[test]
fn buffers_that_are_no_files() {
    let mut client = Client::in_folder(Path::new("/nonexistent-folder"), abilities());
    let name = "untitled:Untitled-1";
    client.open(name, "return redis.call('GTE', KEYS[1])");
    assert_eq!(client.findings(name, 1).len(), 1);
    let at = json!({ "textDocument": { "uri": name }, "position": { "line": 0, "character": 20 } });
    let list = client.request("textDocument/completion", at);
    assert!(labels(&list).contains(&"GET".to_owned()));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn renames_carry_into_includes() {
    let mut able = abilities();
    able["workspace"] = json!({ "workspaceEdit": { "documentChanges": true } });
    let mut it = Scenario::with(
        "
--- file: main.lua
-- @include inc/part
-- @include inc/other
return help(KEYS[1])
--- file: sub/deep.lua
--- @include \"../inc/part.lua\"
return help(KEYS[1])
--- file: inc/part.lua
local function help(k) return redis.call('GET', k) end
--- file: inc/other.lua
local other = 1
--- file: mapped/own.lua
-- @include more
local own = 1
--- file: mapped/more.lua
local more = 1
--- file: by-name.lua
--- @include \"<base>/own\"
return KEYS[1]
--- file: redlua.toml
[includes]
base = 'mapped'
",
        able,
    );
    it.findings(0);
    let deep = it.uri(1).to_owned();
    it.client.wait(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == deep);
    let folder = it.folder.path().to_owned();
    let of = |name: &str| uri(&folder.join(name));
    let renames = |old: &str, new: &str| json!({ "files": [{ "oldUri": of(old), "newUri": of(new) }] });
    let told = |it: &mut Scenario, old: &str, new: &str| {
        let edit = it.client.request("workspace/willRenameFiles", renames(old, new));
        it.changed_lines(&edit)
    };
    assert_eq!(
        told(&mut it, "inc/part.lua", "inc/help.lua"),
        ["main.lua: -- @include inc/help", "sub/deep.lua: --- @include \"../inc/help.lua\""]
    );
    // A folder, with what is in it.
    assert_eq!(
        told(&mut it, "inc", "lib/shared"),
        [
            "main.lua: -- @include lib/shared/part",
            "main.lua: -- @include lib/shared/other",
            "sub/deep.lua: --- @include \"../lib/shared/part.lua\"",
        ]
    );
    // A folder that the settings map: they are written anew, and what goes by the name stays.
    assert_eq!(told(&mut it, "mapped", "lib/mapped"), ["redlua.toml: base = 'lib/mapped'"]);
    // The file that includes.
    assert_eq!(told(&mut it, "sub/deep.lua", "deep.lua"), ["sub/deep.lua: --- @include \"inc/part.lua\""]);
    let none = it.client.request("workspace/willRenameFiles", renames("main.lua", "first.lua"));
    assert_eq!(none, Value::Null);
    // What was renamed is known without a watcher.
    std::fs::create_dir(folder.join("lib")).expect("a folder");
    std::fs::rename(folder.join("inc"), folder.join("lib/shared")).expect("renamed");
    it.client.notify("workspace/didRenameFiles", renames("inc", "lib/shared"));
    let changed = it.text_of(0).replace("inc/", "lib/shared/");
    it.change(0, &changed);
    assert_eq!(it.findings(0), Vec::<Value>::new());
    let at = json!({ "textDocument": { "uri": it.uri(0) }, "position": { "line": 2, "character": 8 } });
    assert_eq!(it.client.request("textDocument/definition", at)[0]["targetUri"], of("lib/shared/part.lua"));
    let found = it.client.request("workspace/symbol", json!({ "query": "help" }));
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
}

#[test]
fn renames_of_scripts_are_asked_about() {
    let folder = folder(&[]);
    let mut client = Client::start();
    let params = json!({ "processId": null, "rootUri": uri(folder.path()), "capabilities": abilities() });
    let offered = client.request("initialize", params)["capabilities"]["workspace"]["fileOperations"].clone();
    assert_eq!(offered["willRename"]["filters"][0]["pattern"]["glob"], "**/*.lua", "{offered}");
}
