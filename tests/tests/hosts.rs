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
            r#""app.py" "unused-key" {"column":9,"line":12}"#,
            r#""app.py" "wrong-argument-type" {"column":35,"line":12}"#,
            r#""app.py" "interpolated-script" {"column":64,"line":13}"#,
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

/// Codes and lines of the findings of a file.
fn findings(file: &str, source: &str) -> Vec<String> {
    let folder = folder(&[(file, source)]);
    let (json, _) = check_json(folder.path(), &["."]);
    let all = json["diagnostics"].as_array().into_iter().flatten().filter(|it| it["level"] != "hint");
    all.map(|it| format!("{} {}", it["code"].as_str().unwrap_or_default(), it["start"]["line"])).collect()
}

#[test]
fn a_piece_of_a_library_needs_no_first_line() {
    let piece = "redis.register_function('f', function() return redis.call('GETT', 'a') end)";
    assert_eq!(findings("app.py", &format!("load(\n    r,\n    \"{piece}\",\n)\n")), ["unknown-command 3"]);
    let whole = findings("app.py", &format!("r.function_load(\"{piece}\")\n"));
    assert_eq!(whole, ["library-header 1", "unknown-command 1"]);
}

#[test]
fn a_hole_may_ask_for_another_protocol() {
    let source = |hole: &str, call: &str| {
        let script = format!("{hole}\nlocal reply = redis.call('HGETALL', KEYS[1])\nreturn reply.map\n");
        format!("S = '''\n{script}'''\nr.eval({call}, 1, 'h')\n")
    };
    assert!(findings("app.py", &source("{first}", "S.format(first=x)")).is_empty());
    assert_eq!(findings("app.py", &source("", "S")), ["field-of-flat-reply 4"]);
}

#[test]
fn summaries_have_the_lines_of_the_file() {
    let folder = folder(&[("app.py", PYTHON)]);
    let (json, _) = check_json(folder.path(), &["--summary", "app.py"]);
    let scripts = json["scripts"].as_array().cloned().unwrap_or_default();
    let main = scripts.iter().find(|it| it["script"] == "MAIN").cloned().unwrap_or_default();
    assert_eq!((&main["path"], &main["start"]["line"]), (&"app.py".into(), &5.into()), "{json}");
    assert_eq!((&main["writesBy"][0]["path"], &main["writesBy"][0]["line"]), (&"app.py".into(), &8.into()), "{main}");
    assert_eq!(main["keys"][0]["first"]["line"], 8, "{main}");
    let human = run(folder.path(), &["check", "--summary", "app.py"]).stdout;
    assert!(human.contains("app.py:MAIN") && human.contains("line 8"), "{human}");
    assert!(!human.contains("__hole"), "{human}");
}

#[test]
fn a_shell_script_needs_no_extension() {
    let source = "#!/usr/bin/env bash\nX=\"$(redis-cli EVAL \"return redis.call('GETT', KEYS[1])\" 1 k)\"\n";
    let folder = folder(&[("deploy", source), ("LICENSE", "redis.call('GETT', KEYS[1])\n")]);
    for args in [&["."][..], &["deploy"]] {
        let (json, _) = check_json(folder.path(), args);
        let found: Vec<String> = json["diagnostics"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| format!("{} {} {}", it["path"], it["code"], it["start"]["line"]))
            .collect();
        assert_eq!(found, [r#""deploy" "unknown-command" 2"#]);
    }
}
