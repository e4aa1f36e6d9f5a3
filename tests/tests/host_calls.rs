//! Findings at calls of scripts in programs, and of scripts by their callers.

use tests::{check_json, folder};

/// Findings of a rule in files, with `args` for the check: file, line and message.
fn found(files: &[(&str, &str)], args: &[&str], code: &str) -> Vec<String> {
    let folder = folder(files);
    let (json, _) = check_json(folder.path(), &[args, &["."]].concat());
    let all = json["diagnostics"].as_array().into_iter().flatten().filter(|it| it["code"] == code);
    all.map(|it| {
        let text = |it: &serde_json::Value| it.as_str().unwrap_or_default().to_owned();
        format!("{}:{} {}", text(&it["path"]), it["start"]["line"], text(&it["message"]))
    })
    .collect()
}

#[test]
fn objects_give_all_names_of_a_script() {
    let program = "\
class A {
  static readonly LuaScript Take = LuaScript.Prepare(\"return redis.call('SET', @key, @value)\");
  void F(RedisKey key) {
    db.ScriptEvaluate(Take, new { key, value = 1 });
    db.ScriptEvaluate(Take, new { key, Value = 1 });
    Take.Evaluate(db, new { key });
    Take.Evaluate(db, other);
  }
}
";
    let message = "the script has `@value`, and the object has no `value`: the client refuses the call";
    let wanted = [format!("A.cs:5 {message}"), format!("A.cs:6 {message}")];
    assert_eq!(found(&[("A.cs", program)], &[], "call-arity"), wanted);
}

#[test]
fn calls_of_wrappers_are_calls_of_the_script() {
    let program = "\
TAKE = \"return redis.call('DECRBY', KEYS[1], ARGV[1])\"
def run(script, keys, args=()):
    return r.eval(script, len(keys), *keys, *args)
def f():
    run(TAKE, ['a'], [1])
    run(TAKE, ['a'])
    run(TAKE, [], ['a', 1])
";
    let wanted = [
        "app.py:6 the script reads ARGV[1], and no arguments are given",
        "app.py:7 the script reads KEYS[1], and no keys are given",
    ];
    assert_eq!(found(&[("app.py", program)], &[], "call-arity"), wanted);
}

#[test]
fn comments_of_the_program_suppress_findings_at_calls() {
    let program = "\
TAKE = \"return redis.call('DECRBY', KEYS[1], ARGV[1])\"
# redlua: allow(call-arity)
r.eval(TAKE, 1, 'a')
r.eval(TAKE, 1, 'a')  # redlua: allow(call-arity)
# redlua: allow(call-arity)

x = (
    r
    .eval(TAKE,
          1, 'a'))
r.eval(TAKE, 1, 'a')
r.eval(TAKE,
       3, 'a')  # redlua: allow(call-arity)
def f(r, key):
    # redlua: allow(interpolated-script)
    r.eval(f\"return redis.call('GET', '{key}')\", 0)
";
    assert_eq!(
        found(&[("app.py", program)], &[], "call-arity"),
        ["app.py:11 the script reads ARGV[1], and no arguments are given"]
    );
    assert!(found(&[("app.py", program)], &["--hints"], "interpolated-script").is_empty());
    assert!(found(&[("app.py", program)], &["--hints"], "unused-suppression").is_empty());
    let typescript = "\
const TAKE = `return redis.call('DECRBY', KEYS[1], ARGV[1])`;
// redlua: allow(call-arity)
await redis.eval(TAKE, 1, 'a');
await redis.eval(TAKE, 1, /* redlua: allow(call-arity) */ 'a');
await redis.eval(TAKE, 1, 'a');
";
    assert_eq!(
        found(&[("app.ts", typescript)], &[], "call-arity"),
        ["app.ts:5 the script reads ARGV[1], and no arguments are given"]
    );
}

#[test]
fn comments_at_calls_that_suppress_nothing_are_found() {
    let program = "\
TAKE = \"return redis.call('DECRBY', KEYS[1], ARGV[1])\"
# redlua: allow(call-arity)
r.eval(TAKE, 1, 'a', 2)
# redlua: allow(call-aritty)
r.eval(TAKE, 1, 'a')
# redlua: disable=call-arity
r.eval(TAKE, 1, 'a')
# redlua: allow(unused-key)
r.eval(TAKE, 1, 'a', 2)
# redlua: see the README
r.eval(TAKE, 1, 'a', 2)
";
    let wanted = [
        "app.py:2 `call-arity` finds nothing here: this suppression is not needed",
        "app.py:4 there is no rule `call-aritty`: did you mean `call-arity`?",
        "app.py:6 this comment suppresses nothing: write `redlua: allow(rule-name)`",
        "app.py:8 `unused-key` finds nothing at calls: write the comment in the script, as Lua has it",
    ];
    assert_eq!(found(&[("app.py", program)], &["--hints"], "unused-suppression"), wanted);
    let folder = folder(&[("app.py", program)]);
    let done = tests::run(folder.path(), &["check", "--fix", "--unsafe", "--hints", "."]);
    let text = std::fs::read_to_string(folder.path().join("app.py")).unwrap_or_default();
    assert!(!text.contains("disable=") && text.contains("see the README"), "{text}{}", done.stdout);
}
