//! A language client for the tests: it starts the real binary and talks to it over its standard input and output.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long an answer may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server with what it said so far.
pub struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Notifications and requests of the server that nobody has taken yet.
    pub said: Vec<Value>,
    /// What the client answers when it is asked for its settings.
    pub settings: Value,
    /// What the user chooses when asked.
    pub choice: Option<String>,
    next: i64,
}

impl Client {
    /// Starts `redlua lsp`.
    pub fn start() -> Self {
        let mut command = crate::redlua();
        command.arg("lsp");
        Self::of(command)
    }

    /// Starts a command that is the language server.
    pub fn of(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("redlua does not start: {error}"));
        let stdin = child.stdin.take();
        let mut out = BufReader::new(child.stdout.take().unwrap_or_else(|| panic!("no output")));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            loop {
                let mut length = 0;
                let mut line = String::new();
                while out.read_line(&mut line).is_ok_and(|read| read > 0) && line.trim() != "" {
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap_or(0);
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                if length == 0 || out.read_exact(&mut body).is_err() {
                    return;
                }
                let Ok(message) = serde_json::from_slice(&body) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { child, stdin, messages, said: Vec::new(), settings: Value::Null, choice: None, next: 0 }
    }

    /// Starts it for a folder, with these capabilities of the client.
    pub fn in_folder(folder: &Path, capabilities: Value) -> Self {
        let mut client = Self::start();
        client.begin(folder, capabilities);
        client
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Initializes it for a folder, with these capabilities of the client.
    pub fn begin(&mut self, folder: &Path, capabilities: Value) {
        let answer = self.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "rootUri": uri(folder),
                "workspaceFolders": [{ "uri": uri(folder), "name": "tests" }],
                "capabilities": capabilities,
            }),
        );
        assert!(answer["capabilities"].is_object(), "{answer}");
        self.notify("initialized", json!({}));
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        let Some(stdin) = &mut self.stdin else { panic!("the input is closed") };
        stdin
            .write_all(bytes)
            .and_then(|()| stdin.flush())
            .unwrap_or_else(|error| panic!("the server is gone: {error}"));
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request without waiting; its number.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        self.next
    }

    /// The whole answer to a request.
    pub fn answer(&mut self, id: i64) -> Value {
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The result of a request; an error is a failure.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The next message that is wanted; others are kept. Requests of the server are answered with nothing.
    pub fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.said.iter().position(&wanted) {
            return self.said.remove(at);
        }
        let end = Instant::now() + PATIENCE;
        loop {
            match self.messages.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(message) => {
                    if message.get("method").is_some() && message.get("id").is_some() {
                        let count = message["params"]["items"].as_array().map_or(0, Vec::len);
                        let result = match &self.choice {
                            Some(title) if message["method"] == "window/showMessageRequest" => {
                                json!({ "title": title })
                            }
                            _ if count > 0 => json!(vec![self.settings.clone(); count]),
                            _ => Value::Null,
                        };
                        self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
                    }
                    if wanted(&message) {
                        return message;
                    }
                    self.said.push(message);
                }
                Err(RecvTimeoutError::Timeout) => panic!("the server does not answer; it said {:?}", self.said),
                Err(RecvTimeoutError::Disconnected) => panic!("the server is gone; it said {:?}", self.said),
            }
        }
    }

    /// Opens a document.
    pub fn open(&mut self, uri: &str, text: &str) {
        self.notify(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "lua", "version": 1, "text": text } }),
        );
    }

    /// The findings that are published for a version of a document.
    pub fn findings(&mut self, uri: &str, version: i64) -> Vec<Value> {
        let message = self.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == uri
                && it["params"]["version"] == version
        });
        message["params"]["diagnostics"].as_array().cloned().unwrap_or_default()
    }

    /// Ends the server as the protocol has it; its exit status.
    pub fn end(mut self) -> Option<i32> {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.ended()
    }

    /// Closes the input and waits for the end; the exit status, or none if it does not end.
    pub fn ended(&mut self) -> Option<i32> {
        self.stdin = None;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The URI of a path.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Client capabilities with snippets, links to definitions and nested symbols.
pub fn abilities() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": {
            "completion": { "completionItem": { "snippetSupport": true } },
            "definition": { "linkSupport": true },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
        },
    })
}

/// The labels of a completion list.
pub fn labels(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["label"].as_str().unwrap_or_default().to_owned()).collect()
}
