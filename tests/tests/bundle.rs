//! `redlua bundle`: what is sent, what is shipped, and whether that is fresh.

use std::fs;

use serde_json::{Value, json};
use tests::{folder, run};

const TAKE: &str = "\
-- KEYS[1] the stock
--- @include \"parts/left\"

local n = tonumber(ARGV[1])   -- how many
if left(KEYS[1]) < n then
  return redis.error_reply('SHORT')
end
return redis.call('DECRBY', KEYS[1], n)
";
const LEFT: &str = "local function left(key)\n  return tonumber(redis.call('GET', key) or 0)\nend\n";
const APP: &str = "S = \"\"\"\nreturn redis.call('GET', KEYS[1])\n\"\"\"\nT = f\"return redis.call('GET', '{x}')\"\n";

const FILES: [(&str, &str); 3] = [("lua/take.lua", TAKE), ("lua/parts/left.lua", LEFT), ("app.py", APP)];

#[test]
fn one_script_is_printed_as_it_is_sent() {
    let folder = folder(&FILES);
    let text = run(folder.path(), &["bundle", "lua/take.lua"]);
    let wanted = TAKE.replace("--- @include \"parts/left\"\n", LEFT);
    assert_eq!((text.status, text.stdout.as_str()), (0, wanted.as_str()), "{}", text.stderr);
    let minified = run(folder.path(), &["bundle", "--minify", "--map", "map.json", "lua/take.lua"]);
    assert_eq!(
        minified.stdout,
        "local function left(key)\nreturn tonumber(redis.call('GET',key)or 0)\nend\nlocal n=tonumber(ARGV[1])\nif left(KEYS[1])<n then\nreturn redis.error_reply('SHORT')\nend\nreturn redis.call('DECRBY',KEYS[1],n)"
    );
    let map: Value = serde_json::from_str(&fs::read_to_string(folder.path().join("map.json")).unwrap_or_default())
        .unwrap_or_default();
    assert_eq!(map["files"], json!(["lua/parts/left.lua", "lua/take.lua"]));
    assert_eq!(map["lines"], json!([[0, 1], [0, 2], [0, 3], [1, 4], [1, 5], [1, 6], [1, 7], [1, 8]]));
    let sha1 = run(folder.path(), &["bundle", "--minify", "--sha", "lua/take.lua"]).stdout;
    assert_eq!(map["sha1"], json!(sha1.trim()));
    // An error of the server leads back from what was minified.
    let error = format!("ERR boom script: {}, on @user_script:2.", sha1.trim());
    assert!(run(folder.path(), &["where", &error]).stdout.contains("lua/parts/left.lua:2"));
    let embedded = run(folder.path(), &["bundle", "app.py:S"]);
    assert_eq!(embedded.stdout, "\nreturn redis.call('GET', KEYS[1])\n");
    assert_eq!(run(folder.path(), &["bundle", "app.py"]).stdout, embedded.stdout, "the other has no text of its own");
}

#[test]
fn what_cannot_be_sent_is_told() {
    let folder = folder(&[
        ("a.lua", "-- @include gone.lua\nreturn redis.call('PING')\n"),
        ("b.lua", "return redis.call('PING'\n"),
        ("c.lua", "return redis.call('PING')\n"),
    ]);
    for (arguments, wanted) in [
        (&["bundle", "a.lua"][..], "a.lua includes gone.lua, which is not there"),
        (&["bundle", "--minify", "b.lua"], "b.lua has mistakes of syntax"),
        (&["bundle", "b.lua", "c.lua"], "2 scripts: name one of them, or a folder for all with --out"),
        (&["bundle", "d.lua"], "d.lua is not there"),
        (&["bundle", "c.py:X"], "is not there"),
    ] {
        let done = run(folder.path(), arguments);
        assert_eq!(done.status, 2, "{arguments:?}");
        assert!(done.stderr.contains(wanted), "{arguments:?}: {}", done.stderr);
    }
}

#[test]
fn a_folder_ships_what_its_scripts_give() {
    let folder = folder(&FILES);
    let at = |name: &str| folder.path().join(name);
    let check = || run(folder.path(), &["bundle", "lua", "--check", "dist"]);
    let missing = check();
    assert_eq!((missing.status, missing.stdout.as_str()), (1, "dist/take.lua is missing: it ships lua/take.lua\n"));
    let written = run(folder.path(), &["bundle", "lua", "--out", "dist"]);
    assert_eq!(written.status, 0, "{}", written.stderr);
    assert!(!at("dist/parts").exists(), "a fragment is no script");
    assert_eq!(check().status, 0);
    fs::write(at("lua/parts/left.lua"), LEFT.replace("or 0", "or 1")).unwrap_or_default();
    let stale = check();
    assert_eq!(
        (stale.status, stale.stdout.as_str()),
        (1, "dist/take.lua is not what lua/take.lua gives: the first difference is lua/parts/left.lua:2\n")
    );
    fs::write(at("lua/parts/left.lua"), format!("-- Left.\n{LEFT}")).unwrap_or_default();
    assert_eq!(check().stdout, "dist/take.lua differs from lua/take.lua in comments or blank space\n");
    // A loader of another language keeps the code, and not each byte.
    fs::remove_file(at("dist/take.lua")).unwrap_or_default();
    let text = run(folder.path(), &["bundle", "--minify", "lua/take.lua"]).stdout;
    fs::write(at("dist/take.js"), format!("const content = `{text}`;\nexport default content;\n")).unwrap_or_default();
    assert_eq!(check().status, 0, "{}", check().stdout);
}
