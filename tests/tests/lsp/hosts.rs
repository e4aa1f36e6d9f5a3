//! Files of other languages beside scripts: what is registered for which of them.

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, uri},
};

/// The server's capabilities and its registrations, for a client with these.
fn registered(hosts: impl Into<Value>, capabilities: Value) -> (Value, Vec<Value>) {
    let mut client = Client::start();
    let options = json!({ "redlua": { "hosts": hosts.into() } });
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
    // Of other languages' servers these open lists too, or nothing does.
    assert_eq!(answer["completionProvider"]["triggerCharacters"], json!([".", "'", "\""]));
    assert_eq!(answer["completionProvider"]["resolveProvider"], true);
    assert_eq!(all.len(), 2);
    // Who says nothing of hosts gets what he always got.
    let (answer, all) = registered(false, abilities(&OURS.map(|(client, _)| client)));
    for (_, ours) in OURS {
        assert!(answer.get(ours).is_some(), "{ours}");
    }
    assert!(answer["completionProvider"]["triggerCharacters"].to_string().contains("\" \""));
    assert_eq!(all.len(), 1);
}

#[test]
fn who_opens_hosts_alone_has_nothing_else() {
    for client in [abilities(&[]), abilities(&OURS.map(|(client, _)| client))] {
        let (answer, all) = registered("only", client);
        for (_, ours) in OURS {
            assert!(answer.get(ours).is_none(), "{ours}: {}", answer[ours]);
        }
        assert_eq!(answer["completionProvider"]["triggerCharacters"], json!([".", "'", "\""]));
        assert_eq!(answer["hoverProvider"], true);
        assert_eq!(all.len(), 1);
    }
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

/// The text with edits in UTF-16 positions, applied from the last to the first.
fn applied(text: &str, edits: &Value) -> String {
    let offset = |place: &Value| {
        let (line, character) = (place["line"].as_u64().unwrap_or(0), place["character"].as_u64().unwrap_or(0));
        let start: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
        start
            + text[start..]
                .encode_utf16()
                .take(character as usize)
                .map(|unit| char::from_u32(u32::from(unit)).map_or(2, char::len_utf8))
                .sum::<usize>()
    };
    let mut all: Vec<(usize, usize, String)> = edits
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            (
                offset(&it["range"]["start"]),
                offset(&it["range"]["end"]),
                it["newText"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    all.sort();
    let mut out = text.to_owned();
    for (start, end, new) in all.into_iter().rev() {
        out.replace_range(start..end, &new);
    }
    out
}

/// The text that *Format this script* makes of a file with the cursor on a line; the reason where it is refused.
fn formatted(name: &str, language: &str, text: &str, line: u32) -> Result<String, String> {
    let folder = folder(&[(name, text)]);
    let capabilities = json!({ "textDocument": { "codeAction": {
        "disabledSupport": true,
        "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["refactor.rewrite"] } },
    } } });
    let mut client = Client::in_folder(folder.path(), capabilities);
    let uri = uri(&folder.path().join(name));
    let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let place = json!({ "line": line, "character": 16 });
    let context = json!({ "diagnostics": [], "only": ["refactor.rewrite"], "triggerKind": 1 });
    let params =
        json!({ "textDocument": { "uri": uri }, "range": { "start": place, "end": place }, "context": context });
    let actions = client.request("textDocument/codeAction", params);
    assert_eq!(client.end(), Some(0));
    let Some(action) = actions.as_array().and_then(|all| all.iter().find(|it| it["title"] == "Format this script"))
    else {
        return Ok(text.to_owned());
    };
    match action["disabled"]["reason"].as_str() {
        Some(reason) => Err(reason.to_owned()),
        None => {
            let changes = action["edit"]["changes"].as_object().and_then(|it| it.values().next()).cloned();
            Ok(applied(text, &changes.unwrap_or_default()))
        }
    }
}

#[test]
fn a_script_is_formatted_within_its_string() {
    let source = "def f(r):\n    return r.eval(\"\"\"\n        local v   = redis.call( 'GET',KEYS[1] )\n        if v then\n        return v -- \\\\ é\n        end\n        return  [[\na]]\n    \"\"\", 1, 'k')\n";
    let wanted = "def f(r):\n    return r.eval(\"\"\"\n        local v = redis.call('GET', KEYS[1])\n        if v then\n          return v -- \\\\ é\n        end\n        return [[\na]]\n    \"\"\", 1, 'k')\n";
    assert_eq!(formatted("app.py", "python", source, 3).as_deref(), Ok(wanted));
    assert_eq!(formatted("app.py", "python", wanted, 3).as_deref(), Ok(wanted), "it has its format");
    // Indentation that the language cuts is written again, and lines that are strings of their own stay such.
    let java = "class A {\n  String S = \"\"\"\n      if a then\n      return redis.call('GET',KEYS[1])\n      end\n      \"\"\";\n  String T = \"local a   = redis.call('GET',KEYS[1])\\n\" +\n      \"return   a\";\n}\n";
    let first = java.replace("      return redis.call('GET',", "        return redis.call('GET', ");
    assert_eq!(formatted("A.java", "java", java, 3).as_deref(), Ok(first.as_str()));
    let second = java
        .replace("local a   = redis.call('GET',KEYS", "local a = redis.call('GET', KEYS")
        .replace("return   a", "return a");
    assert_eq!(formatted("A.java", "java", java, 6).as_deref(), Ok(second.as_str()));
}

#[test]
fn formatting_says_why_it_is_refused() {
    let refused = |text: &str| formatted("app.ts", "typescript", text, 1).err();
    let pasted = refused("r.eval(`\n  return   redis.call('GET', ${key})\n`, 0);\n");
    assert_eq!(pasted.as_deref(), Some("the program pastes values into this script"));
    let broken = refused("r.eval(`\n  local a   = redis.call('GET', KEYS[1]\n  return a`, 1, 'a');\n");
    assert!(broken.as_deref().is_some_and(|it| it.starts_with("the script does not parse: see line")), "{broken:?}");
    let line = refused("\nr.eval(\"return   redis.call('GET', KEYS[1])\", 1, 'a');\n");
    assert_eq!(line.as_deref(), Some("the script is a single line"));
}

/// The text that completion inserts for a label at the first `|` of a file, for a client with snippets.
fn inserted(name: &str, language: &str, marked: &str, label: &str) -> String {
    let at = marked.find('|').expect("a cursor");
    let text = marked.replacen('|', "", 1);
    let folder = folder(&[(name, &text)]);
    let item = json!({ "snippetSupport": true });
    let mut client =
        Client::in_folder(folder.path(), json!({ "textDocument": { "completion": { "completionItem": item } } }));
    let uri = uri(&folder.path().join(name));
    let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let line = text[..at].matches('\n').count();
    let character = at - text[..at].rfind('\n').map_or(0, |it| it + 1);
    let place = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
    let list = client.request("textDocument/completion", place);
    assert_eq!(client.end(), Some(0));
    let found = list["items"].as_array().into_iter().flatten().find(|it| it["label"] == label);
    let found = found.unwrap_or_else(|| panic!("no {label} in {list}"));
    assert_eq!(found["insertTextFormat"], 2, "{found}");
    found["textEdit"]["newText"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn snippets_are_escaped_for_the_literal_and_for_themselves() {
    let source = "r.eval(\"\"\"\n    if redis.call('GET', KEYS[1]) then\n    fo|\n    end\n\"\"\", 1, 'k')\n";
    let python = inserted("app.py", "python", source, "for … in … do … end");
    assert_eq!(python, "for ${1:_}, ${2:value} in ipairs(${3:list}) do\n\t${0}\nend");
    let source = "r.eval('local a = redis.call(\\'GET\\', KEYS[1])\\n i|', 1, 'k');\n";
    let quoted = inserted("app.js", "javascript", source, "if … then … end");
    assert_eq!(quoted, "if ${1:condition} then\\\\n\t${0}\\\\nend");
}

#[test]
fn a_transcript_is_one_and_has_scripts() {
    let text = "> SET k 1\nOK\n> EVAL \"return redis.call('GETT', KEYS[1])\" 1 k\n";
    let folder = folder(&[("a.redis", text)]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let uri = uri(&folder.path().join("a.redis"));
    let item = json!({ "uri": uri, "languageId": "redis", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let found = client.findings(&uri, 1);
    let codes: Vec<&str> = found.iter().filter_map(|it| it["code"].as_str()).collect();
    assert_eq!(codes, ["unknown-command"], "{found:?}");
    assert_eq!(found[0]["range"]["start"], json!({ "line": 2, "character": 26 }));
    let mut ask = |method: &str, line: u32, character: u32| {
        let place = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
        client.request(&format!("textDocument/{method}"), place).to_string()
    };
    assert!(ask("hover", 0, 3).contains("SET"), "a command of the transcript");
    assert!(ask("hover", 2, 3).contains("EVAL"), "a command of the transcript");
    assert!(ask("hover", 2, 39).contains("KEYS"), "within the script");
    assert!(ask("completion", 2, 28).contains("HGET"), "within the script");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn the_scripts_of_a_file_are_told_of_together() {
    let script = "r.eval(\"return redis.call('GETT', KEYS[1])\", 1, 'a')\n";
    let text = format!("import redis\n{}", script.repeat(20));
    let folder = folder(&[("app.py", &text)]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let uri = uri(&folder.path().join("app.py"));
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    assert_eq!(client.findings(&uri, 1).len(), 20);
    client.said.clear();
    let at = json!({ "line": 0, "character": 0 });
    let change = json!({ "range": { "start": at, "end": at }, "text": "# first\n" });
    client.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [change] }),
    );
    let found = client.findings(&uri, 2);
    assert_eq!((found.len(), &found[0]["range"]["start"]["line"]), (20, &json!(2)));
    // What is published for the next edit comes behind all that is for this one.
    let back = json!({ "range": { "start": at, "end": { "line": 1, "character": 0 } }, "text": "" });
    client.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 3 }, "contentChanges": [back] }),
    );
    client.findings(&uri, 3);
    let again = client.said.iter().filter(|it| it["method"] == "textDocument/publishDiagnostics");
    assert_eq!(again.count(), 0, "{:?}", client.said);
    assert_eq!(client.end(), Some(0));
}

/// The codes that are published next for a file.
fn published(client: &mut Client, uri: &str) -> Vec<String> {
    let told = client.wait(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri);
    let all = told["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
    all.iter().map(|it| it["code"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn reading_a_workspace_is_shown() {
    let folder = folder(&[("main.lua", "return redis.call('GET', KEYS[1])\n")]);
    for n in 0..600 {
        let text = if n % 300 == 0 { "r.eval(\"return redis.call('GETT', KEYS[1])\", 1, 'a')\n" } else { "x = 1\n" };
        std::fs::write(folder.path().join(format!("m{n}.py")), text).expect("a file");
    }
    let mut client = Client::in_folder(folder.path(), json!({ "window": { "workDoneProgress": true } }));
    let mut told = Vec::new();
    while told.last().is_none_or(|it: &Value| it["kind"] != "end") {
        told.push(client.wait(|it| it["method"] == "$/progress")["params"]["value"].clone());
    }
    assert_eq!((&told[0]["kind"], &told[0]["title"]), (&json!("begin"), &json!("Reading scripts")));
    let reports: Vec<&Value> = told.iter().filter(|it| it["kind"] == "report").collect();
    assert_eq!(reports.len(), 2, "{told:?}");
    for report in reports {
        let percentage = report["percentage"].as_u64().unwrap_or_default();
        assert!((1..=100).contains(&percentage), "{report}");
        assert!(report["message"].as_str().is_some_and(|it| it.ends_with(" of 601 files")), "{report}");
    }
    assert_eq!(told[told.len() - 1]["message"], "1 Lua file, 2 scripts in strings");
    assert_eq!(published(&mut client, &uri(&folder.path().join("m300.py"))), ["unknown-command"]);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn files_of_other_languages_come_and_go() {
    let script = "eval(\"return redis.call('GETT', KEYS[1])\"";
    let folder = folder(&[("a.py", &format!("r.{script}, 1, 'a')\n")), ("sub/b.go", "package b\n")]);
    let mut client = Client::in_folder(folder.path(), abilities(&[]));
    let path = |name: &str| folder.path().join(name);
    let name = |name: &str| uri(&path(name));
    let changed = |client: &mut Client, files: &[(&str, u8)]| {
        let changes: Vec<Value> = files.iter().map(|(file, kind)| json!({ "uri": name(file), "type": kind })).collect();
        client.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    };
    assert_eq!(published(&mut client, &name("a.py")), ["unknown-command"]);
    // A file that had no script has one.
    std::fs::write(path("sub/b.go"), format!("package b\n\nvar x = c.{}, 1)\n", script.replace("eval(", "Eval(ctx, ")))
        .expect("written");
    changed(&mut client, &[("sub/b.go", 2)]);
    assert_eq!(published(&mut client, &name("sub/b.go")), ["unknown-command"]);
    std::fs::write(path("a.py"), format!("\n\nr.{}, 1, 'a')\n", script.replace("GETT", "GET"))).expect("written");
    changed(&mut client, &[("a.py", 2)]);
    assert_eq!(published(&mut client, &name("a.py")), Vec::<String>::new());
    // A file gets another language by its name: there no string has these quotes, or no file of it is searched.
    std::fs::write(path("c.py"), format!("r.{script}, 1, 'a')\n")).expect("written");
    changed(&mut client, &[("c.py", 1)]);
    assert_eq!(published(&mut client, &name("c.py")), ["unknown-command"]);
    std::fs::rename(path("c.py"), path("c.js")).expect("renamed");
    changed(&mut client, &[("c.py", 3), ("c.js", 1)]);
    assert_eq!(published(&mut client, &name("c.py")), Vec::<String>::new());
    assert_eq!(published(&mut client, &name("c.js")), ["unknown-command"]);
    std::fs::rename(path("c.js"), path("c.txt")).expect("renamed");
    changed(&mut client, &[("c.js", 3), ("c.txt", 1)]);
    assert_eq!(published(&mut client, &name("c.js")), Vec::<String>::new());
    // A folder goes with its files.
    std::fs::remove_dir_all(path("sub")).expect("removed");
    changed(&mut client, &[("sub", 3)]);
    assert_eq!(published(&mut client, &name("sub/b.go")), Vec::<String>::new());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn an_open_file_gets_another_language() {
    let text = "# it's\nr.eval(\"return redis.call('GETT', KEYS[1])\", 1, 'a')\n";
    let folder = folder(&[("a.py", text)]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let name = uri(&folder.path().join("a.py"));
    let open = |language: &str, version: i32| json!({ "textDocument": { "uri": name, "languageId": language, "version": version, "text": text } });
    client.notify("textDocument/didOpen", open("python", 1));
    assert_eq!(client.findings(&name, 1).len(), 1);
    // The client tells so by closing and opening it: a `#` begins no comment there, and the quote is not closed on its line.
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": name } }));
    client.notify("textDocument/didOpen", open("javascript", 2));
    assert_eq!(client.findings(&name, 2).len(), 1);
    assert_eq!(client.end(), Some(0));
}

/// Edits a document: each is a text in it, and the text in its place.
struct Typist {
    client: Client,
    uri: String,
    text: String,
    version: i64,
}

impl Typist {
    fn open(folder: &std::path::Path, text: &str) -> Self {
        let mut client = Client::in_folder(folder, json!({}));
        let uri = uri(&folder.join("app.py"));
        let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": text });
        client.notify("textDocument/didOpen", json!({ "textDocument": item }));
        Self { client, uri, text: text.to_owned(), version: 1 }
    }

    fn place(&self, at: usize) -> Value {
        let before = &self.text[..at];
        let line = before.matches('\n').count();
        json!({ "line": line, "character": at - before.rfind('\n').map_or(0, |it| it + 1) })
    }

    fn replace(&mut self, from: &str, to: &str) {
        let at = self.text.find(from).unwrap_or_else(|| panic!("no {from:?} in {:?}", self.text));
        let range = json!({ "start": self.place(at), "end": self.place(at + from.len()) });
        self.text.replace_range(at..at + from.len(), to);
        self.version += 1;
        let document = json!({ "uri": self.uri, "version": self.version });
        let changes = json!([{ "range": range, "text": to }]);
        self.client.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The texts at which there are findings now.
    fn found(&mut self) -> Vec<String> {
        let found = self.client.findings(&self.uri, self.version);
        found.iter().map(|it| self.at(&it["range"]).to_owned()).collect()
    }

    fn at(&self, range: &Value) -> &str {
        let offset = |place: &Value| {
            let (line, character) = (place["line"].as_u64().unwrap_or(0), place["character"].as_u64().unwrap_or(0));
            let start: usize = self.text.split_inclusive('\n').take(line as usize).map(str::len).sum();
            start + character as usize
        };
        &self.text[offset(&range["start"])..offset(&range["end"])]
    }
}

#[test]
fn a_literal_changes_its_quotes_as_it_is_typed() {
    let text =
        "x = 1\nS = \"return redis.call('GETT', KEYS[1])\"\nr.eval(S, 1, 'a')\nr.eval(\"redis.call('NOPE')\", 0)\n";
    let folder = folder(&[("app.py", text)]);
    let mut it = Typist::open(folder.path(), text);
    assert_eq!(it.found(), ["'GETT'", "'NOPE'"]);
    // Till the other quotes are there the literal is not closed, and what follows it is text.
    it.replace("\"return", "\"\"\"return");
    it.replace("])\"", "])\"\"\"");
    assert_eq!(it.found(), ["'GETT'", "'NOPE'"]);
    it.replace("\"\"\"return", "r\"\"\"\nreturn");
    assert_eq!(it.found(), ["'GETT'", "'NOPE'"]);
    // An apostrophe ends a literal in such quotes.
    it.replace("r\"\"\"\nreturn", "'return");
    it.replace("])\"\"\"", "])'");
    it.replace("'GETT'", "\\'GETT\\'");
    assert_eq!(it.found(), ["\\'GETT\\'", "'NOPE'"]);
    it.replace("x = 1", "x = '''");
    it.replace("x = '''", "x = ''");
    assert_eq!(it.found(), ["\\'GETT\\'", "'NOPE'"]);
    assert_eq!(it.client.end(), Some(0));
}

#[test]
fn an_edit_comes_before_the_result_of_a_run() {
    let text = "x = 1\nS = '''\nlocal n = 0\nfor i = 1, 2000000 do n = n + i % 7 end\nreturn redis.call('INCR', KEYS[1]) + nil\n'''\nr.eval(S, 1, 'a')\n";
    let folder = folder(&[("app.py", text)]);
    let mut it = Typist::open(folder.path(), text);
    it.found();
    let run = |it: &mut Typist| {
        let argument =
            json!({ "uri": it.uri, "position": it.place(it.text.find("local n").unwrap_or(0)), "keys": ["a"] });
        it.client.ask("workspace/executeCommand", json!({ "command": "redlua.run", "arguments": [argument] }))
    };
    let nth = run(&mut it);
    it.replace("x = 1", "x = 1\ny = 2");
    let done = it.client.answer(nth);
    assert!(done["result"]["error"].is_object(), "{done}");
    // The result is of the script's text, and shown where the script is now.
    let hover = json!({ "textDocument": { "uri": it.uri }, "position": { "line": 0, "character": 0 } });
    it.client.request("textDocument/hover", hover);
    let shown: Vec<Value> =
        it.client.said.drain(..).filter(|it| it["method"] == "textDocument/publishDiagnostics").collect();
    for told in &shown {
        for finding in told["params"]["diagnostics"].as_array().into_iter().flatten() {
            let at = it.at(&finding["range"]);
            assert!(it.text.contains(at) && !at.contains("r.eval") && !at.contains("y = 2"), "{finding}: {at:?}");
            assert!(
                finding["range"]["start"]["line"].as_u64().is_some_and(|line| (3..=6).contains(&line)),
                "{finding}"
            );
        }
    }
    // What the script was is no result of what it is.
    let nth = run(&mut it);
    it.replace("% 7", "% 9");
    it.client.answer(nth);
    assert!(it.found().iter().all(|at| !at.contains("% 7")));
    assert_eq!(it.client.end(), Some(0));
}

#[test]
fn verdicts_on_examples_have_the_lines_of_the_file() {
    let text = "A = \"return 1\"\n\nONE = '''\n--> EVAL . 0\n--= (integer) 2\nreturn #redis.call('PING')\n'''\n";
    let folder = folder(&[("app.py", text)]);
    let mut client = Client::in_folder(folder.path(), json!({}));
    let uri = uri(&folder.path().join("app.py"));
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let argument = json!({ "uri": uri, "position": { "line": 5, "character": 2 } });
    let command = json!({ "command": "redlua.runExamples", "arguments": [argument] });
    let done = client.request("workspace/executeCommand", command);
    assert_eq!((&done[0]["line"], &done[0]["lastLine"], &done[0]["passed"]), (&json!(4), &json!(5), &json!(false)));
    let said = client.wait(|it| it["method"] == "window/showMessage");
    let said = said["params"]["message"].as_str().unwrap_or_default();
    assert!(said.contains("1 example: 0 ✓, 1 ✗ (line 4)"), "{said}");
    assert_eq!(client.end(), Some(0));
}
