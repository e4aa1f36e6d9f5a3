//! Lists of keys and arguments that have names.

use crate::site_tests::check;

#[test]
fn lists_of_python() {
    check(
        "a.py",
        "\
S = 'return KEYS[1]'
def a(r, x):
    keys = ['a', 'b']
    args = [x]
    args.append(1)
    r.eval(S, len(keys), *keys, *args)
    r.eval(S, 2, *keys, *args)
    args.append(2)
def b(r, x):
    keys = ['a']
    if x:
        keys.append('b')
    r.eval(S, len(keys), *keys, 1, 2)
    take(keys=keys)
def c(r, keys=None):
    if not keys:
        keys = ['a']
    r.eval(S, len(keys), *keys)
def d(r, more):
    keys = ['a']
    change(keys)
    r.eval(S, 3, *keys)
    for k in more:
        keys = []
        keys.append(k)
        r.eval(S, 1, *(keys + ['b']))
    r.eval(S, 1, *keys)
take = r.register_script(S)
def e(a, b):
    take(keys=list(a), args=tuple(b))
    take(keys=(a), args=(b,))
    for S in a:
        r.eval(S, 1, b)
    if a:
        keys = ['a']
        return take(
            keys=keys, args=[])
    keys = ['a', 'b']
    if b:
        keys = keys + ['c']
        take(keys=keys)
    take(keys=keys)
    take(keys=[p + k for k in keys], args=[x for x in b if x])
",
        &[
            "eval: S 2 2 2",
            "eval: S 2 2 2",
            "eval: S count ? 2",
            "take: S ? 0",
            "eval: S count ? 0",
            "eval: S 3 3 0+",
            "eval: S 1 1 1",
            "eval: S 1 1 0+",
            "take: S 0+ 0+",
            "take: S 0+ 1",
            "take: S 1 0",
            "take: S 3 0",
            "take: S ? 0",
            "take: S 0+ 0+",
        ],
    );
}

#[test]
fn lists_of_javascript() {
    check(
        "a.ts",
        "\
const S = `return redis.call('GET', KEYS[1])`;
async function a(r, id, all) {
  const keys = ['a', `b:${id}`];
  const args: string[] = [];
  args.push('x', String(id));
  await r.eval(S, keys.length, ...keys, ...args);
  await r.eval(S, { keys, arguments: args });
  await r.eval(S, keys.length, ...keys.concat(args), 'z');
  await r.eval(S, 2, ...keys.concat(all));
  await r.eval(S, keys.length, ...keys, ...all);
}
async function b(r, x) {
  const args = ['a'];
  if (x) args.push('b');
  await r.eval(S, { keys: ['a'], arguments: args });
  let keys = ['a'];
  if (x) keys = ['a', 'b'];
  await r.eval(S, keys, []);
}
async function c(r, all) {
  const args = [];
  for (const it of all) { args.push(it); }
  await r.eval(S, 1, 'k', ...args);
  const other = args;
  await r.eval(S, 1, 'k', ...other);
}
",
        &[
            "eval: S 2 2 2",
            "eval: S 2 2",
            "eval: S 2 2 3",
            "eval: S 2 2 0+",
            "eval: S 2 2 0+",
            "eval: S 1 ?",
            "eval: S count ? ?",
            "eval: S 1 1 0+",
            "eval: S 1 1 0+",
        ],
    );
}

#[test]
fn lists_of_go() {
    check(
        "a.go",
        "\
var take = redis.NewScript(`return KEYS[1]`)
func a(ctx context.Context, id string, more []string) {
	keys := []string{\"a\", id}
	argv := []interface{}{1, 2}
	take.Run(ctx, rdb, keys, argv...)
	argv = append(argv, id, 3)
	take.Run(ctx, rdb, keys, argv...)
	take.Run(ctx, rdb, append(keys, more...), argv...)
	for _, it := range more {
		argv = append(argv, it)
		take.Run(ctx, rdb, keys, argv...)
	}
	take.Run(ctx, rdb, keys, argv...)
}
func c(ctx context.Context, id string, key any) {
	keys := []string{\"a\"}
	if id != \"\" {
		keys = append(keys, id)
		return take.Run(ctx, rdb, keys, id)
	}
	return take.Run(ctx, rdb, keys, key)
}
func b(ctx context.Context, args ...any) {
	take.Run(ctx, rdb, []string{\"a\"}, args...)
}
",
        &[
            "Run: take 2 2",
            "Run: take 2 4",
            "Run: take 2+ 4",
            "Run: take 2 1+",
            "Run: take 2 0+",
            "Run: take 2 1",
            "Run: take 1 ?",
            "Run: take 1 0+",
        ],
    );
}

#[test]
fn lists_of_others() {
    check(
        "A.java",
        "\
class A {
  static final String S = \"return KEYS[1]\";
  void f(String k, String[] many, String... rest) {
    List<String> keys = Arrays.asList(k, \"b\");
    List<String> args = new ArrayList<>();
    args.add(\"1\");
    jedis.eval(S, keys, args);
    jedis.eval(S, Arrays.asList(many), List.of(rest));
    jedis.eval(S, List.of(k), new ArrayList<>(keys));
    if (k != null) args.add(\"2\");
    jedis.eval(S, keys, args);
    jedis.eval(S, keys.size(), k, \"b\", \"c\");
  }
}
",
        &["eval: S 2 1", "eval: S 0+ 0+", "eval: S 1 2", "eval: S 2 ?", "eval: S 2 2 1"],
    );
    check(
        "a.php",
        "<?php
$s = 'return KEYS[1]';
function f($r, $x) {
    global $s;
    $keys = ['a', $x];
    $args = [1];
    $args[] = 2;
    $r->eval('return KEYS[1]', array_merge($keys, $args), count($keys));
    $r->eval('return KEYS[1]', count($keys), ...$keys, ...$args);
    if ($x) { $args[] = 3; }
    $r->eval('return KEYS[1]', 1, 'a', ...$args);
}
",
        &["eval: eval 2 2 2", "eval: eval-2 2 2 2", "eval: eval-3 1 1 0+"],
    );
    check(
        "a.rb",
        "\
S = 'return KEYS[1]'
def a(r, x)
  keys = ['a']
  keys << 'b'
  args = [1]
  args << 2 if x
  r.eval(S, keys, args)
  r.eval(S, keys: keys, argv: args + [x])
  r.eval S, [x], [1, 2]
  r.eval S, keys: [x], argv: [1]
  r.call('EVAL', S, keys.size, *keys)
end
",
        &["eval: S 2 ?", "eval: S 2 1+", "eval: S 1 2", "eval: S 1 1", "call: S 2 2 0"],
    );
}

#[test]
fn calls_of_lua_give_several_values() {
    let lua = "\
local redis = require 'resty.redis'
local s = [[return redis.call('GET', KEYS[1])]]
red:eval(s, 2, unpack(keys))
red:eval(s, #keys, unpack(keys))
red:eval(s, 1, 'a', tostring(n))
red:eval(s, 1, 'a', ...)
";
    let language = crate::Language::of_lua(lua.as_bytes()).expect("Lua");
    let document = crate::HostDocument::read(language, "a.lua", lua.as_bytes());
    let totals: Vec<crate::Given> = document.calls.iter().map(|it| it.total).collect();
    use crate::Given::{AtLeast, Exactly, Unknown};
    assert_eq!(totals[0], Unknown);
    assert_eq!(totals[2..], [Exactly(2), AtLeast(1)]);
}

#[test]
fn what_changes_a_list_in_another_way_is_seen() {
    for change in [
        "del keys[0]",
        "keys[0] += 'x'",
        "keys[:] = x",
        "keys, x = x",
        "for keys in x: pass",
        "x.y = keys",
        "f(keys)",
        "keys += x",
    ] {
        let source =
            format!("S = 'return KEYS[1]'\ndef f(r, x):\n    keys = ['a']\n    {change}\n    r.eval(S, 1, *keys)\n");
        check("a.py", &source, &["eval: S 1 1 0+"]);
    }
    for read in ["len(keys)", "x = keys[0]", "if keys[0] == 'a': pass", "print(keys)", "x = [k for k in keys]"] {
        let source =
            format!("S = 'return KEYS[1]'\ndef f(r, x):\n    keys = ['a', 'b']\n    {read}\n    r.eval(S, 1, *keys)\n");
        check("a.py", &source, &["eval: S 1 1 1"]);
    }
    let php =
        "<?php\nfunction f($r) { $keys = ['a', 'b']; unset($keys[0]); $r->eval('return KEYS[1]', 1, ...$keys); }\n";
    check("a.php", php, &["eval: eval 1 1 0+"]);
}
