//! The examples in comments and transcripts: judged after a pause and on demand.

use serde_json::json;

use crate::session::{TAKE, session, session_with};

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
    assert_eq!(titles, ["▶ Examples"]);
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
fn a_lens_updates_an_example() {
    let edits = json!({ "workspace": { "applyEdit": true }, "experimental": { "redlua": { "inputs": true } } });
    let text = "--> SET a 5\n--= OK\n--> EVAL . 1 a\n--= \"6\"\nreturn redis.call('GET', KEYS[1])\n";
    let mut it = session_with(&[("get.lua", text)], edits);
    let uri = it.uri("get.lua");
    it.command("redlua.runExamples", json!([uri]));
    let lens = it.lenses("get.lua").into_iter().find(|(_, title, _)| title == "✗ Update the example").expect("a lens");
    assert_eq!(lens.0, 2);
    let done = it.client.request("workspace/executeCommand", lens.2);
    assert_eq!(done, json!({ "updated": true }));
    let asked = it.client.wait(|it| it["method"] == "workspace/applyEdit");
    assert_eq!(asked["params"]["edit"]["changes"][&uri][0]["newText"], "\n--= \"5\"");
    let done = it.command("redlua.updateExample", json!([{ "uri": uri, "example": 1 }]));
    assert_eq!(done, json!({ "updated": false }));
    it.client.end();
}
