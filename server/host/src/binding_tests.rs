//! Calls by chains, by definitions of commands and by objects, of each client that has them.

use std::path::Path;

use crate::{HostDocument, Language, site_tests::check};

#[test]
fn builders_of_go() {
    check(
        "a.go",
        "\
const s = `return redis.call('GET', KEYS[1])`
func f(ctx context.Context, keys []string) {
	c.Do(ctx, c.B().Eval().Script(s).Numkeys(1).Key(\"a\").Arg(\"1\", \"2\").Build())
	c.Do(ctx, c.B().Eval().Script(s).Numkeys(2).Key(\"a\").Key(\"b\").Build())
	c.Do(ctx, c.B().EvalRo().Script(s).Numkeys(int64(len(keys))).Key(keys...).Arg(\"1\").Build())
	c.Do(ctx, c.B().Fcall().Function(\"f\").Numkeys(0).Arg(\"1\").Build())
	c.Do(ctx, c.B().Evalsha().Sha1(\"0123456789012345678901234567890123456789\").Numkeys(1).Key(\"a\").Build())
	c.Do(ctx, c.B().Get().Key(\"a\").Build())
}
var two = redis.NewScript(2, `return redis.call('MGET', KEYS[1], KEYS[2])`)
var any = redis.NewScript(-1, `return redis.call('GET', KEYS[1])`)
func g(c redis.Conn) {
	two.Do(c, \"a\", \"b\", 1)
	two.DoContext(ctx, c, \"a\", \"b\")
	any.Do(c, 1, \"a\", 2)
	c.Do(\"GET\", \"a\")
}
",
        &[
            "Eval: s 1 1 2",
            "Eval: s 2 2 0",
            "EvalRo: s count ? ? ro",
            "Fcall: fn f 0 0 1",
            "Evalsha: sha 0123 1 1 0",
            "Do: NewScript 2 2 1",
            "DoContext: NewScript 2 2 0",
            "Do: NewScript-2 1 1 1",
        ],
    );
}

#[test]
fn clients_of_rust() {
    check(
        "a.rs",
        "\
const S: &str = \"return redis.call('GET', KEYS[1])\";
async fn f(all: Vec<String>) {
    let n: i64 = redis::cmd(\"EVAL\").arg(S).arg(1).arg(\"a\").arg(\"b\").query(&mut c)?;
    redis::cmd(\"EVAL\").arg(S).arg(1).arg(\"a\").arg(all).query(&mut c)?;
    let mut cmd = redis::cmd(\"FCALL\").arg(\"f\").arg(0);
    let n: i64 = client.eval(S, vec![\"a\", \"b\"], vec![1]).await?;
    let n: i64 = client.eval(S, \"a\", (1, 2)).await?;
    let n: i64 = client.eval(S, None, all).await?;
    let n: i64 = client.fcall(\"f\", &[\"a\"], ()).await?;
    let script = Script::from_lua(S);
    let n: i64 = script.evalsha(&client, vec![\"a\"], 1).await?;
}
",
        &[
            "cmd: S 1 1 1",
            "cmd: S 1 1 1+",
            "cmd: fn f 0 0 ?",
            "eval: S 2 1",
            "eval: S 1 2",
            "eval: S 0 ?",
            "fcall: fn f 1 0",
            "evalsha: S 1 1",
        ],
    );
}

#[test]
fn commands_of_javascript() {
    check(
        "a.ts",
        "\
const client = createClient({
  scripts: {
    add: defineScript({
      NUMBER_OF_KEYS: 1,
      SCRIPT: `return redis.call('INCRBY', KEYS[1], ARGV[1])`,
      transformArguments(key: string, n: number) { return [key, n.toString()]; },
    }),
    many: defineScript({
      NUMBER_OF_KEYS: 1,
      SCRIPT: `return redis.call('GET', KEYS[1])`,
      parseCommand(parser, key, rest) { parser.pushKey(key); for (const it of rest) parser.push(it); },
    }),
    five: defineScript({
      NUMBER_OF_KEYS: 1,
      SCRIPT: `return redis.call('SET', KEYS[1], ARGV[1])`,
      parseCommand(parser, key, a) { parser.pushKey(key); parser.push(a, '1'); },
    }),
  },
});
await client.add('a', 1);
await client.many('a', []);
await client.five('a', 'b');
set.add(1);
const redis = new Redis({ scripts: { take: { numberOfKeys: 1, lua: `return redis.call('GET', KEYS[1])` }, 'any': { lua: S } } });
await redis.take('a', 1);
const u = await upstash.functions.call('f', ['a'], [1, 2]);
",
        &["add: SCRIPT 1 1", "many: SCRIPT-2 ? ?", "five: SCRIPT-3 1 2", "take: lua 1 1 1", "call: fn f 1 2"],
    );
}

#[test]
fn commands_of_predis() {
    check(
        "a.php",
        "<?php
class Take extends \\Predis\\Command\\ScriptCommand
{
    public function getKeysCount() { return 1; }
    public function getScript() { return \"return redis.call('DECRBY', KEYS[1], ARGV[1])\"; }
}
class Rest extends ScriptCommand
{
    public function getKeysCount() { return -1; }
    public function getScript() { return \"return redis.call('MGET', KEYS[1], KEYS[2])\"; }
}
$client->getCommandFactory()->define('take', Take::class);
$client->getProfile()->defineCommand('rest', 'App\\\\Rest');
$client->take('a', 1);
$client->rest('a', 'b', 1);
$client->function->load(\"#!lua name=x\\nredis.register_function('f', function() return 1 end)\");
",
        &["take: getScript 1 1 1", "rest: getScript-2 2 1"],
    );
}

#[test]
fn clients_of_the_jvm() {
    check(
        "A.java",
        "\
class A {
  static final String S = \"return redis.call('GET', KEYS[1])\";
  void f(String key, String[] keys, List<String> list, RedisScript<Long> script) {
    sync.eval(S, ScriptOutputType.INTEGER, new String[] { \"a\" }, \"1\", \"2\");
    sync.eval(S, ScriptOutputType.INTEGER, \"a\", \"b\");
    sync.eval(S, ScriptOutputType.INTEGER, key);
    sync.eval(S, ScriptOutputType.INTEGER, keys, \"1\");
    sync.eval(S, ScriptOutputType.INTEGER);
    sync.fcall(\"f\", ScriptOutputType.INTEGER, new String[] { \"a\" }, \"1\");
    redisson.getScript().eval(RScript.Mode.READ_WRITE, S, RScript.ReturnType.INTEGER, Collections.singletonList(\"a\"), 1, 2);
    redisson.getScript().eval(RScript.Mode.READ_ONLY, S, RScript.ReturnType.INTEGER);
    redisson.getFunction().call(FunctionMode.READ, \"f\", FunctionResult.LONG, Collections.emptyList());
  }
  DefaultRedisScript<Long> take = new DefaultRedisScript<>(S, Long.class);
  void g(List<String> list) {
    template.execute(take, list, \"1\", \"2\");
    template.execute(take, new StringRedisSerializer(), other, List.of(\"a\"), \"1\", \"2\");
    template.execute(take, keys(), \"1\", \"2\");
  }
}
",
        &[
            "eval: S 1 2",
            "eval: S 2 0",
            "eval: S 1 0",
            "eval: S ? 1",
            "eval: S 0 0",
            "fcall: fn f 1 1",
            "eval: S 1 2",
            "eval: S 0 0",
            "call: fn f 0 0",
            "execute: S ? 2",
            "execute: S 1 2",
            "execute: S ? ?",
        ],
    );
}

#[test]
fn objects_of_stackexchange() {
    let source = "\
class A {
  static readonly LuaScript Take = LuaScript.Prepare(\"return redis.call('SET', @key, @value)\");
  void F(RedisKey key, Item item) {
    db.ScriptEvaluate(Take, new { key, value = 1 });
    Take.Evaluate(db, new { key = (RedisKey)\"a\", item.value });
    db.ScriptEvaluate(Take, other);
    db.ScriptEvaluate(\"return KEYS[1]\", new RedisKey[] { key });
  }
}
";
    check(
        "A.cs",
        source,
        &[
            "ScriptEvaluate: Take ? ?",
            "Evaluate: Take ? ?",
            "ScriptEvaluate: Take ? ?",
            "ScriptEvaluate: ScriptEvaluate 1 0",
        ],
    );
    let language = Language::of_path(Path::new("A.cs")).expect("a language");
    let document = HostDocument::read(language, "A.cs", source.as_bytes());
    let names = |nth: usize| {
        let all = document.calls[nth].properties.as_ref();
        all.map(|all| all.iter().map(|it| it.name.as_str()).collect::<Vec<_>>())
    };
    assert_eq!(names(0), Some(vec!["key", "value"]));
    assert_eq!(names(1), Some(vec!["key", "value"]));
    assert_eq!(names(2), None);
}

#[test]
fn clients_of_python_and_ruby() {
    check(
        "a.py",
        "await client.fcall('f', keys=['a'], arguments=['1'])\nawait client.fcall('f', ['a'], ['1', '2'])\nr.fcall('f', 1, 'a')\n",
        &["fcall: fn f 1 1", "fcall: fn f 1 2", "fcall: fn f 1 1 0"],
    );
    check(
        "a.rb",
        "\
S = \"return redis.call('GET', KEYS[1])\"
Sidekiq.redis { |c| c.call('EVALSHA', '0123456789012345678901234567890123456789', 1, 'a') }
Sidekiq.redis do |conn|
  conn.call('EVAL', S, 1, 'a', 'b')
end
",
        &["call: sha 0123 1 1 0", "call: S 1 1 1"],
    );
}
