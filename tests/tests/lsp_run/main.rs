//! Runs in the language server: the real binary over its standard input and output.

mod assembled;
mod clients;
mod examples;
mod explain;
mod keyspace;
mod servers;
mod session;

use serde_json::json;

use session::{Session, TAKE, session, session_with};

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
            "writes · 1 key · O(1) · deterministic · cluster-safe · Redis ≥ 6.2 · returns (integer)",
            "▶ Run",
            "▶ Run with…",
            "▶ Examples",
        ]
    );
    // The first lens shows everything.
    let lens = it.lenses("take.lua").swap_remove(0).2;
    let shown = it.client.request("workspace/executeCommand", lens);
    assert!(shown[0]["text"].as_str().is_some_and(|text| text.contains("access         writes: ")), "{shown}");
    it.client.wait(|it| it["params"]["message"].as_str().is_some_and(|text| text.contains("access         writes: ")));
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
    // Where a rule expects it.
    assert_eq!(found[0]["range"]["start"], json!({ "line": 2, "character": 36 }));
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
    assert_eq!(found[0]["range"]["start"], json!({ "line": 1, "character": 9 }));
    // The buffer counts, not the disk.
    let uri = it.uri("part.lua");
    it.client.open(&uri, "local function helper(key)\n  return 'from ' .. key\nend\n");
    // The finding goes with the text, in the same message or in the next.
    it.findings("part.lua", "run", false);
    let done = it.run("main.lua", &["k"], &[]);
    assert_eq!(done["reply"], "\"from k\"");
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
    assert_eq!(it.lenses("a.lua").len(), 2);
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
fn functions_of_a_library() {
    let text = "#!lua name=shop\n--> FCALL take 1 a 2\n--= (integer) -2\nlocal function take(keys, args)\n  \
        return redis.call('DECRBY', keys[1], args[1])\nend\nredis.register_function('take', take)\n\
        redis.register_function('fail', function() return nil + 1 end)\n";
    let mut it = session(&[("shop.lua", text)]);
    let uri = it.uri("shop.lua");
    let lenses: Vec<_> = it.lenses("shop.lua").into_iter().map(|(line, title, _)| (line, title)).collect();
    for lens in [(6, "▶ Run take"), (7, "▶ Run fail"), (0, "▶ Examples")] {
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

#[test]
fn inputs_of_an_example_run_behind_what_stands_before_it() {
    let mut it = session(&[("take.lua", TAKE)]);
    it.run("take.lua", &["stock:42"], &["100"]);
    let actions = it.actions("take.lua", 5);
    for (title, reply) in [("Run with `1 stock:42 2`", "(integer) 3"), ("Run with `1 stock:43 1`", "(integer) -1")] {
        let action = actions.iter().find(|action| action["title"] == title).expect("an action");
        // Twice: the keyspace is fresh.
        for _ in 0..2 {
            let done = it.client.request("workspace/executeCommand", action["command"].clone());
            assert_eq!(done["reply"], reply, "{done}");
        }
    }
    let library = "#!lua name=shop\n--> SET a 7\n--= OK\n--> FCALL get 1 a\n--= \"7\"\n\
        redis.register_function('get', function(keys) return redis.call('GET', keys[1]) end)\n";
    it.open("shop.lua", library);
    let shop = it.uri("shop.lua");
    let done = it.command("redlua.run", json!([{ "uri": shop, "function": "get", "keys": ["a"], "example": 4 }]));
    assert_eq!(done["reply"], "\"7\"", "{done}");
    it.client.end();
}

/// Editors without a view of their own send a line as it was typed, and show the lines that come back.
#[test]
fn lines_go_in_and_come_out() {
    let part = "local function put(key, value)\n  redis.call('HSET', key, 'f', value, 'g', 1)\nend\n";
    let main = "-- KEYS[1] the cart\n-- ARGV[1] how many\n--- @include \"part\"\nput(KEYS[1], ARGV[1])\n\
        redis.log(redis.LOG_WARNING, 'put')\nreturn KEYS[2].x.y\n";
    let mut it = session(&[("part.lua", part), ("main.lua", main)]);
    let (uri, other) = (it.uri("main.lua"), it.uri("part.lua"));
    let form = it.command("redlua.inputs", json!([{ "uri": uri }]));
    assert_eq!(form["prompt"], "the cart · KEYS[2] , how many", "{form}");
    assert_eq!(form["line"], "the-cart key:2 , 1".replace("the-", ""), "{form}");
    let run = json!([{ "uri": uri, "line": "'my cart' \"\\xff\" , ,", "view": true }]);
    let done = it.command("redlua.run", run);
    assert_eq!(done["inputs"]["line"], "\"my cart\" \"\\xff\" , \",\"", "{done}");
    let at = |uri: &str, line: u32| {
        let start = json!({ "line": line, "character": 0 });
        json!({ "uri": uri, "range": { "start": start, "end": start } })
    };
    let rows = done["view"].as_array().expect("rows");
    let find = |text: &str| rows.iter().find(|row| row["text"].as_str().is_some_and(|it| it.starts_with(text)));
    let row = |text: &str| find(text).unwrap_or_else(|| panic!("{text} is not in {rows:#?}")).clone();
    assert_eq!(rows[0]["kind"], "error", "{rows:?}");
    assert_eq!(row("at line 6"), json!({ "text": "at line 6", "kind": "note", "location": at(&uri, 5) }));
    assert_eq!(row("with ")["text"], "with \"my cart\" \"\\xff\" , \",\"");
    let call = row("  part.lua:2");
    assert_eq!(call["text"], "  part.lua:2  HSET \"my cart\" f \",\" g 1  → (integer) 2");
    assert_eq!(call["location"], at(&other, 1));
    assert_eq!(row("keys"), json!({ "text": "keys", "kind": "title" }));
    assert_eq!(row("  \"my cart\" hash")["kind"], "key");
    assert_eq!(row("    + 1# \"f\" => \",\"")["kind"], "after");
    assert_eq!(row("  warning put"), json!({ "text": "  warning put" }));
    assert!(row("1 command, ")["kind"] == "note" && find("published").is_none());
    // What came back runs the same again, and without `view` there are no lines.
    let again = it.command("redlua.run", json!([{ "uri": uri, "line": done["inputs"]["line"] }]));
    assert_eq!((&again["inputs"], &again["view"]), (&done["inputs"], &json!(null)));
    it.client.end();
}

#[test]
fn failures_have_their_place_and_the_path_to_it() {
    let text = "local function inner(x)\n  return x.field.y, x\nend\nlocal r = inner(cjson.decode(ARGV[1]))\n\
        return redis.call('INCR', KEYS[1])\n";
    let mut it = session(&[("a.lua", text)]);
    let done = it.run("a.lua", &["k"], &["{}"]);
    assert_eq!(done["error"]["callers"], json!([{ "line": 4 }]), "{done}");
    let (_, found) = it.findings("a.lua", "run", true);
    let message = found[0]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("attempt to index field 'field' (a nil value)\nCalled from line 4.\n"), "{message}");
    let range = json!({ "start": { "line": 1, "character": 11 }, "end": { "line": 1, "character": 16 } });
    assert_eq!(found[0]["range"], range);
    // At the command that the server refuses.
    it.command("redlua.call", json!([{ "uri": it.uri("a.lua"), "command": "RPUSH k 1" }]));
    it.run("a.lua", &["k"], &["{\"field\":{}}"]);
    let (_, found) = it.findings("a.lua", "run", true);
    assert_eq!(found[0]["range"]["start"], json!({ "line": 4, "character": 18 }), "{found:?}");
    it.client.end();
}
