//! Rules about programs in other languages: the examples of their docs hold.

use std::fs;

use tests::{check_json, folder};

/// Languages of examples, with their extensions.
const LANGUAGES: [(&str, &str); 9] = [
    ("python", "py"),
    ("js", "js"),
    ("ts", "ts"),
    ("go", "go"),
    ("java", "java"),
    ("kotlin", "kt"),
    ("ruby", "rb"),
    ("php", "php"),
    ("rust", "rs"),
];

/// The blocks of a heading that are in other languages: extension and code.
fn blocks(docs: &str, heading: &str) -> Vec<(&'static str, String)> {
    let section = docs.split(heading).nth(1).unwrap_or_default();
    let section = section.split("\n ## ").next().unwrap_or(section);
    let mut found = Vec::new();
    for block in section.split("```").skip(1).step_by(2) {
        let (language, code) = block.split_once('\n').unwrap_or((block, ""));
        let known = LANGUAGES.iter().find(|(name, _)| *name == language.trim());
        let lines = code.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        if let Some((_, extension)) = known {
            found.push((*extension, lines.collect::<Vec<_>>().join("\n")));
        }
    }
    found
}

#[test]
fn the_examples_of_the_docs_hold() {
    let mut tried = 0;
    for rule in linter::RULES {
        for (heading, is_wrong) in [("## Example", true), ("## Use instead", false)] {
            for (extension, code) in blocks(rule.docs, heading) {
                let name = format!("app.{extension}");
                let folder = folder(&[(&name, &code)]);
                let (json, _) = check_json(folder.path(), &["."]);
                let found = json["diagnostics"].as_array().into_iter().flatten();
                let has = found.filter(|it| it["code"] == rule.code).count() > 0;
                assert_eq!(has, is_wrong, "{}: {json}\n{code}", rule.code);
                tried += 1;
            }
        }
    }
    assert!(tried >= 2);
}

#[test]
fn pasted_values_are_where_the_program_has_them() {
    let source = "\
def f(r, user, ttl):
    r.eval(f\"\"\"
        redis.call('SET', 'user:{user}', ARGV[1], 'EX', {ttl})
        -- {user}
    \"\"\", 0, 'x')
    r.eval(f\"return redis.call('{user}', KEYS[1])\", 1, 'k')
    r.eval(f\"\"\"
        -- redlua: allow(interpolated-script)
        return redis.call('GET', '{user}')
    \"\"\", 0)
";
    let folder = folder(&[("app.py", source)]);
    let (json, _) = check_json(folder.path(), &["--deny", "interpolated-script", "."]);
    let found: Vec<String> = json["diagnostics"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| it["code"] == "interpolated-script")
        .map(|it| format!("{} {} {}", it["start"], it["message"], it["help"]))
        .collect();
    let wanted = [
        r#"{"column":33,"line":3} "`user` is pasted into the script: each value is another script to the server, and a quote in it ends the Lua string" "write KEYS[1] in the script, and pass the value as key 1""#,
        r#"{"column":57,"line":3} "`ttl` is pasted into the script: each value is another script to the server" "write ARGV[2] in the script, and pass the value as argument 2""#,
    ];
    assert_eq!(found, wanted, "{}", fs::read_to_string(folder.path().join("app.py")).unwrap_or_default());
}

#[test]
fn the_table_of_calls_has_scripts_and_callers() {
    let app = "from scripts import UNLOCK\nr.eval(UNLOCK, 1, 'k', 't')\nr.eval(open('sub/x.lua').read(), 1, *keys)\nr.fcall('take', 1, 'a')\nr.evalsha(sha, 0)\n";
    let folder = folder(&[
        ("app.py", app),
        ("scripts.py", "UNLOCK = \"if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end return 0\"\n"),
        ("sub/x.lua", "return redis.call('MGET', KEYS[1])\n"),
        ("lib.lua", "#!lua name=stock\nredis.register_function('take', function(keys) return 1 end)\n"),
    ]);
    let done = tests::run(folder.path(), &["check", "--calls", "."]);
    let wanted = "\
scripts.py:UNLOCK (reads 1 key, 1 argument)
  app.py:2:3 eval: 1 key, 1 argument
sub/x.lua (reads 1 key, no arguments)
  app.py:3:3 eval: 1 key, 0 or more arguments
function take (lib.lua)
  app.py:4:3 fcall: 1 key, no arguments
scripts that are not known
  app.py:5:3 evalsha: no keys, no arguments

2 scripts, 4 calls: 3 of known ones
";
    assert_eq!((done.stdout.as_str(), done.status), (wanted, 0), "{}", done.stderr);
}

/// Findings of a rule in files, with `args` for the check: places and messages.
fn found(files: &[(&str, &str)], args: &[&str], code: &str) -> Vec<String> {
    let folder = folder(files);
    let (json, _) = check_json(folder.path(), &[args, &["."]].concat());
    let all = json["diagnostics"].as_array().into_iter().flatten().filter(|it| it["code"] == code);
    all.map(|it| {
        let (line, column) = (&it["start"]["line"], &it["start"]["column"]);
        format!("{line}:{column} {}", it["message"].as_str().unwrap_or_default())
    })
    .collect()
}

#[test]
fn a_read_only_call_of_a_script_that_writes() {
    let source = "r.eval_ro(\"return redis.call('SET', KEYS[1], 1)\", 1, 'a')\nr.eval_ro(\"return redis.call('GET', KEYS[1])\", 1, 'a')\n";
    let wanted = ["1:3 app.py:eval_ro calls SET, which the server refuses in a read-only run"];
    assert_eq!(found(&[("app.py", source)], &[], "write-in-read-only"), wanted);
}

#[test]
fn keys_of_a_call_share_a_slot_on_a_cluster() {
    let source = "S = \"return redis.call('MGET', KEYS[1], KEYS[2])\"\nr.eval(S, 2, 'a', 'b')\nr.eval(S, 2, '{x}a', '{x}b')\nr.eval(S, 2, 'a', key)\n";
    let wanted = ["2:19 `b` is in another slot than `a`: a cluster refuses the call"];
    assert_eq!(found(&[("app.py", source)], &["--cluster"], "cross-slot"), wanted);
    assert!(found(&[("app.py", source)], &[], "cross-slot").is_empty());
}

#[test]
fn swapped_and_joined_words() {
    let source = "S = \"return redis.call('SET', KEYS[1], ARGV[1])\"\nr.eval(S, 'a', 1)\nr.eval(S, 1, 'a' 'b')\nr.eval(S, -1, 'a')\nr.eval(S, 1, *words)\nr.eval(S, n, 'a')\n";
    let wanted = [
        "2:11 a word stands where the number of keys belongs",
        "3:3 the script reads ARGV[1], and no arguments are given",
        "4:11 -1 is no number of keys: the server refuses it",
    ];
    assert_eq!(found(&[("app.py", source)], &[], "call-arity"), wanted);
}

#[test]
fn the_settings_name_calls_of_ones_own() {
    let settings = "[[hosts.calls]]\nname = \"run_lua\"\nlanguage = \"python\"\nscript = 2\nkeys = 3\nargs = 4\n\n[[hosts.calls]]\nname = \"call_fn\"\nfunction = 1\ncount = 2\n";
    let app = "S = \"return redis.call('SET', KEYS[1], ARGV[1])\"\nrun_lua(r, S, ['a'], [1])\nrun_lua(r, S, ['a'], [])\ncall_fn('tkae', 1, 'a')\n";
    let library = "#!lua name=l\nredis.register_function('take', function(keys) return 1 end)\n";
    let files = [("redlua.toml", settings), ("app.py", app), ("lib.lua", library)];
    let arity = ["3:22 the script reads ARGV[1], and no arguments are given"];
    assert_eq!(found(&files, &[], "call-arity"), arity);
    let unknown = ["4:9 no library of the project registers a function `tkae`"];
    assert_eq!(found(&files, &[], "unknown-function"), unknown);
    let wrong = folder(&[("redlua.toml", "[[hosts.calls]]\nname = \"f\"\nkeys = 0\n"), ("a.py", "x = 1\n")]);
    let done = tests::run(wrong.path(), &["check", "."]);
    for text in ["`keys` is the number of an argument, from 1", "a call needs its `name`"] {
        assert!(done.stderr.contains(text), "{text}: {}", done.stderr);
    }
}

#[test]
fn counts_and_names_are_mended() {
    let library = "#!lua name=l\nredis.register_function('take', function(keys) return 1 end)\n";
    let app = "S = \"return redis.call('SET', KEYS[1], ARGV[1])\"\nr.eval(S, 0, 'a', 1)\nr.eval(S, 2, 'a', 1)\nr.fcall('tkae', 1, 'a')\nr.eval(S, 1, 'a')\n";
    let folder = folder(&[("app.py", app), ("lib.lua", library)]);
    let done = tests::run(folder.path(), &["check", "--fix", "--unsafe", "app.py", "lib.lua"]);
    let wanted = app.replace("S, 0,", "S, 1,").replace("S, 2,", "S, 1,").replace("tkae", "take");
    assert_eq!(fs::read_to_string(folder.path().join("app.py")).unwrap_or_default(), wanted, "{}", done.stdout);
}

#[test]
fn constants_of_other_files_may_be_loaded() {
    let script = ("take.lua", "return redis.call('DECRBY', KEYS[1], ARGV[1])\n");
    for (constants, text, program, call) in [
        (
            "scripts.py",
            "TAKE = Path(__file__).with_name('take.lua').read_text()\n",
            "app.py",
            "from scripts import TAKE\nr.eval(TAKE, 0)\n",
        ),
        (
            "scripts.js",
            "exports.TAKE = readFileSync(__dirname + '/take.lua', 'utf8');\n",
            "app.js",
            "const { TAKE } = require('./scripts');\nredis.eval(TAKE, 0);\n",
        ),
        (
            "s.go",
            "package a\n\n//go:embed take.lua\nvar take string\n",
            "a.go",
            "package a\nfunc f() { rdb.Eval(ctx, take, nil) }\n",
        ),
    ] {
        let files = [script, (constants, text), (program, call)];
        assert_eq!(found(&files, &[], "call-arity").len(), 1, "{program}");
        let unseen = call
            .replace("from scripts import TAKE\n", "")
            .replace("require('./scripts')", "x")
            .replace("package a", "package b");
        let program = if program == "a.go" { "b/a.go" } else { program };
        assert_eq!(found(&[script, (constants, text), (program, &unseen)], &[], "call-arity").len(), 0, "{program}");
    }
}

#[test]
fn a_missing_count_is_added() {
    let app = "S = \"return redis.call('SET', KEYS[1], ARGV[1])\"\nr.eval(S, 'a', 1)\nr.eval(S, 'a')\n";
    let shell = "redis-cli EVAL \"return redis.call('SET', KEYS[1], ARGV[1])\" a 1\n";
    let folder = folder(&[("app.py", app), ("run.sh", shell)]);
    let done = tests::run(folder.path(), &["check", "--fix", "--unsafe", "app.py", "run.sh"]);
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    // In the second call more than the count is missing.
    assert_eq!(text("app.py"), app.replace("S, 'a', 1", "S, 1, 'a', 1"), "{}", done.stdout);
    assert_eq!(text("run.sh"), shell.replace("\" a 1", "\" 1 a 1"), "{}", done.stdout);
}

#[test]
fn names_of_other_files_are_those_that_can_be_seen() {
    let script = "return redis.call('GET', KEYS[1])";
    let arity = |files: &[(&str, &str)]| found(files, &[], "call-arity").len();
    let scripts = format!("public class Scripts {{ static final String GET = \"{script}\"; }}\n");
    let seen = "class A { void f() { jedis.eval(Scripts.GET, 0); } }\n";
    assert_eq!(arity(&[("Scripts.java", &scripts), ("A.java", seen)]), 1);
    // `eval` of something else, with a name that another class has for itself.
    let unseen = "class A { void f() { engine.eval(GET, 0); } }\n";
    assert_eq!(arity(&[("Scripts.java", &scripts), ("A.java", unseen)]), 0);
    let call = "package a\nfunc f() { rdb.Eval(ctx, get, nil) }\n";
    assert_eq!(arity(&[("s.go", &format!("package a\nvar get = `{script}`\n")), ("a.go", call)]), 1);
    assert_eq!(
        arity(&[("s.go", &format!("package a\nfunc g() {{ get := `{script}`; h(get) }}\n")), ("a.go", call)]),
        0
    );
    let python = "from scripts import GET\nr.eval(GET, 0)\n";
    assert_eq!(arity(&[("scripts.py", &format!("GET = \"{script}\"\n")), ("app.py", python)]), 1);
    assert_eq!(arity(&[("scripts.py", &format!("GET = \"{script}\"\n")), ("app.py", "r.eval(GET, 0)\n")]), 0);
    let node = "const { GET } = require('./scripts');\nredis.eval(GET, 0);\n";
    assert_eq!(arity(&[("scripts.js", &format!("exports.GET = `{script}`;\n")), ("app.js", node)]), 1);
}
