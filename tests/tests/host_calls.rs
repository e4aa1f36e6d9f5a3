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

#[test]
fn callers_that_agree_tell_the_keys_of_a_script() {
    let program = "\
def f(r, x):
    move = \"return redis.call('SMOVE', KEYS[1], KEYS[3], ARGV[1])\"
    r.eval(move, 2, 'a', 'b', x)
    r.eval(move, 2, 'c', 'd', x)
    get = r.register_script(\"return redis.call('GET', KEYS[1])\")
    get(keys=['a', 'b'])
    ask = \"if KEYS[2] then return 1 end return redis.call('GET', KEYS[1])\"
    r.eval(ask, 1, 'a')
    each = \"for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end return KEYS[1]\"
    r.eval(each, 3, 'a', 'b', 'c')
    r.eval(\"return redis.call('GET', KEYS[2])\", 2, 'a', 'b')
";
    let key = "there is no `KEYS[3]`: both of its callers give 2 keys";
    assert_eq!(found(&[("app.py", program)], &[], "key-out-of-range"), [format!("app.py:2 {key}")]);
    let wanted = [
        "app.py:2 KEYS[2] is given by both of its callers and never read",
        "app.py:5 KEYS[2] is given by its only caller and never read",
        "app.py:11 KEYS[1] is given by its only caller and never read",
    ];
    assert_eq!(found(&[("app.py", program)], &["--hints"], "unused-key"), wanted);
}

#[test]
fn scripts_that_others_may_call_are_left_alone() {
    for program in [
        // Other files may import it.
        "GET = \"return redis.call('GET', KEYS[1])\"\nr.eval(GET, 2, 'a', 'b')\n",
        // Another function may run it.
        "def f(r):\n    get = \"return redis.call('GET', KEYS[1])\"\n    r.eval(get, 2, 'a', 'b')\n    run(get)\n",
        // The calls do not agree.
        "def f(r):\n    get = \"return redis.call('GET', KEYS[1])\"\n    r.eval(get, 2, 'a', 'b')\n    r.eval(get, 1, 'a')\n",
        "def f(r, k):\n    get = \"return redis.call('GET', KEYS[1])\"\n    r.eval(get, 2, 'a', 'b')\n    r.eval(get, len(k), *k)\n",
        // The value may read the key.
        "def f(r, what):\n    r.eval(f\"return redis.call('GET', {what})\", 1, 'a')\n",
        "def f(r):\n    get = r.register_script(\"return redis.call('GET', KEYS[1])\")\n    get(keys=['a', 'b'])\n    return get\n",
    ] {
        assert!(found(&[("app.py", program)], &["--hints"], "unused-key").is_empty(), "{program}");
    }
    let typescript = "\
const GET = `return redis.call('GET', KEYS[1])`;
export const OTHER = `return redis.call('GET', KEYS[1])`;
await redis.eval(GET, 2, 'a', 'b');
await redis.eval(OTHER, 2, 'a', 'b');
";
    assert_eq!(
        found(&[("app.ts", typescript)], &["--hints"], "unused-key"),
        ["app.ts:1 KEYS[2] is given by its only caller and never read"]
    );
}

#[test]
fn replies_are_not_what_a_test_asks_for() {
    let python = "\
S = \"return redis.call('DEL', KEYS[1])\"
take = r.register_script(S)
def f(r):
    if r.eval(S, 1, 'a') is True: pass
    if (await r.eval(S, 1, 'a')) is not False: pass
    ok = take(keys=['a'])
    if ok is True: pass
    ok2 = bool(take(keys=['a']))
    if ok2 is True: pass
    if r.eval(S, 1, 'a') == True: pass
    if r.eval(S, 1, 'a') is None: pass
    if r.eval(\"redis.setresp(3) return true\", 0) is True: pass
    if r.eval(other, 0) is True: pass
    a, b = r.eval(S, 1, 'a')
    if b is True: pass
    x = r.eval(S, 1, 'a')
    x = bool(x)
    return x is True
def wrapped(script, key):
    return bool(r.eval(script, 1, key))
if wrapped(S, 'a') is True: pass
";
    let wanted = [
        "app.py:4 the reply is never `True`",
        "app.py:5 the reply is never `False`",
        "app.py:7 the reply is never `True`",
    ];
    assert_eq!(found(&[("app.py", python)], &[], "impossible-reply"), wanted);
    let typescript = "\
const S = `return redis.call('DEL', KEYS[1])`;
const ok = await redis.eval(S, 1, 'a');
if (ok === true) {}
if ((await redis.eval(S, 1, 'a')) !== false) {}
if ((await redis.eval(S, 1, 'a')) === 1) {}
if (Boolean(await redis.eval(S, 1, 'a')) === true) {}
const up = await upstash.eval(S, ['a'], []);
if (up === true) {}
";
    let wanted = ["app.ts:3 the reply is never `true`", "app.ts:4 the reply is never `false`"];
    assert_eq!(found(&[("app.ts", typescript)], &[], "impossible-reply"), wanted);
    let go = "\
package a
var take = redis.NewScript(`return redis.call('DECR', KEYS[1])`)
func f(ctx context.Context) {
	left, err := take.Run(ctx, rdb, []string{\"a\"}).Result()
	_ = left.(int)
	_ = left.(int64)
	if n, ok := left.(int); ok { return n }
	n := take.Run(ctx, rdb, []string{\"a\"}).Val().(int)
	m, err := take.Run(ctx, rdb, []string{\"a\"}).Int()
}
";
    let wanted = ["a.go:5 the reply is never of type `int`", "a.go:8 the reply is never of type `int`"];
    assert_eq!(found(&[("a.go", go)], &[], "impossible-reply"), wanted);
}

#[test]
fn a_count_elsewhere_is_told_at_the_call() {
    let go = "\
package a
var take = redis.NewScript(1, `return redis.call('DECRBY', KEYS[1], ARGV[1])`)
func f(c redis.Conn) {
	take.Do(c)
	take.Do(c, \"a\")
}
";
    let wanted = [
        "a.go:4 1 key counted, and no words stand behind: the server refuses the call",
        "a.go:5 the script reads ARGV[1], and no arguments are given",
    ];
    assert_eq!(found(&[("a.go", go)], &[], "call-arity"), wanted);
}

#[test]
fn script_objects_of_other_files_are_called() {
    let lua = "package rate\n\nvar allow = redis.NewScript(`return redis.call('DECRBY', KEYS[1], ARGV[1])`)\n";
    let go = "\
package rate

func (l *Limiter) f(ctx context.Context, key string, values ...any) {
	allow.Run(ctx, l.rdb, []string{key}, 1)
	allow.Run(ctx, l.rdb, []string{}, 1)
	other.Run(ctx, l.rdb, []string{}, 1)
	t.Run(\"x\", 1, nil)
}
";
    let wanted = ["rate.go:5 the script reads KEYS[1], and no keys are given"];
    assert_eq!(found(&[("lua.go", lua), ("rate.go", go)], &[], "call-arity"), wanted);
    let python = "from scripts import take\ntake(keys=['a'], args=[1])\ntake(keys=['a'])\nother(keys=['a'])\n";
    let scripts = "take = r.register_script(\"return redis.call('DECRBY', KEYS[1], ARGV[1])\")\n";
    let wanted = ["app.py:3 the script reads ARGV[1], and no arguments are given"];
    let app = format!("{python}r.eval(x, 0)\n");
    assert_eq!(found(&[("app.py", &app), ("scripts.py", scripts)], &[], "call-arity"), wanted);
}
