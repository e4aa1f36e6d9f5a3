//! Calls of each client, and what is read of them.

use std::path::Path;

use crate::{Given, HostDocument, Language, Runs, Words};

/// The calls of a file: name, what it runs, keys and arguments (`2`, `1+` for at least, `?`), the count that stands there.
#[track_caller]
pub(crate) fn check(file: &str, source: &str, wanted: &[&str]) {
    let language = Language::of_path(Path::new(file)).expect("a language");
    let document = HostDocument::read(language, file, source.as_bytes());
    let shown = |words: &Words| match words.given {
        Given::Exactly(it) => it.to_string(),
        Given::AtLeast(it) => format!("{it}+"),
        Given::Unknown => "?".to_owned(),
    };
    let found: Vec<String> = document
        .calls
        .iter()
        .map(|call| {
            let runs = match &call.runs {
                Runs::Embedded(id) => id.clone(),
                Runs::File { path, .. } => path.clone(),
                Runs::Function { name, .. } => format!("fn {name}"),
                Runs::Sha { digits, .. } => format!("sha {}", &digits[..4]),
                Runs::Name { range } => format!("name {}", &source[range.to_usize()]),
                Runs::Unknown => "?".to_owned(),
            };
            let count = match &call.count {
                Some(count) if count.is_text => " text".to_owned(),
                Some(count) => count.number.map_or(" count".to_owned(), |it| format!(" {it}")),
                None => String::new(),
            };
            let name = &source[call.name.to_usize()];
            let read_only = if call.is_read_only { " ro" } else { "" };
            format!("{name}: {runs}{count} {} {}{read_only}", shown(&call.keys), shown(&call.args))
        })
        .collect();
    assert_eq!(found, wanted, "{source}");
}

#[test]
fn redis_py() {
    let source = "\
r.eval('return KEYS[1]', 1, 'a', 'b')
r.eval('return KEYS[1]', len(k), *k)
r.eval('return KEYS[1]', 2, 'a', *rest)
r.eval_ro('return KEYS[1]', 'a', 1)
S = '''return redis.call('GET', KEYS[1])'''
take = r.register_script(S)
take(keys=['a', 'b'], args=[1])
take(keys, args=[1], client=p)
take()
class A:
    def __init__(self):
        self.take = self.r.register_script(S)
    def f(self):
        return self.take(keys=['a'])
sha = r.script_load(S)
r.evalsha(sha, 1, 'a')
r.evalsha('0123456789012345678901234567890123456789', 0)
r.evalsha(take.sha, 1, 'a')
r.fcall('f', 1, 'a', 'b')
r.execute_command('EVAL', S, 1, 'a')
r.execute_command('FCALL_RO', 'f', 0)
r.eval(open('take.lua').read(), 1, 'a')
NUM = 2
r.eval(S, NUM, 'a', 'b')
df.eval('x > 1')
";
    check(
        "a.py",
        source,
        &[
            "eval: eval 1 1 1",
            "eval: eval-2 count ? 0",
            "eval: eval-3 2 2 0+",
            "eval_ro: eval_ro text ? ? ro",
            "take: S 2 1",
            "take: S ? 1",
            "take: S 0 0",
            "take: S 1 0",
            "evalsha: S 1 1 0",
            "evalsha: sha 0123 0 0 0",
            "evalsha: S 1 1 0",
            "fcall: fn f 1 1 1",
            "execute_command: S 1 1 0",
            "execute_command: fn f 0 0 0 ro",
            "eval: take.lua 1 1 0",
            "eval: S 2 2 0",
        ],
    );
}

#[test]
fn clients_of_javascript() {
    let source = "\
const S = `return redis.call('GET', KEYS[1])`;
await redis.eval(S, 1, 'a', `b${c}`);
await redis.eval(S, 1, key, arg);
await redis.eval(S, 2, ...keys, x);
await client.eval(S, { keys: ['a', 'b'], arguments: [String(1)] });
await client.eval(S, { keys });
await client.eval(S);
await upstash.eval(S, ['a'], [1, 2]);
await upstash.eval(S, [a, ...b], []);
redis.defineCommand('take', { numberOfKeys: 2, lua: S });
redis.take('a', 'b', 3, (e, r) => r);
redis.takeBuffer('a', 'b', 3);
redis.defineCommand('any', { lua: S });
redis.any(1, 'a', 'b');
await redis.evalsha(sha, 1, 'a');
await client.fCall('f', { keys: ['a'], arguments: [] });
await redis.call('EVAL', S, '1', 'a');
eval('1 + 1');
await redis.eval(fs.readFileSync(path.join(__dirname, 'lua/take.lua'), 'utf8'), 1, 'a');
";
    check(
        "a.ts",
        source,
        &[
            "eval: S 1 1 1",
            "eval: S 1 1 1+",
            "eval: S 2 2 0+",
            "eval: S 2 1",
            "eval: S ? 0",
            "eval: S 0 0",
            "eval: S 1 2",
            "eval: S 1+ 0",
            "take: S 2 2 1",
            "takeBuffer: S 2 2 1",
            "any: S 1 1 1",
            "evalsha: ? 1 1 0",
            "fCall: fn f 1 0",
            "call: S 1 1 0",
            "eval: lua/take.lua 1 1 0",
        ],
    );
}

#[test]
fn clients_of_go() {
    let source = "\
var take = redis.NewScript(`return KEYS[1]`)
func f(ctx context.Context, key string, keys []string) {
	take.Run(ctx, rdb, []string{key, \"b\"}, 1, \"x\")
	take.Run(ctx, rdb, keys, args...)
	take.RunRO(ctx, rdb, nil)
	take.Run(ctx, rdb, []string{key}, now)
	rdb.Eval(ctx, `return KEYS[1]`, []string{key}, 1, 2)
	rdb.EvalSha(ctx, sha, []string{}, 1, 2)
	rdb.FCall(ctx, \"f\", []string{key}, 1, 2)
	conn.Do(\"EVAL\", `return KEYS[1]`, 1, key)
	lua.Exec(ctx, c, []string{key}, []string{\"1\"})
}
var lua = rueidis.NewLuaScript(`return ARGV[1]`)
";
    check(
        "a.go",
        source,
        &[
            "Run: take 2 2",
            "Run: take ? 0+",
            "RunRO: take 0 0 ro",
            "Run: take 1 ?",
            "Eval: Eval 1 2",
            "EvalSha: ? 0 2",
            "FCall: fn f 1 2",
            "Do: EVAL 1 1 0",
            "Exec: lua 1 1",
        ],
    );
}

#[test]
fn clients_of_the_jvm() {
    let source = "\
class A {
  static final String S = \"return KEYS[1]\";
  RedisScript<Long> script = RedisScript.of(S, Long.class);
  void f() {
    jedis.eval(S, 1, \"a\", \"b\");
    jedis.eval(S, Arrays.asList(\"a\", \"b\"), Collections.singletonList(\"c\"));
    jedis.eval(S, List.of(\"a\"), args);
    jedis.eval(S);
    template.execute(script, Collections.singletonList(key), \"1\", \"2\");
    template.execute(script, keys, values.toArray());
    jedis.fcall(\"f\", List.of(\"a\"), List.of());
  }
}
";
    check(
        "A.java",
        source,
        &[
            "eval: S 1 1 1",
            "eval: S 2 1",
            "eval: S 1 ?",
            "eval: S 0 0",
            "execute: S 1 2",
            "execute: S ? ?",
            "fcall: fn f 1 0",
        ],
    );
    check(
        "a.kt",
        "val s = \"return KEYS[1]\"\nfun f() { jedis.eval(s, listOf(\"a\"), listOf(\"1\", \"2\")) }",
        &["eval: s 1 2"],
    );
}

#[test]
fn other_clients() {
    let ruby = "S = 'return KEYS[1]'\nr.eval(S, keys: ['a'], argv: [1, 2])\nr.eval(S, ['a'], [1])\nr.eval(S)\nc.call('EVAL', S, 1, 'a')\n";
    check("a.rb", ruby, &["eval: S 1 2", "eval: S 1 1", "eval: S 0 0", "call: S 1 1 0"]);
    let php = "<?php\n$s = 'return KEYS[1]';\n$r->eval($s, 1, 'a', 'b');\n$r->eval($s, ['a', 'b'], 1);\n$r->eval($s);\n$r->eval($s, [$a, ...$b], 1);\n";
    check("a.php", php, &["eval: s 1 1 1", "eval: s 1 1 1", "eval: s 0 0 0", "eval: s 1 1 0+"]);
    let rust = "fn f() { let s = Script::new(\"return KEYS[1]\"); s.key(\"a\").arg(1).arg(2).invoke(&mut c)?; let n: i64 = Script::new(\"return KEYS[1]\").key(k).invoke(&mut c)?; }";
    check("a.rs", rust, &["invoke: s 1 2", "invoke: n 1+ 0"]);
    let csharp = "class A { void F() { db.ScriptEvaluate(\"return KEYS[1]\", new RedisKey[] { \"a\", k }, new RedisValue[] { 1 }); db.ScriptEvaluate(\"return 1\"); } }";
    check("A.cs", csharp, &["ScriptEvaluate: ScriptEvaluate 2 1", "ScriptEvaluate: ScriptEvaluate-2 0 0"]);
    let lua = "local redis = require 'resty.redis'\nlocal s = [[return redis.call('GET', KEYS[1])]]\nred:eval(s, 1, 'a', 'b')\n";
    let document = HostDocument::read(Language::of_lua(lua.as_bytes()).expect("Lua"), "a.lua", lua.as_bytes());
    assert_eq!(document.calls.len(), 1, "{:?}", document.calls);
    let shell = "redis-cli EVAL 'return KEYS[1]' 1 a b\nredis-cli -h x --eval take.lua a b , 1 2 3\nredis-cli EVAL \"return KEYS[1]\" 1 $@\nredis-cli --eval take.lua a\n";
    check(
        "a.sh",
        shell,
        &[
            "redis-cli: redis-cli 1 1 1",
            "redis-cli: take.lua 2 3",
            "redis-cli: redis-cli-2 1 1 ?",
            "redis-cli: take.lua 1 0",
        ],
    );
    check("a.redis", "EVAL \"return KEYS[1]\" 1 a b\nfcall f 0 1\n", &["EVAL: EVAL 1 1 1", "fcall: fn f 0 0 1"]);
}
