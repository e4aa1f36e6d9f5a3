//! `redlua where`, and the server's command: from an error to the file and the line.

use std::process::Output;

use serde_json::{Value, json};
use tests::{
    cache, folder,
    lsp::{Client, uri},
    redlua,
};

const MAIN: &str = "\n\n-- @include part\nlocal held = help(KEYS[1])\n\nreturn held + nothing\n";
const PART: &str = "local function help(key)\n  return redis.call('HGET', key)\nend\n";
const LIBRARY: &str = "#!lua name=lib\n-- @include lua/part\nredis.register_function('Take', function(keys)\n  return help(keys[1])\nend)\n";

const BULLMQ: [(&str, &str, u32); 3] = [
    ("81698fd2d28e7db1787595b3c464b188fa78bdcf", "addDelayedJob-6.lua", 30),
    ("eecb06ad6c96fa5da4fa8bca0ea7a1bf1bf62f18", "addLog-2.lua", 30),
    ("69666e69dd5621df59067a03de685e55a486560d", "moveToFinished-14.lua", 30),
];

fn located(folder: &std::path::Path, args: &[&str]) -> (Option<i32>, Value, String) {
    let Output { status, stdout, stderr } =
        redlua().current_dir(folder).arg("where").args(args).output().expect("it runs");
    (status.code(), serde_json::from_slice(&stdout).unwrap_or_default(), String::from_utf8_lossy(&stderr).into_owned())
}

/// The SHA1 of a text, as the program's own engine tells it.
fn sha1(text: &str) -> String {
    let mut server = script::Server::new(commands::Target::redis(7, 0));
    let words = ["SCRIPT", "LOAD", text].map(|word| word.as_bytes().to_vec());
    match server.call(&words, &mut 0, false) {
        protocol::Reply::Bulk(sha1) => String::from_utf8_lossy(&sha1).into_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn errors_lead_through_includes() {
    let folder = folder(&[
        ("lua/main.lua", MAIN),
        ("lua/part.lua", PART),
        ("lib.lua", LIBRARY),
        ("other.lua", "return KEYS[1]\n"),
    ]);
    let whole = MAIN.replacen("-- @include part\n", PART, 1);
    let dense: String = whole.lines().filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
    for (text, in_part, in_main) in [
        (whole.clone(), 4, 8),
        (whole.trim_end().to_owned(), 4, 8),
        (whole.trim().to_owned(), 2, 6),
        (whole.replace('\n', "\r\n"), 4, 8),
        (dense, 2, 5),
    ] {
        let sha1 = sha1(&text);
        let error = format!(
            "ERR Wrong number of args calling Redis command from script script: {sha1}, on @user_script:{in_part}."
        );
        let (code, found, _) = located(folder.path(), &["--json", &error]);
        let place = json!({ "path": "lua/part.lua", "line": 2, "script": "lua/main.lua", "sha1": sha1 });
        assert_eq!((code, found), (Some(0), json!({ "places": [place] })), "{text:?}");
        let error = format!(
            "ERR Error running script (call to f_{sha1}): @user_script:{in_main}: user_script:{in_main}: Script attempted"
        );
        let (_, found, _) = located(folder.path(), &["--json", &error]);
        assert_eq!(found["places"][0]["path"], "lua/main.lua");
        assert_eq!(found["places"][0]["line"], 6);
    }
    let (code, found, _) = located(folder.path(), &["--json", "ERR boom script: take, on @user_function:3."]);
    assert_eq!(
        (code, &found["places"][0]["path"], &found["places"][0]["line"]),
        (Some(0), &json!("lua/part.lua"), &json!(2))
    );
}

const PYTHON: &str = r"import redis
HELP = '''
local function help(key)
  return redis.call('HGET', key)
end
'''
def take(r):
    r.eval(dedent('''
        local a = 1
        return a + nothing
    '''), 0)
    r.eval(ONE + 'return n', 0)
    return r.eval(HELP + 'return help(KEYS[1])', 1, 'k')
ONE = 'local n = 1 '
";

#[test]
fn scripts_in_strings_are_found() {
    let folder = folder(&[("app/jobs.py", PYTHON), ("app/other.py", "print('no script')\n")]);
    let place = |text: &str, line: u32| {
        let sha1 = sha1(text);
        let error = format!("ERR boom script: {sha1}, on @user_script:{line}.");
        let (code, found, said) = located(folder.path(), &["--json", &error]);
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(found["places"][0]["script"], "app/jobs.py");
        assert_eq!(found["places"][0]["path"], "app/jobs.py");
        found["places"][0]["line"].as_u64()
    };
    let take = "\nlocal a = 1\nreturn a + nothing\n";
    assert_eq!(place(take, 3), Some(10));
    let help = "\nlocal function help(key)\n  return redis.call('HGET', key)\nend\n";
    assert_eq!(place(&format!("{help}return help(KEYS[1])"), 3), Some(4));
    assert_eq!(place(&format!("{help}return help(KEYS[1])"), 5), Some(13));
    assert_eq!(place("local n = 1 return n", 1), Some(14));
    let mut client = Client::in_folder(folder.path(), json!({ "window": { "showDocument": { "support": true } } }));
    let error = format!("ERR boom script: {}, on @user_script:3.", sha1(take));
    client.request("workspace/executeCommand", json!({ "command": "redlua.where", "arguments": [error] }));
    let shown = client.wait(|it| it["method"] == "window/showDocument");
    assert_eq!(shown["params"]["uri"], uri(&folder.path().join("app/jobs.py")));
    assert_eq!(shown["params"]["selection"]["start"]["line"], 9);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn what_is_found_nowhere_is_said() {
    let folder = folder(&[("a.lua", "return KEYS[1]\n")]);
    let unknown = "ERR x script: 0123456789012345678901234567890123456789, on @user_script:1.";
    let (code, _, said) = located(folder.path(), &[unknown]);
    assert_eq!(code, Some(1));
    assert!(said.contains("none of 1 scripts here has the SHA1 0123456789"), "{said}");
    let (code, _, said) = located(folder.path(), &["ERR unknown command"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("the error names no script"), "{said}");
    let (code, _, said) = located(folder.path(), &[unknown, "nowhere"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("nowhere is not there"), "{said}");
}

/// The SHA1s of what BullMQ 6.7.0 loads, of scripts without and with includes.
#[test]
fn scripts_of_a_package_are_found_by_what_it_loads() {
    let folder = cache().join("packages/bullmq/package/dist/esm/commands");
    for (sha1, path, line) in BULLMQ {
        let error = format!("ERR x script: {sha1}, on @user_script:{line}.");
        let (code, found, said) = located(&folder, &["--json", &error]);
        assert_eq!((code, &found["places"][0]["script"]), (Some(0), &json!(path)), "{said}");
    }
}

#[test]
fn the_language_server_opens_the_place() {
    let folder = folder(&[("main.lua", MAIN), ("part.lua", PART)]);
    let sha1 = sha1(&MAIN.replacen("-- @include part\n", PART, 1));
    let mut command = redlua();
    command.arg("lsp");
    let mut client = Client::of(command);
    client.begin(folder.path(), json!({ "window": { "showDocument": { "support": true } } }));
    let main = uri(&folder.path().join("main.lua"));
    client.open(&main, MAIN);
    let mut ask = |argument: Value| {
        client.request("workspace/executeCommand", json!({ "command": "redlua.where", "arguments": [argument] }))
    };
    let error = format!("ERR boom script: {sha1}, on @user_script:4.");
    let found = ask(json!(error));
    let part = uri(&folder.path().join("part.lua"));
    assert_eq!(found, json!([{ "uri": part, "line": 1, "script": main, "sha1": sha1 }]));
    assert_eq!(ask(json!({ "error": "ERR x script: abcdef012345, on @user_script:4.", "show": false })), json!([]));
    let shown = client.wait(|it| it["method"] == "window/showDocument");
    assert_eq!((&shown["params"]["uri"], &shown["params"]["selection"]["start"]["line"]), (&json!(part), &json!(1)));
    assert_eq!(client.end(), Some(0));
}
