//! Scenarios: a session with the language server over files whose text has marks, see [`marks`].
//!
//! Answers are applied as a client applies them, and the whole text or the marked text is compared.

pub mod marks;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    folder,
    lsp::{Client, abilities, uri},
};
use marks::Marked;

/// A document of a scenario.
struct Document {
    marked: Marked,
    uri: String,
    /// The text as it is now.
    text: String,
    /// The version that the server knows; none while the file is only on disk.
    version: Option<i64>,
}

/// A session over the files of a scenario, of which the first is open.
pub struct Scenario {
    /// The client, for what is not a matter of text.
    pub client: Client,
    /// The folder with the files.
    pub folder: tempfile::TempDir,
    documents: Vec<Document>,
}

impl Scenario {
    /// Starts a session with the usual abilities of a client.
    pub fn new(scenario: &str) -> Self {
        Self::with(scenario, abilities())
    }

    /// Starts a session with a client's abilities.
    pub fn with(scenario: &str, abilities: Value) -> Self {
        let files = marks::read(scenario);
        let on_disk: Vec<(&str, &str)> = files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
        let folder = folder(&on_disk);
        let client = Client::in_folder(folder.path(), abilities);
        let document = |marked: Marked| Document {
            uri: uri(&folder.path().join(&marked.name)),
            text: marked.text.clone(),
            marked,
            version: None,
        };
        let documents = files.into_iter().map(document).collect();
        let mut it = Self { client, folder, documents };
        it.open(0);
        it
    }

    /// Opens a file by its place in the scenario.
    pub fn open(&mut self, file: usize) {
        let document = &mut self.documents[file];
        document.version = Some(1);
        self.client.open(&document.uri, &document.text);
    }

    /// The URI of a file.
    pub fn uri(&self, file: usize) -> &str {
        &self.documents[file].uri
    }

    /// Parameters of a request on a whole file.
    pub fn of(&self, file: usize) -> Value {
        json!({ "textDocument": { "uri": self.uri(file) } })
    }

    /// Parameters of a request at a cursor.
    pub fn at(&self, cursor: char) -> Value {
        let (file, offset) = self.cursor(cursor);
        let document = &self.documents[file];
        json!({ "textDocument": { "uri": document.uri }, "position": marks::position(&document.text, offset) })
    }

    /// Parameters of a request on a part of a file, by lines and columns.
    pub fn within(&self, file: usize, start: (u32, u32), end: (u32, u32)) -> Value {
        let place = |(line, character): (u32, u32)| json!({ "line": line, "character": character });
        let mut params = self.of(file);
        params["range"] = json!({ "start": place(start), "end": place(end) });
        params
    }

    /// The text of a file as it is now.
    pub fn text_of(&self, file: usize) -> &str {
        &self.documents[file].text
    }

    /// The text in a range of a file.
    pub fn slice(&self, file: usize, range: &Value) -> String {
        let text = self.text_of(file);
        let (start, end) = marks::span(text, range);
        text[start..end].to_owned()
    }

    fn cursor(&self, cursor: char) -> (usize, usize) {
        let found = self.documents.iter().enumerate().find_map(|(file, it)| {
            let at = it.marked.cursors.iter().find(|(digit, _)| *digit == cursor)?;
            Some((file, at.1))
        });
        found.unwrap_or_else(|| panic!("the scenario has no cursor ${cursor}"))
    }

    /// The texts of the files as they are now, with headers if there are several.
    pub fn text(&self) -> String {
        self.shown(|it| it.text.clone())
    }

    fn shown(&self, text: impl Fn(&Document) -> String) -> String {
        if let [one] = &self.documents[..] {
            return text(one);
        }
        let mut out = String::new();
        for document in &self.documents {
            let _ = writeln!(out, "--- file: {}", document.marked.name);
            out.push_str(&text(document));
            if !out.ends_with('\n') {
                out.push('\n');
            }
        }
        out
    }

    /// Gives a file another text: of an open one the server is told what changed, of another that it changed.
    pub fn change(&mut self, file: usize, text: &str) {
        let document = &mut self.documents[file];
        let change = marks::difference(&document.text, text);
        document.text = text.to_owned();
        let Some(version) = &mut document.version else {
            let path = self.folder.path().join(&document.marked.name);
            std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let changes = json!({ "changes": [{ "uri": document.uri, "type": 2 }] });
            return self.client.notify("workspace/didChangeWatchedFiles", changes);
        };
        *version += 1;
        let of = json!({ "uri": document.uri, "version": version });
        let change = json!({ "textDocument": of, "contentChanges": [change] });
        self.client.notify("textDocument/didChange", change);
    }

    /// The texts that the edits of a workspace edit make, or those of a list of edits of the first file, by their files.
    fn edited(&self, edit: &Value) -> Vec<(usize, String)> {
        let mut edits: Vec<(&str, &Value)> = Vec::new();
        if edit.is_array() {
            edits.push((self.uri(0), edit));
        }
        edits.extend(edit["changes"].as_object().into_iter().flatten().map(|(uri, list)| (uri.as_str(), list)));
        for change in edit["documentChanges"].as_array().into_iter().flatten() {
            edits.push((change["textDocument"]["uri"].as_str().unwrap_or_default(), &change["edits"]));
        }
        assert!(!edits.is_empty(), "no edits: {edit}");
        let of_file = |(uri, list): (&str, &Value)| {
            let file = self.documents.iter().position(|it| it.uri == uri);
            let file = file.unwrap_or_else(|| panic!("{uri} is no file of the scenario"));
            (file, marks::apply(self.text_of(file), list.as_array().map_or(&[], Vec::as_slice)))
        };
        edits.into_iter().map(of_file).collect()
    }

    /// Applies the edits of a workspace edit, or a list of edits of the first file, as a client does.
    pub fn apply(&mut self, edit: &Value) {
        for (file, text) in self.edited(edit) {
            self.change(file, &text);
        }
    }

    /// The lines that a workspace edit changes, each with the file before it, as they are afterwards. Versions in the edit must be
    /// those of the files.
    #[track_caller]
    pub fn changed_lines(&self, edit: &Value) -> Vec<String> {
        for change in edit["documentChanges"].as_array().into_iter().flatten() {
            let of = self.documents.iter().find(|it| change["textDocument"]["uri"] == *it.uri);
            let version = of.and_then(|it| it.version);
            assert_eq!(change["textDocument"]["version"], json!(version), "{change}");
        }
        let mut out = Vec::new();
        for (file, text) in self.edited(edit) {
            let document = &self.documents[file];
            assert_eq!(document.text.lines().count(), text.lines().count(), "{text}");
            let lines = document.text.lines().zip(text.lines()).filter(|(before, after)| before != after);
            out.extend(lines.map(|(_, after)| format!("{}: {after}", document.marked.name)));
        }
        out
    }

    /// The published findings of an open file, as the server has them for the text as it is now. Of settings they have no version:
    /// take those of each text.
    pub fn findings(&mut self, file: usize) -> Vec<Value> {
        let document = &self.documents[file];
        let version = document.version.unwrap_or_else(|| panic!("{} is not open", document.marked.name));
        let message = self.client.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == *document.uri
                && it["params"].get("version").is_none_or(|it| *it == version)
        });
        message["params"]["diagnostics"].as_array().cloned().unwrap_or_default()
    }

    /// Compares the findings of the first file with those that are drawn, and returns them.
    #[track_caller]
    pub fn check_findings(&mut self) -> Vec<Value> {
        let findings = self.findings(0);
        assert_eq!(marks::with_findings(&self.documents[0].text, &findings), self.documents[0].marked.drawn);
        findings
    }

    /// The text of the hover at a cursor; empty if there is none.
    pub fn hover(&mut self, cursor: char) -> String {
        let hover = self.client.request("textDocument/hover", self.at(cursor));
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// The label of the signature at a cursor, the parameter that the cursor is at between `«` and `»`.
    pub fn signature(&mut self, cursor: char) -> String {
        let help = self.client.request("textDocument/signatureHelp", self.at(cursor));
        let signature = &help["signatures"][help["activeSignature"].as_u64().unwrap_or(0) as usize];
        let label = signature["label"].as_str().unwrap_or_default();
        let active = help["activeParameter"].as_u64().or(signature["activeParameter"].as_u64()).unwrap_or(0);
        let parameter = &signature["parameters"][active as usize]["label"];
        let number = |at: usize| parameter[at].as_u64().map(|at| at as usize);
        let range = match (parameter.as_str(), number(0), number(1)) {
            (Some(words), ..) => label.find(words).map(|start| (start, start + words.len())),
            (None, Some(start), Some(end)) => Some((start, end)),
            _ => None,
        };
        marks::with_ranges(label, range.as_slice())
    }

    fn completion_items(&mut self, cursor: char) -> Vec<Value> {
        let list = self.client.request("textDocument/completion", self.at(cursor));
        list.get("items").unwrap_or(&list).as_array().cloned().unwrap_or_default()
    }

    /// The labels of the completions at a cursor.
    pub fn completions(&mut self, cursor: char) -> Vec<String> {
        let items = self.completion_items(cursor);
        items.iter().map(|item| item["label"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The completion with a label at a cursor, resolved.
    pub fn completion(&mut self, cursor: char, label: &str) -> Value {
        let items = self.completion_items(cursor);
        let item = items.into_iter().find(|item| item["label"] == label);
        let item = item.unwrap_or_else(|| panic!("no completion {label} at ${cursor}"));
        self.client.request("completionItem/resolve", item)
    }

    /// Takes the completion with a label at a cursor, and returns the texts with it.
    pub fn complete(&mut self, cursor: char, label: &str) -> String {
        let item = self.completion(cursor, label);
        let (file, offset) = self.cursor(cursor);
        let text = &self.documents[file].text;
        let mut edits = item["additionalTextEdits"].as_array().cloned().unwrap_or_default();
        match &item["textEdit"] {
            Value::Null => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                let start = offset - text.as_bytes()[..offset].iter().rev().take_while(|byte| is_word(byte)).count();
                let range = json!({ "start": marks::position(text, start), "end": marks::position(text, offset) });
                let new = item["insertText"].as_str().unwrap_or(label);
                edits.push(json!({ "range": range, "newText": new }));
            }
            edit => {
                let range = edit.get("range").or(edit.get("insert")).cloned();
                edits.push(json!({ "range": range, "newText": edit["newText"] }));
            }
        }
        let text = marks::apply(text, &edits);
        self.change(file, &text);
        self.text()
    }

    /// Compares the places that a request at a cursor finds with the ranges of all files.
    #[track_caller]
    pub fn check_places(&mut self, method: &str, cursor: char) {
        let mut params = self.at(cursor);
        params["context"] = json!({ "includeDeclaration": true });
        let own = params["textDocument"]["uri"].clone();
        let answer = self.client.request(method, params);
        let list = answer.get("ranges").unwrap_or(&answer).as_array().cloned().unwrap_or_default();
        let mut found: Vec<(Value, Value)> = Vec::new();
        for it in list {
            let uri = it.get("targetUri").or(it.get("uri")).unwrap_or(&own).clone();
            let range = it.get("targetSelectionRange").or(it.get("range")).unwrap_or(&it).clone();
            found.push((uri, range));
        }
        let places = self.shown(|document| {
            let here = found.iter().filter(|(uri, _)| *uri == document.uri);
            let ranges: Vec<(usize, usize)> = here.map(|(_, range)| marks::span(&document.text, range)).collect();
            marks::with_ranges(&document.text, &ranges)
        });
        assert_eq!(places, self.shown(|document| document.marked.ranged.clone()), "{method}");
    }

    /// Renames what stands at a cursor, and returns the texts with it.
    pub fn rename(&mut self, cursor: char, name: &str) -> String {
        let mut params = self.at(cursor);
        params["newName"] = json!(name);
        let edit = self.client.request("textDocument/rename", params);
        self.apply(&edit);
        self.text()
    }

    /// Takes the code action with a title at a range of the first file, and returns the texts with it.
    pub fn act(&mut self, range: &Value, title: &str) -> String {
        let mut params = self.of(0);
        params["range"] = range.clone();
        params["context"] = json!({ "diagnostics": [] });
        let actions = self.client.request("textDocument/codeAction", params);
        let action = actions.as_array().into_iter().flatten().find(|it| it["title"] == title).cloned();
        let mut action = action.unwrap_or_else(|| panic!("no action `{title}` in {actions}"));
        if action.get("edit").is_none() {
            action = self.client.request("codeAction/resolve", action);
        }
        self.apply(&action["edit"]);
        self.text()
    }
}
