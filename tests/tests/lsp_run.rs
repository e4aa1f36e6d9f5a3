//! Runs in the language server: the real binary over its standard input and output.

use redlua_tests::{
    folder,
    lsp::{Client, uri},
};
use serde_json::{Value, json};

struct Session {
    client: Client,
    folder: tempfile::TempDir,
}

/// A server for a folder with these files, of which the first is open.
fn session_with(files: &[(&str, &str)], capabilities: Value) -> Session {
    let folder = folder(files);
    let client = Client::in_folder(folder.path(), capabilities);
    let mut session = Session { client, folder };
    let (name, text) = files[0];
    session.open(name, text);
    session
}

fn session(files: &[(&str, &str)]) -> Session {
    session_with(files, json!({}))
}

impl Session {
    fn uri(&self, name: &str) -> String {
        uri(&self.folder.path().join(name))
    }

    fn open(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        self.client.open(&uri, text);
        self.client.findings(&uri, 1);
    }

    fn change(&mut self, name: &str, version: i64, text: &str) {
        let uri = self.uri(name);
        let params =
            json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] });
        self.client.notify("textDocument/didChange", params);
    }

    fn ask(&mut self, command: &str, arguments: Value) -> i64 {
        self.client.ask("workspace/executeCommand", json!({ "command": command, "arguments": arguments }))
    }

    fn command(&mut self, command: &str, arguments: Value) -> Value {
        self.client.request("workspace/executeCommand", json!({ "command": command, "arguments": arguments }))
    }

    fn run(&mut self, name: &str, keys: &[&str], args: &[&str]) -> Value {
        let uri = self.uri(name);
        self.command("redlua.run", json!([{ "uri": uri, "keys": keys, "args": args }]))
    }

    fn message(&mut self) -> String {
        let message = self.client.wait(|it| it["method"] == "window/showMessage");
        message["params"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The hints of a file: line and text.
    fn hints(&mut self, name: &str) -> Vec<(i64, String)> {
        let all = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 1000, "character": 0 } });
        let hints = self
            .client
            .request("textDocument/inlayHint", json!({ "textDocument": { "uri": self.uri(name) }, "range": all }));
        let hints = hints.as_array().cloned().unwrap_or_default();
        let text = |hint: &Value| hint["label"].as_str().unwrap_or_default().to_owned();
        hints.iter().map(|hint| (hint["position"]["line"].as_i64().unwrap_or(-1), text(hint))).collect()
    }

    /// The next findings of a file that have one with a code, or that have none with it.
    fn findings(&mut self, name: &str, code: &str, some: bool) -> (Value, Vec<Value>) {
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

    fn lenses(&mut self, name: &str) -> Vec<(i64, String, Value)> {
        let lenses = self.client.request("textDocument/codeLens", json!({ "textDocument": { "uri": self.uri(name) } }));
        let lenses = lenses.as_array().cloned().unwrap_or_default();
        let row = |lens: &Value| {
            let title = lens["command"]["title"].as_str().unwrap_or_default().to_owned();
            (lens["range"]["start"]["line"].as_i64().unwrap_or(-1), title, lens["command"].clone())
        };
        lenses.iter().map(row).collect()
    }

    fn actions(&mut self, name: &str, line: u32) -> Vec<Value> {
        let place = json!({ "line": line, "character": 0 });
        let params = json!({
            "textDocument": { "uri": self.uri(name) },
            "range": { "start": place, "end": place },
            "context": { "diagnostics": [] },
        });
        self.client.request("textDocument/codeAction", params).as_array().cloned().unwrap_or_default()
    }
}

const TAKE: &str = "\
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

#[test]
fn a_script_is_run_with_what_is_known_of_it() {
    let mut it = session(&[("take.lua", TAKE)]);
    let uri = it.uri("take.lua");
    let given = it.run("take.lua", &["a"], &["2"]);
    assert_eq!(given["reply"], "(integer) -2", "{given}");
    assert_eq!(given["resp"], -2);
    assert_eq!(given["changes"][0]["key"], "a");
    assert_eq!(given["commands"][0], json!({ "line": 9, "argv": ["DECRBY", "a", "2"], "reply": "(integer) -2" }));
    assert_eq!(it.message(), "take.lua with `1 a 2`: (integer) -2");
    assert!(it.hints("take.lua").contains(&(8, "→ (integer) -2".to_owned())));

    // The keyspace stays, and so do the inputs.
    let again = it.command("redlua.run", json!([uri]));
    assert_eq!(again["reply"], "(integer) -4");
    assert_eq!(it.message(), "take.lua with `1 a 2` as last time: (integer) -4");
    let fresh = it.command("redlua.run", json!([{ "uri": uri, "fresh": true }]));
    assert_eq!(fresh["reply"], "(integer) -2");
    it.message();
    assert_eq!(it.command("redlua.resetKeyspace", json!([uri])), json!({ "reset": 1 }));
    assert_eq!(it.message(), "The keyspace of take.lua is as at the beginning");
    assert_eq!(it.command("redlua.run", json!([uri]))["reply"], "(integer) -2");
    // Another version of the server has another keyspace.
    let other = it.command("redlua.run", json!([{ "uri": uri, "target": "valkey 8.0" }]));
    assert_eq!(other["reply"], "(integer) -2");

    let titles: Vec<String> = it.lenses("take.lua").into_iter().map(|(_, title, _)| title).collect();
    assert_eq!(
        titles,
        [
            "1 key, 1 argument",
            "Run against the embedded engine",
            "Run with `1 a 2`",
            "Run with `1 stock:42 2`",
            "Run with `1 stock:43 1`",
            "Run with …",
            "Run examples",
            "writes · 1 key · O(1) · deterministic · cluster-safe · Redis ≥ 6.2 · returns (integer)",
        ]
    );
    // The last lens shows everything.
    let lens = it.lenses("take.lua").pop().expect("a lens").2;
    let shown = it.client.request("workspace/executeCommand", lens);
    assert!(shown[0]["text"].as_str().is_some_and(|text| text.contains("access         writes: ")), "{shown}");
    it.client.wait(|it| it["params"]["message"].as_str().is_some_and(|text| text.contains("access         writes: ")));
    it.client.end();
}

#[test]
fn lenses_and_actions_run_in_any_client() {
    let mut it = session(&[("take.lua", TAKE)]);
    let lens = it.lenses("take.lua").into_iter().find(|(_, title, _)| title == "Run with `1 stock:42 2`");
    let Some((0, _, command)) = lens else { panic!("{lens:?}") };
    let done = it.client.request("workspace/executeCommand", command);
    assert_eq!(done["inputs"]["keys"], json!(["stock:42"]), "{done}");
    let actions = it.actions("take.lua", 5);
    let titles: Vec<&str> = actions.iter().filter_map(|action| action["title"].as_str()).collect();
    for title in ["Run against the embedded engine", "Run with `1 stock:43 1`", "Run with …", "Run examples"] {
        assert!(titles.contains(&title), "{titles:?}");
    }
    // The user chooses among what is known.
    let ask = actions.iter().find(|action| action["title"] == "Run with …").expect("an action")["command"].clone();
    it.client.choice = Some("1 stock:43 1".to_owned());
    let done = it.client.request("workspace/executeCommand", ask.clone());
    assert_eq!(done["inputs"]["keys"], json!(["stock:43"]), "{done}");
    it.client.choice = None;
    assert_eq!(it.client.request("workspace/executeCommand", ask), Value::Null);
    it.client.end();
}

#[test]
fn inputs_are_made_up_where_nothing_is_known() {
    let mut it = session(&[("a.lua", "return redis.call('SET', KEYS[1], ARGV[1])\n")]);
    let uri = it.uri("a.lua");
    let done = it.command("redlua.run", json!([uri]));
    assert_eq!(done["reply"], "OK", "{done}");
    assert_eq!(done["inputs"]["madeUp"], true);
    let message = it.message();
    assert!(message.contains("with the made-up inputs `1 key:1 1`"), "{message}");
    it.change("a.lua", 2, "-- KEYS[1] the stock counter\nreturn redis.call('SET', KEYS[1], 'x')\n");
    let done = it.command("redlua.run", json!([uri]));
    assert_eq!(done["inputs"]["keys"], json!(["stock-counter"]));
    it.client.end();
}

#[test]
fn a_failing_line_is_a_finding_until_the_next_edit() {
    let text = "local a = KEYS[1]\nif true then\n  local b = redis.call('INCR', a) + nil\nend\nreturn 1\n";
    let mut it = session(&[("a.lua", text)]);
    let done = it.run("a.lua", &["k"], &[]);
    assert_eq!(done["error"]["line"], 3, "{done}");
    let message = it.message();
    assert!(message.starts_with("a.lua with `1 k` failed (line 3 of a.lua): "), "{message}");
    let (_, found) = it.findings("a.lua", "run", true);
    assert_eq!(found[0]["range"]["start"], json!({ "line": 2, "character": 2 }));
    assert_eq!(found[0]["severity"], 1);
    it.change("a.lua", 2, &text.replace(" + nil", ""));
    it.findings("a.lua", "run", false);
    assert_eq!(it.hints("a.lua"), []);
    it.run("a.lua", &["k"], &[]);
    assert_eq!(it.hints("a.lua"), [(4, "→ (integer) 1".to_owned())]);
    // What does not compile fails at its line too.
    it.change("a.lua", 3, "local x = 1\nreturn = 2\n");
    let done = it.run("a.lua", &[], &[]);
    assert_eq!(done["error"]["line"], 2, "{done}");
    it.client.end();
}

#[test]
fn includes_come_from_the_buffers() {
    let main = "--- @include \"part\"\nreturn helper(KEYS[1])\n";
    let part = "local function helper(key)\n  return redis.call('GET', key) .. ''\nend\n";
    let mut it = session(&[("main.lua", main), ("part.lua", part)]);
    let done = it.run("main.lua", &["k"], &[]);
    assert_eq!((&done["error"]["line"], &done["error"]["path"]), (&json!(2), &json!("part.lua")), "{done}");
    let (_, found) = it.findings("part.lua", "run", true);
    assert_eq!(found[0]["range"]["start"], json!({ "line": 1, "character": 2 }));
    // The buffer counts, not the disk.
    it.open("part.lua", "local function helper(key)\n  return 'from ' .. key\nend\n");
    let done = it.run("main.lua", &["k"], &[]);
    assert_eq!(done["reply"], "\"from k\"");
    it.findings("part.lua", "run", false);
    assert_eq!(it.hints("main.lua").last().map(|hint| hint.1.clone()).as_deref(), Some("→ \"from k\""));
    // An edit of what is included takes the result away.
    it.change("part.lua", 2, "local function helper(key)\n  return 'of ' .. key\nend\n");
    assert!(!it.hints("main.lua").iter().any(|hint| hint.1.starts_with('→')));
    it.client.end();
}

#[test]
fn an_endless_loop_is_stopped() {
    let config = "[run]\ntime = \"300ms\"\n";
    let mut it = session(&[("a.lua", "redis.call('SET', 'a', 1)\nwhile true do\nend\n"), ("redlua.toml", config)]);
    let done = it.run("a.lua", &[], &[]);
    assert_eq!(done["error"]["stopped"], true, "{done}");
    assert_eq!(done["changes"], json!([]));
    let message = it.message();
    assert!(message.contains("it took longer than its budget of 300ms"), "{message}");
    it.findings("a.lua", "run", true);
    it.client.end();
}

#[test]
fn a_run_is_cancelled() {
    let mut it = session_with(
        &[
            ("a.lua", "while true do\n  local a = KEYS[1]\nend\n"),
            ("redlua.toml", "[run]\ntime = \"60s\"\ninstructions = 1_000_000_000_000\n"),
        ],
        json!({ "window": { "workDoneProgress": true } }),
    );
    let uri = it.uri("a.lua");
    // By the request.
    let id = it.ask("redlua.run", json!([uri]));
    it.client.wait(|it| it["method"] == "$/progress" && it["params"]["value"]["title"] == "Running a.lua");
    it.client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(it.client.answer(id)["error"]["code"], -32800);
    it.client.wait(|it| it["method"] == "$/progress" && it["params"]["value"]["kind"] == "end");
    // By its progress.
    let id = it.ask("redlua.run", json!([uri]));
    let begun = it.client.wait(|it| it["method"] == "$/progress" && it["params"]["value"]["title"] == "Running a.lua");
    assert_eq!(begun["params"]["value"]["cancellable"], true);
    // Other requests are answered meanwhile.
    assert_eq!(it.lenses("a.lua").len(), 3);
    it.client.notify("window/workDoneProgress/cancel", json!({ "token": begun["params"]["token"] }));
    assert_eq!(it.client.answer(id)["result"]["error"]["stopped"], true);
    // By another run.
    let first = it.ask("redlua.run", json!([uri]));
    let second = it.ask("redlua.run", json!([uri]));
    assert!(it.client.answer(first)["result"]["error"].is_object());
    it.client.notify("$/cancelRequest", json!({ "id": second }));
    it.client.answer(second);
    it.client.end();
}

#[test]
fn examples_are_shown_after_a_pause() {
    let mut it = session(&[("take.lua", TAKE)]);
    let (version, found) = it.findings("take.lua", "example", true);
    assert_eq!(version, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"]["start"], json!({ "line": 7, "character": 0 }));
    assert_eq!((&found[0]["severity"], &found[0]["source"]), (&json!(2), &json!("redlua")));
    assert_eq!(found[0]["message"], "the embedded engine gives (integer) -1");
    let marks: Vec<_> = it.hints("take.lua").into_iter().filter(|(line, _)| *line < 8).collect();
    assert_eq!(marks, [(3, "✓".to_owned()), (5, "✓".to_owned()), (7, "✗ (integer) -1".to_owned())]);

    let actions = it.actions("take.lua", 7);
    let fix = actions.iter().find(|action| action["title"] == "Update the example").expect("a fix");
    let uri = it.uri("take.lua");
    let edit = &fix["edit"]["changes"][&uri][0];
    assert_eq!(edit["newText"], "\n--= (integer) -1");
    assert_eq!(edit["range"]["end"], json!({ "line": 7, "character": 15 }));
    assert_eq!(fix["diagnostics"][0]["code"], "example");

    // Nothing of another text is shown.
    it.change("take.lua", 2, &TAKE.replace("stock:43 1\n--= (integer) 3", "stock:43 1\n--= (integer) -1"));
    assert!(!it.hints("take.lua").iter().any(|hint| hint.1.starts_with('✗')));
    it.findings("take.lua", "example", false);
    loop {
        let marks = it.hints("take.lua").into_iter().filter(|(_, text)| text == "✓").count();
        if marks == 3 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    it.client.end();
}

#[test]
fn edits_while_examples_run() {
    let endless = "--> EVAL . 0\n--= OK\nwhile true do end\n";
    let mut it = session(&[("a.lua", endless)]);
    // The first waits out its pause, then runs; edits come before, meanwhile and after.
    for version in 2..12 {
        it.change("a.lua", version, &format!("{endless}-- {version}\n"));
        std::thread::sleep(std::time::Duration::from_millis(90));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    it.change("a.lua", 12, "--> EVAL . 0\n--= (integer) 1\nreturn 2\n");
    let (version, found) = it.findings("a.lua", "example", true);
    assert_eq!((version, &found[0]["message"]), (json!(12), &json!("the embedded engine gives (integer) 2")));
    // One that does not end is stopped after a second.
    it.change("a.lua", 13, endless);
    let (_, found) = it.findings("a.lua", "example", true);
    assert!(found[0]["message"].as_str().unwrap_or_default().contains("stopped"), "{found:?}");
    assert!(it.hints("a.lua").contains(&(1, "✗ stopped".to_owned())));
    assert!(!it.actions("a.lua", 1).iter().any(|action| action["title"] == "Update the example"));
    it.client.end();
}

#[test]
fn examples_are_run_on_demand() {
    let config = "[run]\nexamples = false\nseed = \"seed.redis\"\n";
    let text = TAKE.replace("--> SET stock:42 5\n--= OK\n", "");
    let mut it = session(&[("take.lua", &text), ("redlua.toml", config), ("seed.redis", "SET stock:42 5\n")]);
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert!(!it.hints("take.lua").iter().any(|hint| hint.1.starts_with(['✓', '✗'])));
    let uri = it.uri("take.lua");
    let done = it.command("redlua.runExamples", json!([uri]));
    let passed: Vec<_> = done.as_array().into_iter().flatten().map(|row| row["passed"].clone()).collect();
    assert_eq!(passed, [true, false], "{done}");
    assert_eq!(it.message(), "take.lua: 2 examples: 1 ✓, 1 ✗ (line 5)");
    assert!(it.hints("take.lua").contains(&(3, "✓".to_owned())));
    // The seed fills the keyspace of runs too.
    assert_eq!(it.run("take.lua", &["stock:42"], &["1"])["reply"], "(integer) 4");
    it.client.end();
}

#[test]
fn a_seed_that_does_not_do_is_told() {
    let config = "[run]\nseed = \"seed.redis\"\n";
    let mut it = session(&[("take.lua", TAKE), ("redlua.toml", config), ("seed.redis", "SET a 1\nNOSUCH a\n")]);
    let (_, found) = it.findings("take.lua", "example", true);
    let told = "the seed file seed.redis cannot fill the keyspace: line 2: `NOSUCH a` gives (error)";
    assert!(found[0]["message"].as_str().unwrap_or_default().contains(told), "{found:?}");
    let done = it.run("take.lua", &["a"], &["1"]);
    assert!(done["error"]["message"].as_str().unwrap_or_default().starts_with(told), "{done}");
    assert!(it.message().contains(told));
    it.client.end();
}

#[test]
fn several_lines_that_differ() {
    let text = "--> EVAL . 0\n--= 1) \"a\"\n--= 2) \"x\"\n--= 3) \"c\"\nreturn {'a', 'b', 'c'}\n";
    let mut it = session(&[("a.lua", text)]);
    let (_, found) = it.findings("a.lua", "example", true);
    assert_eq!(
        found[0]["range"],
        json!({ "start": { "line": 2, "character": 0 }, "end": { "line": 2, "character": 10 } })
    );
    let uri = it.uri("a.lua");
    let actions = it.actions("a.lua", 2);
    let fix = actions.iter().find(|action| action["title"] == "Update the example").expect("a fix");
    assert_eq!(fix["edit"]["changes"][&uri][0]["newText"], "\n--= 1) \"a\"\n--= 2) \"b\"\n--= 3) \"c\"");
    it.client.end();
}

#[test]
fn functions_of_a_library() {
    let text = "#!lua name=shop\n--> FCALL take 1 a 2\n--= (integer) -2\nlocal function take(keys, args)\n  \
        return redis.call('DECRBY', keys[1], args[1])\nend\nredis.register_function('take', take)\n\
        redis.register_function('fail', function() return nil + 1 end)\n";
    let mut it = session(&[("shop.lua", text)]);
    let uri = it.uri("shop.lua");
    let lenses: Vec<_> = it.lenses("shop.lua").into_iter().map(|(line, title, _)| (line, title)).collect();
    for lens in [(6, "Run `take`"), (6, "Run `take` with `1 a 2`"), (7, "Run `fail`"), (0, "Run examples")] {
        assert!(lenses.contains(&(lens.0, lens.1.to_owned())), "{lenses:?}");
    }
    let done = it.command("redlua.run", json!([{ "uri": uri, "function": "take" }]));
    assert_eq!(done["reply"], "(integer) -2", "{done}");
    assert_eq!(it.message(), "take of shop.lua with `1 a 2` of the example at line 2: (integer) -2");
    let done = it.command("redlua.run", json!([{ "uri": uri, "function": "fail" }]));
    assert_eq!(done["error"]["line"], 8, "{done}");
    it.findings("shop.lua", "run", true);
    assert!(it.hints("shop.lua").contains(&(6, "→ (integer) -2".to_owned())));
    let examples = it.command("redlua.runExamples", json!([uri]));
    assert_eq!(examples[0]["passed"], true, "{examples}");
    let id = it.ask("redlua.run", json!([uri]));
    let error = it.client.answer(id)["error"].clone();
    assert_eq!(error["message"], "shop.lua registers several functions: say which as `function`: take, fail");
    it.client.end();
}

#[test]
fn what_is_wrong_is_said() {
    let mut it = session(&[("a.lua", "return redis.call('GET', 'a')\n")]);
    let uri = it.uri("a.lua");
    for (command, arguments, told) in [
        ("redlua.run", json!([]), "takes one argument"),
        ("redlua.run", json!([{ "uri": 1 }]), "`uri` must be a text"),
        ("redlua.run", json!([{ "uri": "no uri at all" }]), "is not a URI"),
        ("redlua.run", json!(["file:///no/such/file.lua"]), "neither open nor a Lua file"),
        ("redlua.run", json!([{ "uri": uri, "keys": "a" }]), "`keys` must be a list"),
        ("redlua.run", json!([{ "uri": uri, "function": "f" }]), "no function library"),
        ("redlua.run", json!([{ "uri": uri, "target": "mysql 5" }]), "mysql 5"),
        ("redlua.runExamples", json!([uri, uri]), "takes one argument"),
        ("redlua.format", json!([]), "there is no command `redlua.format`"),
    ] {
        let id = it.ask(command, arguments);
        let error = it.client.answer(id)["error"].clone();
        assert_eq!(error["code"], -32602, "{error}");
        assert!(error["message"].as_str().unwrap_or_default().contains(told), "{error}");
    }
    assert_eq!(it.run("a.lua", &[], &[])["reply"], "(nil)");
    it.client.end();
}

#[test]
fn documents_run_beside_each_other() {
    let config = "[run]\ntime = \"20s\"\ninstructions = 1_000_000_000_000\n";
    let mut it = session(&[("slow.lua", "while true do end\n"), ("redlua.toml", config), ("fast.lua", "return 1\n")]);
    it.open("fast.lua", "return 1\n");
    let (slow, fast) = (it.uri("slow.lua"), it.uri("fast.lua"));
    let slow = it.ask("redlua.run", json!([slow]));
    assert_eq!(it.command("redlua.run", json!([fast]))["reply"], "(integer) 1");
    it.client.notify("$/cancelRequest", json!({ "id": slow }));
    assert_eq!(it.client.answer(slow)["error"]["code"], -32800);
    it.client.end();
}

#[test]
fn clients_that_ask_for_inputs() {
    let mut it = session_with(&[("take.lua", TAKE)], json!({ "experimental": { "redlua": { "inputs": true } } }));
    let uri = it.uri("take.lua");
    let form = it.command("redlua.inputs", json!([uri]));
    assert_eq!(form["keys"], json!([{ "name": "the stock", "value": "stock:42" }]));
    assert_eq!(form["args"], json!([{ "name": "how many", "value": "2" }]));
    assert_eq!(form["choices"][1]["title"], "1 stock:43 1");
    it.run("take.lua", &["x"], &["7"]);
    let lens = it.lenses("take.lua").into_iter().find(|(_, title, _)| title == "Run with …").expect("a lens").2;
    assert_eq!(lens["arguments"][0]["ask"], true);
    assert_eq!(lens["arguments"][0]["inputs"]["keys"][0]["value"], "x");
    assert!(!it.client.said.iter().any(|message| message["method"] == "window/showMessage"));
    it.client.end();
}

#[test]
fn clients_that_are_terse() {
    let list = "--> EVAL . 1 a\n--> EVAL . 1 b\nreturn { KEYS[1], 'x' }\n";
    let mut it = session_with(&[("list.lua", list)], json!({ "experimental": { "redlua": { "terse": true } } }));
    it.open("list.lua", list);
    let titles: Vec<Value> = it.actions("list.lua", 2).iter().map(|action| action["title"].clone()).collect();
    assert!(titles.contains(&json!("Run with `1 b`")) && !titles.contains(&json!("Run with …")), "{titles:?}");
    it.run("list.lua", &["a"], &[]);
    let message = it.message();
    assert!(message.contains("1) \"a\" 2) \"x\"") && !message.contains('\n'), "{message}");
}

#[test]
fn odd_documents_run() {
    let mut it = session(&[("a.lua", "return KEYS[1]\n")]);
    // An unsaved buffer.
    it.client.open("untitled:Untitled-1", "return {KEYS[1], 'ü€😀'}\n");
    let done = it.command("redlua.run", json!([{ "uri": "untitled:Untitled-1", "keys": ["ü"] }]));
    assert_eq!(done["resp"], json!(["ü", "ü€😀"]), "{done}");
    // Plain Lua, an empty file, one that does not parse, a reply that is nested without end.
    let deep = "local t = {} local top = t for i = 1, 100000 do t[1] = {} t = t[1] end return top\n";
    let long = "return string.rep('x', 1000000)\n";
    for (version, text, reply) in [
        (2, "return 1 + 1\n", "(integer) 2"),
        (3, "", "(nil)"),
        (4, "return (", "(error)"),
        (5, "return {", "(error)"),
        (6, deep, "1) 1) "),
        (7, long, "\"xxx"),
        (8, "return redis.status_reply('')", ""),
        (9, "return {map = {}}", "(empty array)"),
        (10, "\u{feff}return 1", "("),
    ] {
        it.change("a.lua", version, text);
        let done = it.run("a.lua", &[], &[]);
        assert!(done["reply"].as_str().unwrap_or("?").starts_with(reply), "{text}: {}", done["reply"]);
        assert!(it.message().len() < 4000);
        it.hints("a.lua");
    }
    it.client.end();
}

#[test]
fn clients_that_pull_and_cannot_be_told() {
    let folder = tempfile::tempdir().expect("a folder");
    // They are sent all findings, as those that do not pull.
    let mut client = Client::in_folder(folder.path(), json!({ "textDocument": { "diagnostic": {} } }));
    let uri = uri(&folder.path().join("a.lua"));
    client.open(&uri, TAKE);
    assert_eq!(client.findings(&uri, 1), Vec::<Value>::new());
    let found = client.findings(&uri, 1);
    assert_eq!(found[0]["code"], "example", "{found:?}");
    let change =
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": "return KEYS[1]" }] });
    client.notify("textDocument/didChange", change);
    assert_eq!(client.findings(&uri, 2), Vec::<Value>::new());
    client.end();
}

#[test]
fn clients_that_pull_and_are_told_to_ask_again() {
    let abilities = json!({
        "textDocument": { "diagnostic": {} },
        "workspace": {
            "diagnostics": { "refreshSupport": true },
            "inlayHint": { "refreshSupport": true },
            "codeLens": { "refreshSupport": true },
        },
    });
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.lua"), TAKE).expect("a file");
    let mut client = Client::in_folder(folder.path(), abilities);
    let uri = uri(&folder.path().join("a.lua"));
    client.open(&uri, TAKE);
    client.wait(|it| it["method"] == "workspace/inlayHint/refresh");
    client.wait(|it| it["method"] == "workspace/diagnostic/refresh");
    let of = json!({ "textDocument": { "uri": uri } });
    let report = client.request("textDocument/diagnostic", of.clone());
    assert_eq!(report["items"][0]["code"], "example", "{report}");
    let again = json!({ "textDocument": { "uri": uri }, "previousResultId": report["resultId"] });
    assert_eq!(client.request("textDocument/diagnostic", again)["kind"], "unchanged");
    let arguments = json!({ "command": "redlua.run", "arguments": [{ "uri": uri, "keys": ["k"], "args": ["x"] }] });
    client.request("workspace/executeCommand", arguments);
    client.wait(|it| it["method"] == "workspace/codeLens/refresh");
    let report = client.request("textDocument/diagnostic", of);
    assert_eq!(report["items"][0]["code"], "run", "{report}");
    client.end();
}

#[test]
fn the_keyspace_of_a_document_can_be_looked_at() {
    let script = "redis.call('SET', 'gone', 1, 'PX', 1)\nredis.call('SET', KEYS[1], 'a', 'EX', 100)\n\
                  redis.call('HSET', 'h', 'f', 'v')\nredis.call('SELECT', 1)\nreturn redis.call('SADD', 's', 1)\n";
    let mut it = session(&[("fill.lua", script)]);
    let uri = it.uri("fill.lua");
    let empty = json!({ "target": "redis 7.2", "keys": [], "more": 0 });
    assert_eq!(it.command("redlua.keyspace", json!([uri])), empty);
    it.run("fill.lua", &["k"], &[]);
    std::thread::sleep(std::time::Duration::from_millis(5));
    let mut held = it.command("redlua.keyspace", json!([uri]));
    assert!(held["keys"][1]["expires"].is_i64(), "{held}");
    held["keys"][1]["expires"] = json!("some time");
    assert_eq!(
        held["keys"],
        json!([
            { "key": "h", "type": "hash", "value": "1# \"f\" => \"v\"", "length": 1 },
            { "key": "k", "type": "string", "value": "\"a\"", "length": 1, "expires": "some time" },
            { "key": "s", "type": "set", "value": "1~ \"1\"", "length": 1, "db": 1 },
        ])
    );
    it.command("redlua.resetKeyspace", json!([uri]));
    assert_eq!(it.command("redlua.keyspace", json!([uri])), empty);
    it.client.end();
}

/// A long session keeps no more keyspaces than the memory of two runs.
#[test]
fn the_keyspaces_of_all_documents_are_bounded() {
    const GROW: &str = "\
local nth = redis.call('INCR', 'n')
redis.call('SET', 'k' .. nth, string.rep('x', ARGV[1] * 1000000))
return nth
";
    let settings = "[run]\nmemory = '64 MiB'\n";
    let names = ["a.lua", "b.lua", "c.lua"];
    let files: Vec<_> = names.iter().map(|name| (*name, GROW)).chain([("redlua.toml", settings)]).collect();
    let mut it = session(&files);
    // Runs a script with a value of 10 MB; its reply, and the documents whose keyspaces were dropped.
    let mut grow = |name: &str| {
        let reply = it.run(name, &[], &["10"])["reply"].clone();
        let mut told = it.message();
        let begin = "The keyspaces of all documents took more than 128 MiB: as at the beginning again: ";
        let dropped = told.strip_prefix(begin).map(str::to_owned);
        if dropped.is_some() {
            told = it.message();
        }
        assert!(told.starts_with(name), "{told}");
        (reply, dropped)
    };
    for name in ["a.lua", "a.lua", "a.lua", "b.lua", "b.lua", "a.lua"] {
        assert_eq!(grow(name).1, None);
    }
    let mut dropped = Vec::new();
    for nth in 1..=20 {
        let (reply, gone) = grow("c.lua");
        assert_eq!(reply, format!("(integer) {nth}"));
        dropped.extend(gone);
        if dropped.last().is_some_and(|name| name == "c.lua") {
            break;
        }
    }
    // What was used longest ago goes first; one alone can be too large.
    assert_eq!(dropped, ["b.lua", "a.lua", "c.lua"]);
    for name in names {
        assert_eq!(grow(name), ("(integer) 1".into(), None));
    }
}

#[test]
fn before_a_run_the_keyspace_is_what_the_seed_makes_it() {
    let settings = "[run]\nseed = 'seed.redis'\n";
    let files =
        [("get.lua", "return redis.call('INCR', KEYS[1])\n"), ("redlua.toml", settings), ("seed.redis", "SET k 5\n")];
    let mut it = session(&files);
    let uri = it.uri("get.lua");
    let value = |held: &Value| held["keys"][0]["value"].clone();
    assert_eq!(value(&it.command("redlua.keyspace", json!([uri]))), "\"5\"");
    it.run("get.lua", &["k"], &[]);
    assert_eq!(value(&it.command("redlua.keyspace", json!([uri]))), "\"6\"");
    it.command("redlua.resetKeyspace", json!([uri]));
    assert_eq!(value(&it.command("redlua.keyspace", json!([uri]))), "\"5\"");
    it.client.end();
}

#[test]
fn what_a_document_is_can_be_asked() {
    let library = "#!lua name=l\nredis.register_function('f', function(keys) return 1 end)\n";
    let settings = "target = ['valkey 8.0', 'redis 7.0']\ncluster = true\n";
    let mut it = session(&[("l.lua", library), ("redlua.toml", settings), ("plain.lua", "print(1)\n")]);
    let status = it.command("redlua.status", json!([it.uri("l.lua")]));
    assert!(status["settings"].as_str().is_some_and(|path| path.ends_with("redlua.toml")), "{status}");
    assert_eq!((&status["script"], &status["library"], &status["cluster"]), (&json!(true), &json!(true), &json!(true)));
    assert_eq!(status["functions"], json!(["f"]));
    assert_eq!(status["targets"], json!(["redis 7.0", "valkey 8.0"]));
    it.open("plain.lua", "print(1)\n");
    assert_eq!(it.command("redlua.status", json!([it.uri("plain.lua")]))["script"], false);
    assert_eq!(it.command("redlua.status", json!([it.uri("none.lua")])), Value::Null);
    it.client.end();
}

#[test]
fn nothing_runs_where_the_editor_does_not_trust() {
    let mut it = session_with(&[("take.lua", TAKE)], json!({ "experimental": { "redlua": { "runs": false } } }));
    let uri = it.uri("take.lua");
    for command in ["redlua.run", "redlua.runExamples"] {
        let id = it.ask(command, json!([uri]));
        let answer = it.client.wait(|message| message["id"] == id);
        assert!(answer["error"]["message"].as_str().is_some_and(|it| it.contains("does not trust")), "{answer}");
    }
    assert!(!it.lenses("take.lua").iter().any(|(_, title, _)| title.starts_with("Run")));
    assert!(!it.actions("take.lua", 8).iter().any(|action| action["kind"] == "redlua.run"));
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert!(!it.hints("take.lua").iter().any(|(_, text)| text.contains('✓')), "the examples have run");
    it.client.end();
}

#[test]
fn transcripts_are_judged_in_place() {
    let text = "# redis.call and { are no Lua here\n> SET a 1\nOK\n\n> GET a\n\"2\"\n";
    let mut it = session(&[("shop.redis", text)]);
    let uri = it.uri("shop.redis");
    let verdicts = it.command("redlua.runExamples", json!([uri]));
    assert_eq!((&verdicts[0]["passed"], &verdicts[1]["got"]), (&json!(true), &json!("\"1\"")), "{verdicts}");
    assert_eq!(it.message(), "shop.redis: 2 examples: 1 ✓, 1 ✗ (line 5)");
    let hints: Vec<(i64, String)> = it.hints("shop.redis");
    assert_eq!(hints, [(2, "✓".to_owned()), (5, "✗ \"1\"".to_owned())]);
    let titles: Vec<String> = it.lenses("shop.redis").into_iter().map(|(_, title, _)| title).collect();
    assert_eq!(titles, ["Run examples"]);
    let actions = it.actions("shop.redis", 5);
    let update = actions.iter().find(|action| action["title"] == "Update the example").expect("a fix");
    assert_eq!(update["edit"]["changes"][&uri][0]["newText"], "\n\"1\"");
    it.client.end();
}

#[test]
fn a_dot_in_a_transcript_is_a_finding() {
    let mut it = session(&[("shop.redis", "> SET a .\nOK\n> EVAL . 1 k\n(nil)\n")]);
    let (_, found) = it.findings("shop.redis", "example", true);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"]["start"]["line"], 2);
    assert!(found[0]["message"].as_str().is_some_and(|it| it.contains("a transcript has none")), "{found:?}");
    it.client.end();
}

#[test]
fn paths_in_an_editors_settings_begin_at_the_folder() {
    let mut it = session(&[("get.lua", "return redis.call('GET', KEYS[1])\n"), ("seed.redis", "SET a 7\n")]);
    let settings = json!({ "settings": { "redlua": { "run": { "seed": "seed.redis" } } } });
    it.client.notify("workspace/didChangeConfiguration", settings);
    assert_eq!(it.run("get.lua", &["a"], &[])["reply"], "\"7\"");
    it.client.end();
}

#[test]
fn the_last_run_can_be_read_on_the_line_of_its_reply() {
    let source = "redis.call('SET', KEYS[1], 41)\nreturn redis.call('INCR', KEYS[1])\n";
    let mut session = session(&[("a.lua", source)]);
    let uri = session.uri("a.lua");
    let hover = |session: &mut Session, line: u32| {
        let position = json!({ "line": line, "character": 1 });
        session.client.request("textDocument/hover", json!({ "textDocument": { "uri": uri }, "position": position }))
    };
    assert!(!hover(&mut session, 1).to_string().contains("Last run"));
    session.run("a.lua", &["k"], &[]);
    let text = loop {
        let answer = hover(&mut session, 1);
        if let Some(text) = answer["contents"]["value"].as_str().filter(|text| text.contains("**Last run**")) {
            break text.to_owned();
        }
    };
    assert!(text.contains("(integer) 42") && text.contains("`k`"), "{text}");
    assert!(!hover(&mut session, 0).to_string().contains("Last run"));
}
