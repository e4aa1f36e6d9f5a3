//! The command line as its users and their scripts see it.

use std::{fs, io::Write as _, process::Stdio};

use tests::{check_json, folder, redlua, run};

#[test]
fn the_json_is_the_one_that_is_promised() {
    let folder = folder(&[("a.lua", "-- é\nlocal é = 1\n"), ("b.lua", "x = redis.call('HMSET', KEYS[1], 'a', 1)\n")]);
    let (json, done) = check_json(folder.path(), &["b.lua"]);
    assert_eq!(done.status, 1);
    assert_eq!(json["summary"].to_string(), r#"{"errors":1,"files":1,"hints":1,"scripts":1,"warnings":0}"#);
    let first = &json["diagnostics"][0];
    assert_eq!(
        (first["path"].as_str(), first["code"].as_str(), first["level"].as_str()),
        (Some("b.lua"), Some("global-assignment"), Some("error"))
    );
    assert_eq!(first["start"].to_string(), r#"{"column":1,"line":1}"#);
    assert_eq!(first["end"].to_string(), r#"{"column":2,"line":1}"#);
    assert_eq!(first["fix"]["safe"], true);
}

#[test]
fn exit_statuses() {
    let folder = folder(&[
        ("good.lua", "return redis.call('GET', KEYS[1])\n"),
        ("hint.lua", "return redis.call('HMSET', KEYS[1], 'a', 1)\n"),
    ]);
    let status = |args: &[&str]| run(folder.path(), args).status;
    assert_eq!(status(&["check", "good.lua"]), 0);
    assert_eq!(status(&["check", "hint.lua"]), 0);
    assert_eq!(status(&["check", "--deny", "hints", "hint.lua"]), 1);
    assert_eq!(status(&["check", "--deny", "deprecated-command", "hint.lua"]), 1);
    assert_eq!(status(&["check", "--deny", "nonsense", "hint.lua"]), 2);
    assert_eq!(status(&["check", "--target", "redis 5.0"]), 2);
    assert_eq!(status(&["check", "--frobnicate"]), 2);
    assert_eq!(status(&["explain", "unknown-command"]), 0);
    assert_eq!(status(&["explain", "unknown-comand"]), 2);
    assert_eq!(status(&["explain", "xinfo", "stream"]), 0);
    assert_eq!(status(&["explain", "XINFO STREAM"]), 0);
}

#[test]
fn a_script_from_standard_input() {
    let mut child = match redlua().args(["check", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => panic!("{error}"),
    };
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(b"return redis.call('GTE', KEYS[1])").ok();
    }
    let output = child.wait_with_output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    assert!(output.is_ok_and(|text| text.contains("stdin.lua:1:19") && text.contains("did you mean GET?")));
}

/// Runs `redlua` with a text on standard input.
fn piped(folder: &std::path::Path, args: &[&str], text: &str) -> (Option<i32>, String, String) {
    let spawned = redlua()
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{error}"));
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).ok();
    }
    let output = child.wait_with_output().unwrap_or_else(|error| panic!("{error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A script with a safe fix, and one that may change what it does.
const FIXABLE: &str = "total = KEYS[1]\nlocal v = redis.call('GET', total)\nif v == nil then return 0 end\nreturn v\n";
const FIXED: &str =
    "local total = KEYS[1]\nlocal v = redis.call('GET', total)\nif v == nil then return 0 end\nreturn v\n";
const FIXED_WHOLLY: &str =
    "local total = KEYS[1]\nlocal v = redis.call('GET', total)\nif v == false then return 0 end\nreturn v\n";

#[test]
fn fixing_says_what_it_did() {
    let folder = folder(&[("a.lua", FIXABLE), ("b.lua", FIXABLE)]);
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let done = run(folder.path(), &["check", "--fix"]);
    assert!(
        done.stdout
            .contains("fixed 2 findings in 2 files\n  a.lua: 1 global-assignment\n  b.lua: 1 global-assignment\n"),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("0 errors, 2 warnings; --fix --unsafe fixes 2"), "{}", done.stdout);
    assert_eq!((text("a.lua").as_str(), text("b.lua").as_str()), (FIXED, FIXED));
    let (json, done) = check_json(folder.path(), &["--fix", "--unsafe", "a.lua"]);
    assert_eq!((json["fixed"].to_string().as_str(), done.status), (r#"{"a.lua":{"nil-comparison":1}}"#, 0));
    assert_eq!((text("a.lua").as_str(), text("b.lua").as_str()), (FIXED_WHOLLY, FIXED));
    assert!(!run(folder.path(), &["check", "--fix"]).stdout.contains("fixed"), "nothing was");
    let github = run(folder.path(), &["check", "--fix", "--unsafe", "--format", "github"]);
    assert!(github.stdout.is_empty() && github.stderr.contains("fixed 1 finding in 1 file\n"), "{}", github.stderr);
    assert_eq!(run(folder.path(), &["check", "--unsafe"]).status, 2);
}

#[test]
fn a_fix_that_makes_room_for_another() {
    // The second `local` is the fix of a finding that the first pass does not have.
    let source = "a = redis.call('GET', KEYS[1])\nif not x then b = 1 end\nreturn require('cjson'):encode(a)\n";
    let folder = folder(&[("a.lua", source)]);
    let fixed = || run(folder.path(), &["check", "--diff"]).stdout;
    let before = fixed();
    assert!(before.contains("+return cjson.encode(a)"), "{before}");
    run(folder.path(), &["check", "--fix"]);
    assert_eq!(fixed(), "", "one run fixes all that another would");
}

#[test]
fn a_diff_of_the_fixes_writes_nothing() {
    let folder = folder(&[("a.lua", FIXABLE), ("b.lua", "return redis.call('GET', KEYS[1])\n")]);
    let done = run(folder.path(), &["check", "--diff"]);
    assert_eq!(done.status, 1);
    assert_eq!(
        done.stdout,
        "--- a/a.lua\n+++ b/a.lua\n@@ -1,4 +1,4 @@\n-total = KEYS[1]\n+local total = KEYS[1]\n \
         local v = redis.call('GET', total)\n if v == nil then return 0 end\n return v\n"
    );
    assert!(done.stderr.contains("would fix 1 finding in 1 file"), "{}", done.stderr);
    let both = run(folder.path(), &["check", "--diff", "--unsafe"]).stdout;
    assert!(both.contains("+if v == false"), "{both}");
    assert_eq!(fs::read_to_string(folder.path().join("a.lua")).unwrap_or_default(), FIXABLE);
    let none = run(folder.path(), &["check", "--diff", "b.lua"]);
    assert_eq!((none.status, none.stdout.as_str()), (0, ""));
    let (status, out, _) = piped(folder.path(), &["check", "-", "--diff"], FIXABLE);
    assert!(status == Some(1) && out.starts_with("--- a/stdin.lua\n+++ b/stdin.lua\n"), "{out}");
}

#[test]
fn a_script_from_standard_input_is_printed_with_its_fixes() {
    let folder = folder(&[]);
    let (status, out, err) = piped(folder.path(), &["check", "-", "--fix"], FIXABLE);
    assert_eq!((status, out.as_str()), (Some(0), FIXED));
    assert!(err.contains("nil-comparison") && err.contains("fixed 1 finding in 1 file"), "{err}");
    let (_, out, err) = piped(folder.path(), &["check", "-", "--fix", "--unsafe", "-q"], FIXABLE);
    assert_eq!((out.as_str(), err.as_str()), (FIXED_WHOLLY, ""));
    let clean = "return redis.call('GET', KEYS[1])";
    assert_eq!(piped(folder.path(), &["check", "-", "--fix"], clean).1, clean);
}

#[test]
fn statistics_and_quiet_ways() {
    let folder = folder(&[("a.lua", FIXABLE), ("b.lua", FIXABLE), ("c.lua", "return redis.call('GTE', KEYS[1])\n")]);
    let done = run(folder.path(), &["check", "--statistics"]);
    assert_eq!(done.status, 1);
    assert!(
        done.stdout.starts_with(
            "2  error    global-assignment  2 by --fix\n2  warning  nil-comparison     2 by --fix --unsafe\n1  error    unknown-command    1 by --fix --unsafe\n\n3 scripts checked: "
        ),
        "{}",
        done.stdout
    );
    let json: serde_json::Value =
        serde_json::from_str(&run(folder.path(), &["check", "--statistics", "--format", "json"]).stdout)
            .unwrap_or_default();
    assert_eq!(
        (&json[0]["code"], &json[0]["count"], &json[0]["fixable"]),
        (&"global-assignment".into(), &2.into(), &2.into())
    );
    assert_eq!(run(folder.path(), &["check", "--statistics", "--format", "sarif"]).status, 2);
    let quiet = run(folder.path(), &["check", "-q", "c.lua"]);
    assert!(
        quiet.status == 1 && quiet.stdout.contains("unknown-command") && !quiet.stdout.contains("checked"),
        "{}",
        quiet.stdout
    );
    let silent = run(folder.path(), &["check", "--silent"]);
    assert_eq!((silent.status, silent.stdout.as_str(), silent.stderr.as_str()), (1, "", ""));
    assert_eq!(run(folder.path(), &["check", "--allow", "unknown-command", "c.lua"]).status, 0);
    let wrong = run(folder.path(), &["check", "--allow", "unknown-comand", "c.lua"]);
    assert!(wrong.status == 2 && wrong.stderr.contains("did you mean `unknown-command`?"), "{}", wrong.stderr);
}

#[test]
fn several_targets_in_one_word() {
    let folder = folder(&[
        ("a.lua", "return redis.call('LMPOP', 1, KEYS[1], 'LEFT')\n"),
        ("redlua.toml", "target = 'redis 6.2..7.0'\n"),
    ]);
    let found = |args: &[&str]| run(folder.path(), &[&["check", "-q"], args].concat()).stdout;
    for args in [
        &[][..],
        &["--target", "redis 6.2..8.6"],
        &["--target", "redis ..7.2", "--target", "valkey 8.0.."],
        &["--target", "all"],
    ] {
        let text = found(args);
        assert!(
            text.contains("LMPOP is not there on redis 6.2: it came with Redis 7.0 and the first Valkey"),
            "{args:?}: {text}"
        );
    }
    assert_eq!(found(&["--target", "redis 7..8, valkey 8.0.."]), "");
    let wrong = run(folder.path(), &["check", "--target", "redis 8.6..6.2"]);
    assert!(wrong.status == 2 && wrong.stderr.contains("ranges such as"), "{}", wrong.stderr);
    let one = |target: &str| run(folder.path(), &["run", "--target", target, "a.lua", "k"]).stderr;
    assert!(
        one("redis 7.0..7.4").contains("these are 3 servers, and the engine is one at a time"),
        "{}",
        one("redis 7.0..7.4")
    );
    assert!(one("redis 5").contains("unknown target") && !one("redis 5").contains("ranges"), "{}", one("redis 5"));
}

#[test]
fn paths_that_are_not_files() {
    let folder = folder(&[("a.lua", "return redis.call('GTE', KEYS[1])\n"), ("b.lua", "return 1\n")]);
    let missing = run(folder.path(), &["check", "nofile.lua"]);
    assert_eq!(
        (missing.status, missing.stdout.as_str(), missing.stderr.as_str()),
        (2, "", "error: nofile.lua is not there\n")
    );
    let (json, _) = check_json(folder.path(), &["*.lua"]);
    assert_eq!(json["summary"]["files"], 2, "a quoted pattern");
    let (json, _) = check_json(folder.path(), &["**/a.*"]);
    assert_eq!(json["summary"]["files"], 1);
    let none = run(folder.path(), &["check", "x/*.lua"]);
    assert!(none.status == 2 && none.stderr.contains("no file matches x/*.lua"), "{}", none.stderr);
    let run_folder = run(folder.path(), &["run", "."]);
    assert!(
        run_folder.status == 2 && run_folder.stderr.contains("is a folder: name one script"),
        "{}",
        run_folder.stderr
    );
}

#[test]
fn names_that_files_of_a_folder_lack_are_told_once() {
    let user = "return get(KEYS[1]) .. prefix\n";
    let base = "local prefix = 'p:'\nlocal function get(k) return redis.call('GET', prefix .. k) or '' end\nreturn get(KEYS[1])\n";
    let folder =
        folder(&[("base.lua", base), ("a.lua", user), ("b.lua", user), ("c.lua", "return mistyped(KEYS[1])\n")]);
    let (json, _) = check_json(folder.path(), &["."]);
    let found: Vec<_> = json["diagnostics"].as_array().into_iter().flatten().collect();
    let told: Vec<_> = found.iter().filter_map(|it| Some((it["path"].as_str()?, it["message"].as_str()?))).collect();
    assert_eq!(
        told,
        [
            (
                "a.lua",
                "`get` and 1 more name are no globals of the server: 2 files of this folder use them, and base.lua declares them"
            ),
            ("c.lua", "`mistyped` is no global of the server"),
        ]
    );
    let help = found[0]["help"].as_str().unwrap_or_default();
    assert!(help.contains("`join = [[\"base.lua\", \"a.lua\"], …]` under `[includes]`"), "{help}");
    let joins = "[includes]\njoin = [['base.lua', 'a.lua'], ['base.lua', 'b.lua']]\n";
    fs::write(folder.path().join("redlua.toml"), joins).expect("written");
    assert_eq!(check_json(folder.path(), &["."]).0["summary"]["errors"], 1);
    // Alone, each file lacks the names for itself.
    fs::remove_file(folder.path().join("redlua.toml")).expect("removed");
    assert_eq!(check_json(folder.path(), &["b.lua"]).0["summary"]["errors"], 2);
}

#[test]
fn paths_for_services_are_those_in_the_repository() {
    let folder = folder(&[]);
    let place = folder.path().join("sub/lua");
    fs::create_dir_all(&place).and_then(|()| fs::create_dir(folder.path().join(".git"))).expect("folders");
    fs::write(place.join("a.lua"), "return redis.call('GTE', KEYS[1])\n").expect("written");
    let sub = folder.path().join("sub");
    let github = run(&sub, &["check", "--format", "github"]).stdout;
    assert!(github.starts_with("::error file=sub/lua/a.lua,line=1"), "{github}");
    let sarif: serde_json::Value =
        serde_json::from_str(&run(&sub, &["check", "--format", "sarif"]).stdout).unwrap_or_default();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "sub/lua/a.lua");
    let junit = run(&sub, &["check", "--format", "junit"]).stdout;
    assert!(junit.contains("classname=\"lua.a\""), "{junit}");
}

#[test]
fn colour_where_it_is_asked_for() {
    let folder = folder(&[("a.lua", "return redis.call('GTE', KEYS[1])\n")]);
    let shown = |variables: &[(&str, &str)]| {
        let mut command = redlua();
        command.args(["check"]).current_dir(folder.path()).env_remove("NO_COLOR");
        command.envs(variables.iter().copied());
        command.output().map(|done| done.stdout.contains(&0x1b)).unwrap_or(false)
    };
    assert!(!shown(&[]) && shown(&[("FORCE_COLOR", "1")]) && !shown(&[("FORCE_COLOR", "0")]));
    assert!(!shown(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn the_version_names_the_commit() {
    let told = run(tests::root(), &["--version"]).stdout;
    assert!(told.starts_with("redlua 0.1.0"), "{told}");
    if tests::root().join(".git").exists() {
        assert!(told.contains(" ("), "{told}");
    }
}

#[test]
fn fixes_are_written_to_the_files() {
    let folder =
        folder(&[("a.lua", "total = redis.call('GET', KEYS[1])\nif total != false then\n  return total\nend\n")]);
    let done = run(folder.path(), &["check", "--fix"]);
    assert_eq!(done.status, 0, "{}", done.stdout);
    let text = fs::read_to_string(folder.path().join("a.lua")).unwrap_or_default();
    assert_eq!(text, "local total = redis.call('GET', KEYS[1])\nif total ~= false then\n  return total\nend\n");
}

#[test]
fn ignored_files_are_left_out() {
    let folder = folder(&[(".gitignore", "vendor.lua\n"), ("vendor.lua", "return redis.call('GTE')\n")]);
    assert_eq!(run(folder.path(), &["check"]).status, 0);
    assert_eq!(run(folder.path(), &["check", "vendor.lua"]).status, 1);
}

#[test]
fn suppression_comments() {
    let folder = folder(&[(
        "a.lua",
        "redis.call('GTE', KEYS[1]) -- redlua: allow(unknown-command)\n\
         -- redlua: allow(unknown-command)\nredis.call('GTE', KEYS[1])\nredis.call('GTE', KEYS[1])\n",
    )]);
    let (json, _) = check_json(folder.path(), &["."]);
    assert_eq!(json["summary"]["errors"], 1);
    assert_eq!(json["diagnostics"][0]["start"]["line"], 4);
}

#[test]
fn every_rule_is_explained() {
    let list = run(tests::root(), &["explain"]);
    let rules = || list.stdout.lines().filter(|line| line.starts_with("  "));
    assert!(rules().count() > 25 && list.stdout.starts_with("Syntax, names and includes\n"), "{}", list.stdout);
    for line in rules() {
        let code = line.split_whitespace().next().unwrap_or_default();
        let told = run(tests::root(), &["explain", code]);
        assert!(told.stdout.contains("What it does") && told.stdout.contains("Use instead"), "{code}");
    }
}

#[test]
fn commands_and_functions_are_explained() {
    let told = |name: &str| run(tests::root(), &["explain", name]);
    let hset = told("hset").stdout;
    assert!(hset.starts_with("HSET\n") && hset.contains("    HSET key field value"), "{hset}");
    assert!(!hset.contains("```") && !hset.contains("**"), "{hset}");
    assert!(told("cjson.encode").stdout.contains("cjson.encode(value)"), "{}", told("cjson.encode").stdout);
    let wrong = told("cjson.encod");
    assert!(wrong.stderr.contains("did you mean `cjson.encode`?"), "{}", wrong.stderr);
}

#[test]
fn formats_for_other_programs() {
    let folder = folder(&[("a b.lua", "redis.call('MSET', 'a', 1, 'b', 2)\nx = 1\n")]);
    let out = |format: &str| run(folder.path(), &["check", "--format", format]).stdout;
    let sarif: serde_json::Value = serde_json::from_str(&out("sarif")).unwrap_or_default();
    let results = &sarif["runs"][0]["results"];
    assert_eq!(sarif["version"], "2.1.0");
    let slot = results.as_array().and_then(|list| list.iter().find(|it| it["ruleId"] == "cross-slot"));
    let slot = slot.cloned().unwrap_or_default();
    assert_eq!(slot["level"], "warning");
    assert_eq!(slot["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b.lua");
    assert_eq!(slot["relatedLocations"].as_array().map(Vec::len), Some(1));
    let last = results.as_array().and_then(|list| list.last()).cloned().unwrap_or_default();
    assert_eq!(last["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "local ");
    let index = last["ruleIndex"].as_u64().unwrap_or(0) as usize;
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], last["ruleId"]);

    let github = out("github");
    assert!(
        github.lines().any(|line| line
            .starts_with("::error file=a b.lua,line=2,endLine=2,col=1,endColumn=2,title=global-assignment::")),
        "{github}"
    );
    let junit = out("junit");
    assert!(junit.contains("<testsuite name=\"a b.lua\"") && junit.contains("failures=\"2\""), "{junit}");
}

#[test]
fn scripts_are_formatted() {
    let source = "#!lua name=x\nlocal   a = 1\nredis.register_function('f', function() return a end)\n";
    let folder = folder(&[("a.lua", source), ("plain.lua", "print   'x'\n"), ("broken.lua", "redis.call('GET',\n")]);
    let told = run(folder.path(), &["fmt", "--check", "a.lua"]);
    assert_eq!((told.status, told.stdout.as_str()), (1, "would format a.lua\n"));
    let done = run(folder.path(), &["fmt"]);
    assert_eq!((done.status, done.stdout.as_str()), (2, "formatted a.lua\n"));
    assert!(done.stderr.contains("broken.lua: line 1"), "{}", done.stderr);
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    assert!(text("a.lua").starts_with("#!lua name=x\nlocal a = 1\n"), "{}", text("a.lua"));
    assert_eq!(text("plain.lua"), "print   'x'\n");
    assert_eq!(text("broken.lua"), "redis.call('GET',\n");
    assert!(done.stderr.contains("1 file formatted"), "{}", done.stderr);
    let again = run(folder.path(), &["fmt", "--check", "a.lua"]);
    assert_eq!((again.status, again.stderr.as_str()), (0, "1 file formatted already\n"));
    fs::write(folder.path().join("a.lua"), source).expect("written");
    let diff = run(folder.path(), &["fmt", "--diff", "a.lua"]);
    assert!(diff.status == 1 && diff.stdout.contains("-local   a = 1\n"), "{}", diff.stdout);
    assert!(diff.stdout.contains("\n+local a = 1\n"), "{}", diff.stdout);
    assert_eq!((text("a.lua").as_str(), diff.stderr.as_str()), (source, "1 file would be formatted\n"));
    assert!(piped(folder.path(), &["fmt", "--diff", "-"], "local   a = 1\n").1.contains("+local a = 1"));
}

#[test]
fn completions_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = run(tests::root(), &["completions", shell]);
        assert!(done.status == 0 && done.stdout.contains("deny"), "{shell}");
    }
}

#[test]
fn watching_checks_once_a_change() {
    let folder = folder(&[
        ("a.lua", "return redis.call('GET', KEYS[1])\n"),
        ("app.py", "r.eval('''return redis.call('GET', KEYS[1])''', 1, 'k')\n"),
    ]);
    for (file, path) in [("a.lua", "."), ("a.lua", "a.lua"), ("app.py", "."), ("app.py", "app.py")] {
        // As editors write: the new text comes into the place of the old one at once.
        let write = |command: &str| {
            let new = folder.path().join("new");
            let text = fs::read_to_string(folder.path().join(file)).unwrap_or_default();
            let text = text.replace("GET", "GTE").replace("GTE", command);
            fs::write(&new, text).and_then(|()| fs::rename(&new, folder.path().join(file))).ok();
        };
        let spawned =
            redlua().args(["check", "--watch", path]).current_dir(folder.path()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{error}"));
        let (sender, lines) = std::sync::mpsc::channel();
        let stdout = child.stdout.take();
        std::thread::spawn(move || {
            let Some(stdout) = stdout else { return };
            for line in std::io::BufRead::lines(std::io::BufReader::new(stdout)).map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        // The lines up to one that holds a text.
        let wait = |text: &str| {
            let mut seen = Vec::new();
            let until = std::time::Instant::now() + std::time::Duration::from_secs(120);
            while let Some(left) = until.checked_duration_since(std::time::Instant::now()) {
                let Ok(line) = lines.recv_timeout(left) else { break };
                seen.push(line);
                if seen.last().is_some_and(|line| line.contains(text)) {
                    return seen;
                }
            }
            panic!("no {text:?} in {seen:?}")
        };
        wait("no mistakes");
        // Time for it to wake itself, if it does.
        std::thread::sleep(std::time::Duration::from_millis(500));
        write("GTE");
        let seen = wait("1 error");
        assert!(!seen.iter().any(|line| line.contains("no mistakes")), "{file} in {path}: {seen:?}");
        std::thread::sleep(std::time::Duration::from_millis(500));
        write("GET");
        let seen = wait("no mistakes");
        assert!(!seen.iter().any(|line| line.contains("1 error")), "{file} in {path}: {seen:?}");
        child.kill().ok();
        child.wait().ok();
    }
}

#[cfg(unix)]
#[test]
fn a_file_by_two_paths_is_checked_once() {
    let folder = folder(&[]);
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("real")).expect("a folder");
    fs::write(at("real/part.lua"), "local function help(k) return redis.call('GTE', k) end\n").expect("written");
    fs::write(at("real/main.lua"), "--- @include \"part\"\nreturn help(KEYS[1])\n").expect("written");
    std::os::unix::fs::symlink(at("real"), at("link")).expect("a link");
    std::os::unix::fs::symlink(at("real/main.lua"), at("again.lua")).expect("a link");
    for paths in [&["."][..], &["real", "link"], &["link", "real/main.lua", "again.lua"], &["real/../real", "real"]] {
        let (json, _) = check_json(folder.path(), paths);
        assert_eq!(
            json["summary"].to_string(),
            r#"{"errors":1,"files":2,"hints":0,"scripts":2,"warnings":0}"#,
            "{paths:?}: {json}"
        );
    }
    // An include leads from where the file is, also by a link.
    assert_eq!(check_json(folder.path(), &["again.lua"]).0["diagnostics"], serde_json::json!([]));
}

#[test]
fn findings_come_in_the_order_of_their_files() {
    let folder = folder(&[]);
    for at in 0..600 {
        let text = format!("-- {at}\nreturn redis.call('GTE', KEYS[1])\n");
        fs::write(folder.path().join(format!("{at:03}.lua")), text).ok();
    }
    let done = run(folder.path(), &["check", "--format", "github"]);
    let paths: Vec<&str> = done.stdout.lines().filter_map(|line| line.split(['=', ',']).nth(1)).collect();
    assert!(paths.len() == 600 && paths.is_sorted(), "{paths:?}");
    assert_eq!(done.stderr, "", "how far it is shows on terminals only");
    let (json, _) = check_json(folder.path(), &["."]);
    assert_eq!((json["diagnostics"].as_array().map(Vec::len), &json["summary"]["errors"]), (Some(600), &600.into()));
    let (json, _) = check_json(folder.path(), &["--summary", "000.lua"]);
    assert_eq!(json["scripts"].as_array().map(Vec::len), Some(1));
    let sarif: serde_json::Value =
        serde_json::from_str(&run(folder.path(), &["check", "--format", "sarif"]).stdout).unwrap_or_default();
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(600));
    assert!(sarif["runs"][0]["tool"]["driver"]["rules"].as_array().is_some_and(|rules| !rules.is_empty()));
}

#[test]
fn folders_of_packages_and_builds_are_left_out() {
    let folder = folder(&[("a.lua", "return redis.call('GET', KEYS[1])\n")]);
    for name in ["node_modules", "vendor", "target", "dist", "venv", ".venv", "build"] {
        let place = folder.path().join("sub").join(name).join("deep");
        fs::create_dir_all(&place).and_then(|()| fs::write(place.join("b.lua"), "return redis.call('GTE')\n")).ok();
    }
    let files = |args: &[&str]| check_json(folder.path(), args).0["summary"]["files"].clone();
    assert_eq!(files(&["."]), 2, "a.lua and what is in build");
    assert_eq!(files(&["sub/vendor"]), 1, "a folder that is named is searched");
    assert_eq!(files(&["sub/vendor/deep/b.lua"]), 1);
    let set = |text: &str| fs::write(folder.path().join("redlua.toml"), text).ok();
    set("[files]\ninclude = ['sub/vendor/**']\n");
    assert_eq!(files(&["."]), 3);
    set("[files]\ndefault-exclude = false\nexclude = ['sub/dist/**']\n");
    assert_eq!(files(&["."]), 6, "`.venv` is hidden, `dist` excluded");
}

#[test]
fn a_summary_of_each_script() {
    let folder = folder(&[
        ("lock.lua", "-- @include part.lua\nreturn put(KEYS[1] .. ':lock')\n"),
        ("part.lua", "local function put(key)\n  return redis.call('SET', key, ARGV[1], 'NX')\nend\n"),
        ("lib.lua", "#!lua name=l\nredis.register_function('now', function() return redis.call('TIME') end)\n"),
    ]);
    let done = run(folder.path(), &["check", "--summary", "."]);
    assert_eq!(done.status, 0, "{}", done.stdout);
    for line in [
        "lock.lua: writes · 1 key · O(1) · deterministic · cluster-safe with hash tags · Redis ≥ 6.2",
        "  access         writes: SET (part.lua:2)",
        "  keys           KEYS[1] .. ':lock': write, string",
        "lib.lua now: touches no data · O(1) · cluster-safe · Redis ≥ 7.0",
        "  servers        Redis from 7.0 on; older ones lack functions (line 1)",
    ] {
        assert!(done.stdout.contains(line), "{line} in\n{}", done.stdout);
    }
    let (json, _) = check_json(folder.path(), &["--summary", "."]);
    let scripts = json["scripts"].as_array().cloned().unwrap_or_default();
    assert_eq!(scripts.len(), 2);
    let lock = scripts.iter().find(|script| script["path"] == "lock.lua").cloned().unwrap_or_default();
    assert_eq!(lock["keys"][0]["key"], "KEYS[1] .. ':lock'");
    assert_eq!(lock["keys"][0]["first"].to_string(), r#"{"line":2,"path":"part.lua","text":"SET"}"#);
    assert_eq!((&lock["writes"], &lock["cluster"]["verdict"]), (&true.into(), &"if".into()));
    assert_eq!(lock["servers"]["redis"]["oldest"], "6.2");
    // Without the option the object is what it always was.
    let (json, _) = check_json(folder.path(), &["."]);
    assert_eq!(json.get("scripts"), None);
    assert_eq!(run(folder.path(), &["check", "--summary", "--format", "sarif"]).status, 2);
}

#[test]
fn names_that_a_program_puts_before_its_scripts() {
    let folder = folder(&[
        ("package.json", "{}"),
        (
            "src/index.js",
            "const head = `\nlocal function keyOf(id)\n  return 'job:' .. id\nend\n`;\nload('../lua/take.lua', head);\n",
        ),
        ("src/move.py", "script('lua/move.lua', functions={'add_new': ADD, 'total': 1})\n"),
        ("lua/take.lua", "return redis.call('GET', keyOf(ARGV[1]) .. keyOff(ARGV[2]))\n"),
        ("lua/move.lua", "add_new(KEYS[1])\nreturn total\n"),
        ("lua/other.lua", "return add_new(KEYS[1])\n"),
    ]);
    let (json, _) = check_json(folder.path(), &["."]);
    let told = json["diagnostics"].as_array().into_iter().flatten().filter(|it| it["code"] == "undefined-global");
    let told: Vec<String> =
        told.map(|it| format!("{} {}", it["path"].as_str().unwrap_or_default(), it["message"])).collect();
    // `keyOff` is written nowhere, `total` is not called, and no program names `other.lua`.
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("lua/move.lua") && told[0].contains("`total`"), "{told:?}");
    assert!(told[1].contains("lua/other.lua") && told[1].contains("`add_new`"), "{told:?}");
    assert!(told[2].contains("lua/take.lua") && told[2].contains("`keyOff`"), "{told:?}");
}
