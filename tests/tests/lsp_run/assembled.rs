//! The script as it is loaded, with its includes pasted.

use serde_json::{Value, json};
use tests::{
    folder,
    lsp::{Client, uri},
    redlua,
};

use crate::session::session;

const MAIN: &str = "-- @include part\nreturn help(KEYS[1])\n";
const PART: &str = "local function help(key) return redis.call('GET', key) end\n";
/// `sha1sum` of both.
const SHA1: &str = "71b8c80b9a449b91d23c8ad2b66986fbdc1bb260";

fn text() -> String {
    MAIN.replacen("-- @include part\n", PART, 1)
}

#[test]
fn its_text_and_its_sha1() {
    let mut it = session(&[("main.lua", MAIN), ("part.lua", PART)]);
    let argument = json!([{ "uri": it.uri("main.lua"), "show": false }]);
    let told = it.command("redlua.showAssembled", argument.clone());
    assert_eq!((&told["name"], &told["text"]), (&json!("main.lua"), &json!(text())));
    assert_eq!(told["sha1"], SHA1, "{told}");
    assert_eq!(told["files"].as_array().map(Vec::len), Some(1), "{told}");
    // What is typed counts, and includes that lead nowhere are told.
    it.change("main.lua", 2, "-- @include other\nreturn 1\n");
    let told = it.command("redlua.showAssembled", argument);
    assert_eq!((&told["missing"], &told["text"]), (&json!(["other"]), &json!("-- @include other\nreturn 1\n")));
    let titles = |it: &mut crate::session::Session| {
        let all = it.actions("main.lua", 0);
        all.iter().filter_map(|action| action["title"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert!(!titles(&mut it).contains(&"Show the assembled script".to_owned()));
    it.change("main.lua", 3, MAIN);
    assert!(titles(&mut it).contains(&"Show the assembled script".to_owned()));
}

#[test]
fn a_library_has_no_sha1() {
    let library = "#!lua name=lib\n-- @include part\nredis.register_function('f', help)\n";
    let mut it = session(&[("lib.lua", library), ("part.lua", PART)]);
    let told = it.command("redlua.showAssembled", json!([{ "uri": it.uri("lib.lua"), "show": false }]));
    assert_eq!(told["sha1"], Value::Null, "{told}");
    assert_eq!(told["text"], json!(library.replacen("-- @include part\n", PART, 1)));
}

#[test]
fn clients_without_a_view_open_a_file() {
    let (folder, cache) = (folder(&[("main.lua", MAIN), ("part.lua", PART)]), folder(&[]));
    let main = uri(&folder.path().join("main.lua"));
    let path = cache.path().join("redlua/assembled").join(format!("main.{SHA1}.lua"));
    for shows in [true, false] {
        let mut command = redlua();
        command.arg("lsp").env("XDG_CACHE_HOME", cache.path());
        let mut client = Client::of(command);
        client.begin(folder.path(), json!({ "window": { "showDocument": { "support": shows } } }));
        client.open(&main, MAIN);
        let asked = json!({ "command": "redlua.showAssembled", "arguments": [main] });
        assert_eq!(client.request("workspace/executeCommand", asked)["sha1"], SHA1);
        if shows {
            let shown = client.wait(|it| it["method"] == "window/showDocument");
            assert_eq!(shown["params"]["uri"], uri(&path), "{shown}");
        } else {
            let shown = client.wait(|it| it["method"] == "window/showMessage");
            assert!(shown["params"]["message"].as_str().is_some_and(|text| text.contains(SHA1)), "{shown}");
        }
        assert_eq!(std::fs::read_to_string(&path).ok(), Some(text()));
        assert!(std::fs::metadata(&path).is_ok_and(|data| data.permissions().readonly()));
        assert_eq!(client.end(), Some(0));
    }
}
