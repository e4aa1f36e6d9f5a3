//! Code actions that change a program and its script together.

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, uri},
};

/// Capabilities of a client that makes files and shows actions which are not possible.
fn able() -> Value {
    json!({
        "textDocument": { "codeAction": { "disabledSupport": true } },
        "workspace": { "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create", "rename"] } },
    })
}

/// A client with a program open, and its URI.
fn opened(
    client: Client,
    folder: &tempfile::TempDir,
    (file, language, source): (&str, &str, &str),
) -> (Client, String) {
    let mut client = client;
    let name = uri(&folder.path().join(file));
    let item = json!({ "uri": name, "languageId": language, "version": 1, "text": source });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    (client, name)
}

/// The actions at a place whose titles have a text.
fn actions(client: &mut Client, uri: &str, (line, character): (u32, u32), text: &str) -> Vec<Value> {
    let place = json!({ "line": line, "character": character });
    let range = json!({ "start": place, "end": place });
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
    let all = client.request("textDocument/codeAction", params);
    let has_text = |it: &&Value| it["title"].as_str().is_some_and(|title| title.contains(text));
    all.as_array().into_iter().flatten().filter(has_text).cloned().collect()
}

#[test]
fn a_script_moves_to_a_file() {
    let source = "import redis\n\nRELEASE_SCRIPT = \"\"\"\n    if redis.call('GET', KEYS[1]) == ARGV[1] then\n\n        return redis.call('DEL', KEYS[1])\n    end\n    return 0\n\"\"\"\nr.eval(RELEASE_SCRIPT, 1, 'é', 't')\n";
    let folder = folder(&[("app.py", source), ("release.lua", "return 1\n")]);
    let mut client = Client::in_folder(folder.path(), able());
    let name = uri(&folder.path().join("app.py"));
    let item = json!({ "uri": name, "languageId": "python", "version": 7, "text": source });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    client.findings(&name, 7);
    let found = actions(&mut client, &name, (3, 6), "Move this script");
    assert_eq!(found[0]["title"], "Move this script to release_2.lua", "another script has the name");
    let operations = found[0]["edit"]["documentChanges"].as_array().cloned().unwrap_or_default();
    let file = uri(&folder.path().join("release_2.lua"));
    assert_eq!((&operations[0]["kind"], &operations[0]["uri"]), (&json!("create"), &json!(file)));
    assert_eq!(
        operations[1]["edits"][0]["newText"],
        "if redis.call('GET', KEYS[1]) == ARGV[1] then\n\n    return redis.call('DEL', KEYS[1])\nend\nreturn 0\n"
    );
    assert_eq!(operations[2]["textDocument"], json!({ "uri": name, "version": 7 }));
    let texts: Vec<&str> =
        operations[2]["edits"].as_array().into_iter().flatten().filter_map(|it| it["newText"].as_str()).collect();
    assert_eq!(
        texts,
        ["from pathlib import Path\n", "Path(__file__).with_name(\"release_2.lua\").read_text()"],
        "{operations:?}"
    );
    assert_eq!(client.end(), Some(0));
}

#[test]
fn what_cannot_move_says_why() {
    let source = "class A { void F() { db.ScriptEvaluate(\"return redis.call('GET', KEYS[1])\"); } }\n";
    let folder = folder(&[("A.cs", source)]);
    for (capabilities, wanted) in
        [(able(), Some("C# has no one way to load a file beside the program")), (json!({}), None)]
    {
        let client = Client::in_folder(folder.path(), capabilities);
        let (mut client, name) = opened(client, &folder, ("A.cs", "csharp", source));
        client.findings(&name, 1);
        let found = actions(&mut client, &name, (0, 45), "Move this script");
        assert_eq!(found.first().and_then(|it| it["disabled"]["reason"].as_str()), wanted);
        assert_eq!(client.end(), Some(0));
    }
}

/// A text with edits of a client that counts in UTF-16.
fn with_edits(text: &str, edits: &Value) -> String {
    let offset = |place: &Value| {
        let (line, character) = (place["line"].as_u64().unwrap_or(0), place["character"].as_u64().unwrap_or(0));
        let start: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
        let mut units = 0;
        let inner = text[start..].char_indices().find(|(_, it)| {
            let is_there = units >= character;
            units += it.len_utf16() as u64;
            is_there
        });
        inner.map_or(text.len(), |(at, _)| start + at)
    };
    let mut all: Vec<(usize, usize, &str)> = edits
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            (offset(&it["range"]["start"]), offset(&it["range"]["end"]), it["newText"].as_str().unwrap_or_default())
        })
        .collect();
    all.sort_unstable();
    let mut out = text.to_owned();
    for (start, end, new) in all.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}

#[test]
fn a_pasted_value_is_passed() {
    let source =
        "def get(r, user, n):\n    é = '😀'; return r.eval(f\"return redis.call('INCRBY', 'user:{user}', {n})\", 0)\n";
    let folder = folder(&[("app.py", source)]);
    let client = Client::in_folder(folder.path(), able());
    let (mut client, name) = opened(client, &folder, ("app.py", "python", source));
    client.findings(&name, 1);
    let found = actions(&mut client, &name, (1, 73), "Pass the values");
    assert_eq!(found[0]["kind"], "quickfix", "{found:?}");
    assert_eq!(found[0]["diagnostics"][0]["code"], "interpolated-script");
    assert_eq!(
        with_edits(source, &found[0]["edit"]["documentChanges"][0]["edits"]),
        "def get(r, user, n):\n    é = '😀'; return r.eval(\"return redis.call('INCRBY', KEYS[1], ARGV[1])\", 1, f\"user:{user}\", n)\n"
    );
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_value_that_cannot_be_passed_says_why() {
    for (source, wanted) in [
        (
            "def get(r, n):\n    return r.eval(f\"return 1 + {n}\", 0, *f())\n",
            "the keys and arguments of the call are not all known here",
        ),
        (
            "def get(r, n):\n    s = f\"return redis.call('GET', '{n}')\"\n    r.eval(s, 0)\n    r.eval(s, 0)\n",
            "2 calls run this script",
        ),
        (
            "def get(r, n):\n    return r.eval(f\"return {{unpack(ARGV)}}, '{n}'\", 0, 1)\n",
            "the script goes over all its keys or arguments",
        ),
    ] {
        let folder = folder(&[("app.py", source)]);
        let client = Client::in_folder(folder.path(), able());
        let (mut client, name) = opened(client, &folder, ("app.py", "python", source));
        client.findings(&name, 1);
        let found = actions(&mut client, &name, (1, 25), "instead of pasting");
        assert_eq!(found.first().and_then(|it| it["disabled"]["reason"].as_str()), Some(wanted), "{source}");
        assert_eq!(client.end(), Some(0));
    }
}

#[test]
fn a_call_sends_the_sha1() {
    let source = "import redis\nS = \"return redis.call('GET', KEYS[1])\"\nfor é in '😀': r.eval(S, 1, é)\n";
    let folder = folder(&[("app.py", source)]);
    let client = Client::in_folder(folder.path(), able());
    let (mut client, name) = opened(client, &folder, ("app.py", "python", source));
    client.findings(&name, 1);
    let found = actions(&mut client, &name, (2, 19), "Send the SHA1");
    assert_eq!(found[0]["kind"], "quickfix", "{found:?}");
    assert_eq!(found[0]["diagnostics"][0]["code"], "script-in-loop");
    assert_eq!(
        with_edits(source, &found[0]["edit"]["documentChanges"][0]["edits"]),
        "import redis\nS = \"return redis.call('GET', KEYS[1])\"\nfor é in '😀': r.register_script(S)(keys=[é])\n"
    );
    assert_eq!(actions(&mut client, &name, (1, 3), "Send the SHA1"), Vec::<Value>::new());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_finding_at_a_call_is_ignored_by_a_comment() {
    for (file, language, source, wanted) in [
        (
            "app.py",
            "python",
            "S = \"return redis.call('GET', KEYS[1])\"\ndef f(r):\n    r.eval(S, 0)\n",
            "    # redlua: allow(call-arity)\n    r.eval(S, 0)\n",
        ),
        (
            "a.js",
            "javascript",
            "const S = `return redis.call('GET', KEYS[1])`;\n\nredis.eval(S, 0);\n",
            "\n// redlua: allow(call-arity)\nredis.eval(S, 0);\n",
        ),
    ] {
        let folder = folder(&[(file, source)]);
        let client = Client::in_folder(folder.path(), able());
        let (mut client, name) = opened(client, &folder, (file, language, source));
        assert_eq!(client.findings(&name, 1)[0]["code"], "call-arity");
        let found = actions(&mut client, &name, (2, 14), "Ignore call-arity on this line");
        let text = with_edits(source, &found[0]["edit"]["documentChanges"][0]["edits"]);
        assert!(text.ends_with(wanted), "{text}");
        let whole = json!({ "text": text });
        let document = json!({ "uri": name, "version": 2 });
        client.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [whole] }));
        assert_eq!(client.findings(&name, 2), Vec::<Value>::new(), "{text}");
        assert_eq!(client.end(), Some(0));
    }
}
