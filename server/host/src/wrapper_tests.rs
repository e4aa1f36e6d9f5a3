//! Functions that pass their parameters on to a call of a script, and calls of them.

use crate::site_tests::check;

#[test]
fn wrappers_of_python() {
    check(
        "a.py",
        "\
S = \"return redis.call('GET', KEYS[1])\"
take = r.register_script(S)
def run(script, keys, args=()):
    return r.eval(script, len(keys), *keys, *args)
class A:
    def call(self, script, *args, keys=None):
        return script(keys=keys, args=args)
    def fixed(self, keys, *args):
        return take(keys=keys, args=args)
    def both(self, script, numkeys, *rest):
        try:
            return self.r.evalsha(script.sha, numkeys, *rest)
        except NoScriptError:
            return self.r.eval(script, numkeys, *rest)
    def f(self):
        run(S, ['a'], [1, 2])
        run(S, args=[1], keys=['a', 'b'])
        run(S, ['a'])
        run(S, keys)
        run(other, ['a'])
        self.call(take, 1, 2, keys=['a'])
        self.fixed(['a'], 1)
        self.both(S, 1, 'a', 'b')
        x.run(S, ['a'])
def changed(script, keys):
    keys.append('x')
    script = script.replace('a', 'b')
    return r.eval(script, len(keys), *keys)
changed(S, ['a'])
def appended(script, keys):
    keys.append('x')
    return r.eval(script, len(keys), *keys)
appended(S, ['a'])
def twice(script, keys):
    r.eval(script, 1, *keys)
    r.eval(script, 2, *keys)
twice(S, ['a'])
def elsewhere(script, *args):
    if x:
        return script(args=args)
    return retry(script, 1, args)
elsewhere(take, 1)
",
        &[
            "take: S ? ?",
            "evalsha: ? count ? ?",
            "run: S 1 2",
            "run: S 2 1",
            "run: S 1 0",
            "run: S ? 0",
            "call: S 1 2",
            "fixed: S 1 1",
            "both: S 1 1 1",
            "eval: name script count ? 0",
            "appended: S ? 0",
            "twice: S ? ?",
            "elsewhere: S ? ?",
        ],
    );
}

#[test]
fn wrappers_of_javascript() {
    check(
        "a.ts",
        "\
const S = `return redis.call('GET', KEYS[1])`;
async function run(script: string, keys: string[], args: (string | number)[] = []): Promise<any> {
  return redis.eval(script, keys.length, ...keys, ...args);
}
const node = async (script: string, keys: string[], ...rest: string[]): Promise<void> => {
  return client.eval(script, { keys, arguments: rest });
};
class A {
  async evaluate(sha: string, script: string, keys: string[], args: string[]) {
    try {
      return await this.redis.evalsha(sha, keys, args);
    } catch (e) {
      return await this.redis.eval(script, keys, args.map(String));
    }
  }
  private one(script: string, key: string, value: any) {
    return this.redis.eval(script, 1, key, value);
  }
  async f(all: string[]) {
    await run(S, ['a']);
    await run(S, ['a', 'b'], [1, 2]);
    await run(S, all, [1, 2]);
    await node(S, ['a'], 'x', 'y');
    await node(S, ['a'], ...all);
    await this.evaluate(sha, S, ['a'], ['b']);
    await this.one(S, 'a', `b${c}`);
    await this.one(S, 'a', b);
    const run = other;
    await run(S, ['a']);
  }
}
",
        &[
            "evalsha: ? ? ?",
            "run: S 1 0",
            "run: S 2 2",
            "run: S ? 2",
            "node: S 1 2",
            "node: S 1 ?",
            "evaluate: S 1 1",
            "one: S 1 1",
            "one: S 1 1+",
        ],
    );
}

#[test]
fn wrappers_of_go() {
    check(
        "a.go",
        "\
var take = redis.NewScript(`return KEYS[1]`)
func (r *RDB) runScript(ctx context.Context, op errors.Op, script *redis.Script, keys []string, args ...interface{}) error {
	if err := script.Run(ctx, r.client, keys, args...).Err(); err != nil {
		return errors.E(op, err)
	}
	return nil
}
func run(ctx context.Context, lua string, key string, n int) { rdb.Eval(ctx, lua, []string{key}, n) }
func (r *RDB) f(ctx context.Context, id string, all []string) {
	keys := []string{id, \"b\"}
	argv := []interface{}{1, 2, 3}
	r.runScript(ctx, op, take, keys, argv...)
	r.runScript(ctx, op, take, []string{id})
	r.runScript(ctx, op, take, []string{id}, 1, id)
	r.runScript(ctx, op, take, all, all...)
	run(ctx, `return redis.call('GET', KEYS[1])`, id, 1)
}
",
        &[
            "runScript: take 2 3",
            "runScript: take 1 0",
            "runScript: take 1 2",
            "runScript: take ? ?",
            "run: script 1 1",
        ],
    );
}

#[test]
fn wrappers_of_others() {
    check(
        "A.java",
        "\
class A {
  static final String S = \"return redis.call('GET', KEYS[1])\";
  private Object run(String script, List<String> keys, String... args) {
    return jedis.eval(script, keys, Arrays.asList(args));
  }
  Object one(RedisScript<Long> script, String key, Object... args) {
    return template.execute(script, Collections.singletonList(key), args);
  }
  void f(String k, List<String> all) {
    run(S, List.of(k), \"1\", \"2\");
    run(S, all, \"1\", \"2\");
    this.run(S, List.of(k, \"b\"));
    one(RedisScript.of(S), k, \"1\", \"2\");
  }
}
",
        &["run: S 1 2", "run: S ? 2", "run: S 2 0", "one: S 1 2"],
    );
    check(
        "a.rb",
        "\
S = 'return KEYS[1]'
def run(script, keys: [], argv: [])
  redis.eval(script, keys, argv)
end
def all(script, keys, *args)
  redis.call('EVAL', script, keys.size, *keys, *args)
end
run(S, keys: ['a'], argv: [1, 2])
run(S, keys: ['a'])
all(S, ['a'], 1, 2)
",
        &["call: ? count ? ?", "run: S 1 2", "run: S 1 0", "all: S 1 2"],
    );
    check(
        "a.php",
        "<?php
class A {
    const S = \"return redis.call('GET', KEYS[1])\";
    private function run(string $script, array $keys, array $args = []) {
        return $this->redis->eval($script, array_merge($keys, $args), count($keys));
    }
    public function f($x) {
        $this->run(self::S, ['a', $x], [1]);
        $this->run(self::S, ['a']);
        $this->run(self::S, $x);
    }
}
",
        &["run: S 2 1", "run: S 1 0", "run: S ? 0"],
    );
}
