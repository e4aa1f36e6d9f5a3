//! Scripts in the strings of other languages, on the command line.

use std::fs;

use tests::{check_json, folder, run};

const PYTHON: &str = "import redis\n\
PRE = \"\"\"\n\
local function twice(n) return 2 * n end\n\
\"\"\"\n\
MAIN = PRE + \"\"\"\n\
--> EVAL . 1 k\n\
--= (integer) 2\n\
return twice(redis.call('INCR', KEYS[1]))\n\
\"\"\"\n\
r.eval(MAIN, 1, 'k')\n\
r.eval(\"return redis.call('GETT', KEYS[1])\", 1, 'a')\n\
r.eval(\"return redis.call('INCR', {})\", 1, 'a')\n\
def f(t): r.eval(f\"return redis.call('SET', KEYS[1], 1, 'EX', '{t}')\", 1, 'a')\n";

#[test]
fn findings_are_at_the_lines_of_the_file() {
    let folder = folder(&[("app.py", PYTHON), ("plain.py", "def f():\n    pass\n")]);
    let (json, done) = check_json(folder.path(), &["."]);
    assert_eq!(done.status, 1);
    assert_eq!(json["summary"]["scripts"], 5, "{json}");
    let found: Vec<String> = json["diagnostics"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| format!("{} {} {}", it["path"], it["code"], it["start"]))
        .collect();
    assert_eq!(
        found,
        [
            r#""app.py" "unknown-command" {"column":27,"line":11}"#,
            r#""app.py" "wrong-argument-type" {"column":35,"line":12}"#,
        ]
    );
}

#[test]
fn fixes_change_the_literal_alone() {
    let folder = folder(&[("app.py", PYTHON)]);
    let done = run(folder.path(), &["check", "--fix", "--unsafe", "app.py"]);
    let after = fs::read_to_string(folder.path().join("app.py")).unwrap_or_default();
    assert_eq!(after, PYTHON.replace("GETT", "GET"), "{}", done.stdout);
}

#[test]
fn scripts_are_run_by_name_and_by_line() {
    let folder = folder(&[("app.py", PYTHON)]);
    let ran = |args: &[&str]| run(folder.path(), args);
    assert!(ran(&["run", "app.py:MAIN", "k"]).stdout.contains("(integer) 2"), "with the constant that it pastes in");
    let by_line = ran(&["run", "app.py", "--line", "12", "k"]);
    assert!(by_line.stdout.contains("app.py:12:"), "{}", by_line.stdout);
    let several = ran(&["run", "app.py"]).stderr;
    assert!(several.contains("has several scripts") && several.contains("app.py:MAIN (line 5)"), "{several}");
    let pasted = ran(&["run", "app.py", "--line", "13"]).stderr;
    assert!(pasted.contains("pastes a value into it: `{t}`"), "{pasted}");
    let tested = ran(&["test", "app.py"]);
    assert_eq!((tested.status, tested.stdout.contains("1 example")), (0, true), "{}", tested.stdout);
}

#[test]
fn languages_can_be_left_out() {
    let folder = folder(&[("app.py", PYTHON), ("redlua.toml", "[hosts]\nlanguages = ['go']\n")]);
    let (json, _) = check_json(folder.path(), &["."]);
    assert_eq!(json["summary"]["scripts"], 0, "{json}");
}

#[test]
fn programs_of_openresty_are_no_scripts_and_have_some() {
    let program = "local redis = require 'resty.redis'\nlocal red = redis:new()\nlocal LIMIT = [[\nreturn redis.call('INCRR', KEYS[1])\n]]\nlocal res = red:eval(LIMIT, 1, 'k')\nprint(undefined.thing)\n";
    let folder = folder(&[("app.lua", program)]);
    let (json, _) = check_json(folder.path(), &["."]);
    let found = &json["diagnostics"];
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!((found[0]["code"].as_str(), &found[0]["start"]["line"]), (Some("unknown-command"), &4.into()));
    let ran = run(folder.path(), &["run", "app.lua:LIMIT", "k"]);
    assert!(ran.stdout.contains("app.lua:4:"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn files_of_other_languages_are_not_formatted() {
    // It parses as Lua.
    let folder = folder(&[("app.py", "x  =  1\n")]);
    let done = run(folder.path(), &["fmt", "app.py"]);
    assert_eq!(done.status, 2);
    assert!(done.stderr.contains("app.py: this is Python, and only Lua is formatted"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("app.py")).unwrap_or_default(), "x  =  1\n");
}
