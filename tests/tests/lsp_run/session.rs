//! A language server with a folder of its own.

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, uri},
};

/// A server with an open folder.
pub struct Session {
    pub client: Client,
    folder: tempfile::TempDir,
}

/// A server for a folder with these files, of which the first is open.
pub fn session_with(files: &[(&str, &str)], capabilities: Value) -> Session {
    let folder = folder(files);
    let client = Client::in_folder(folder.path(), capabilities);
    let mut session = Session { client, folder };
    let (name, text) = files[0];
    session.open(name, text);
    session
}

pub fn session(files: &[(&str, &str)]) -> Session {
    session_with(files, json!({}))
}

impl Session {
    pub fn uri(&self, name: &str) -> String {
        uri(&self.folder.path().join(name))
    }

    pub fn open(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        self.client.open(&uri, text);
        self.client.findings(&uri, 1);
    }

    pub fn change(&mut self, name: &str, version: i64, text: &str) {
        let uri = self.uri(name);
        let params =
            json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] });
        self.client.notify("textDocument/didChange", params);
    }

    pub fn ask(&mut self, command: &str, arguments: Value) -> i64 {
        self.client.ask("workspace/executeCommand", json!({ "command": command, "arguments": arguments }))
    }

    pub fn command(&mut self, command: &str, arguments: Value) -> Value {
        self.client.request("workspace/executeCommand", json!({ "command": command, "arguments": arguments }))
    }

    pub fn run(&mut self, name: &str, keys: &[&str], args: &[&str]) -> Value {
        let uri = self.uri(name);
        self.command("redlua.run", json!([{ "uri": uri, "keys": keys, "args": args }]))
    }

    pub fn message(&mut self) -> String {
        let message = self.client.wait(|it| it["method"] == "window/showMessage");
        message["params"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The hints of a file: line and text.
    pub fn hints(&mut self, name: &str) -> Vec<(i64, String)> {
        let all = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 1000, "character": 0 } });
        let hints = self
            .client
            .request("textDocument/inlayHint", json!({ "textDocument": { "uri": self.uri(name) }, "range": all }));
        let hints = hints.as_array().cloned().unwrap_or_default();
        let text = |hint: &Value| hint["label"].as_str().unwrap_or_default().to_owned();
        hints.iter().map(|hint| (hint["position"]["line"].as_i64().unwrap_or(-1), text(hint))).collect()
    }

    /// The next findings of a file that have one with a code, or that have none with it.
    pub fn findings(&mut self, name: &str, code: &str, some: bool) -> (Value, Vec<Value>) {
        let uri = self.uri(name);
        let has = |it: &Value| {
            it["params"]["diagnostics"].as_array().is_some_and(|all| all.iter().any(|finding| finding["code"] == code))
        };
        let message = self.client.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri && has(it) == some
        });
        let all = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
        let version = message["params"]["version"].clone();
        (version, all.into_iter().filter(|finding| finding["code"] == code).collect())
    }

    pub fn lenses(&mut self, name: &str) -> Vec<(i64, String, Value)> {
        let lenses = self.client.request("textDocument/codeLens", json!({ "textDocument": { "uri": self.uri(name) } }));
        let lenses = lenses.as_array().cloned().unwrap_or_default();
        let row = |lens: &Value| {
            let title = lens["command"]["title"].as_str().unwrap_or_default().to_owned();
            (lens["range"]["start"]["line"].as_i64().unwrap_or(-1), title, lens["command"].clone())
        };
        lenses.iter().map(row).collect()
    }

    pub fn actions(&mut self, name: &str, line: u32) -> Vec<Value> {
        let place = json!({ "line": line, "character": 0 });
        let params = json!({
            "textDocument": { "uri": self.uri(name) },
            "range": { "start": place, "end": place },
            "context": { "diagnostics": [] },
        });
        self.client.request("textDocument/codeAction", params).as_array().cloned().unwrap_or_default()
    }
}

/// A script with examples.
pub const TAKE: &str = "\
-- KEYS[1] the stock
-- ARGV[1] how many
--> SET stock:42 5
--= OK
--> EVAL . 1 stock:42 2
--= (integer) 3
--> EVAL . 1 stock:43 1
--= (integer) 3
return redis.call('DECRBY', KEYS[1], ARGV[1])
";
