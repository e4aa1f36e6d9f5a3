//! Values that are passed instead of pasted.

use std::path::Path;

use crate::{HostDocument, Language, Passing};

/// The program with all values of its first script passed: as keys where the string has a colon, as numbers behind an operator.
fn passed(file: &str, source: &str) -> String {
    let language = Language::of_path(Path::new(file)).expect("a language");
    let document = HostDocument::read(language, file, source.as_bytes());
    let script = document.embedded.first().expect("a script");
    let passing = |value: &crate::Pasted| {
        let place = script.around_value(value);
        let text = String::from_utf8_lossy(place.slice(&script.text)).into_owned();
        let before = script.text[..place.start as usize].trim_ascii_end().last().copied();
        Passing { place, is_key: text.contains(':'), is_number: matches!(before, Some(b'>' | b'<')) }
    };
    let passings: Vec<Passing> = script.values.iter().map(passing).collect();
    match document.pass_values(file, source.as_bytes(), &script.id, 0, &passings) {
        Ok(text) => String::from_utf8(text).expect("UTF-8"),
        Err(reason) => format!("no: {reason}"),
    }
}

#[track_caller]
fn check(file: &str, source: &str, wanted: &str) {
    assert_eq!(passed(file, source), wanted);
}

#[test]
fn python() {
    check(
        "a.py",
        "def f(r, user, n):\n    return r.eval(f\"return redis.call('INCRBY', 'user:{user}:n', {n})\", 0)\n",
        "def f(r, user, n):\n    return r.eval(\"return redis.call('INCRBY', KEYS[1], ARGV[1])\", 1, f\"user:{user}:n\", n)\n",
    );
    check(
        "a.py",
        "def f(r, k, v):\n    s = \"if redis.call('GET', KEYS[1]) == '%s' then return {} end return '%s%%'\" % (v, v)\n    return r.eval(s, 1, k, 'x')\n",
        "def f(r, k, v):\n    s = \"if redis.call('GET', KEYS[1]) == ARGV[2] then return {} end return ARGV[3]\"\n    return r.eval(s, 1, k, 'x', v, f\"{v}%\")\n",
    );
    check(
        "a.py",
        "def f(r, k):\n    s = r.register_script(\"return redis.call('GET', '\" + k + \"')\")\n    return s(keys=[])\n",
        "def f(r, k):\n    s = r.register_script(\"return redis.call('GET', ARGV[1])\")\n    return s(keys=[], args=[k])\n",
    );
    check(
        "a.py",
        "def f(r, n):\n    return r.eval(f\"local t = {{}} if #t > {n} then return 1 end return redis.call('GET', KEYS[1])\", 1, 'a')\n",
        "def f(r, n):\n    return r.eval(f\"local t = {{}} if #t > tonumber(ARGV[1]) then return 1 end return redis.call('GET', KEYS[1])\", 1, 'a', n)\n",
    );
    check(
        "a.py",
        "def f(r, n):\n    return r.eval(f\"return redis.call('SET', KEYS[1], '{n:05d}')\", 1, 'a')\n",
        "def f(r, n):\n    return r.eval(\"return redis.call('SET', KEYS[1], ARGV[1])\", 1, 'a', f\"{n:05d}\")\n",
    );
    check(
        "a.py",
        "def f(r, n, more):\n    return r.eval(f\"return redis.call('SET', KEYS[1], '{n}')\", 1, *more)\n",
        "no: the keys and arguments of the call are not all known here",
    );
    check(
        "a.py",
        "def f(r, k, v):\n    s = \"return redis.call('SET', KEYS[1], '{v}')\".format(v=v)\n    return r.eval(s, 1, k)\n",
        "def f(r, k, v):\n    s = \"return redis.call('SET', KEYS[1], ARGV[1])\"\n    return r.eval(s, 1, k, v)\n",
    );
}

#[test]
fn javascript() {
    check(
        "a.js",
        "function f(id, n) { return redis.eval(`return redis.call('INCRBY', 'user:${id}', ${n})`, 0); }",
        "function f(id, n) { return redis.eval(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, 1, `user:${id}`, n); }",
    );
    check(
        "a.js",
        "function f(id, n) { return client.eval('return redis.call(\"INCRBY\", KEYS[1], ' + n + ')', { keys: ['a'] }); }",
        "function f(id, n) { return client.eval('return redis.call(\"INCRBY\", KEYS[1], ARGV[1])', { keys: ['a'], arguments: [String(n)] }); }",
    );
    check(
        "a.js",
        "function f(n) { return redis.eval(`return redis.call('GET', KEYS[1]) + ${n}`, ['a'], []); }",
        "function f(n) { return redis.eval(`return redis.call('GET', KEYS[1]) + ARGV[1]`, ['a'], [String(n)]); }",
    );
}

#[test]
fn others() {
    check(
        "a.go",
        "package a\n\nimport (\n\t\"context\"\n\t\"fmt\"\n)\n\nfunc f(n int) {\n\trdb.Eval(ctx, fmt.Sprintf(`return redis.call('INCRBY', KEYS[1], %d)`, n), []string{\"a\"})\n}\n",
        "package a\n\nimport (\n\t\"context\"\n)\n\nfunc f(n int) {\n\trdb.Eval(ctx, `return redis.call('INCRBY', KEYS[1], ARGV[1])`, []string{\"a\"}, n)\n}\n",
    );
    check(
        "a.go",
        "package a\n\nfunc f(id string) {\n\trdb.Eval(ctx, \"return redis.call('GET', 'user:\" + id + \"')\", nil)\n}\n",
        "package a\n\nfunc f(id string) {\n\trdb.Eval(ctx, \"return redis.call('GET', KEYS[1])\", []string{\"user:\" + id})\n}\n",
    );
    check(
        "A.java",
        "class A { void f(long n) { jedis.eval(\"return redis.call('INCRBY', KEYS[1], \" + n + \")\", Collections.singletonList(\"a\"), Collections.emptyList()); } }",
        "class A { void f(long n) { jedis.eval(\"return redis.call('INCRBY', KEYS[1], ARGV[1])\", Collections.singletonList(\"a\"), java.util.Arrays.asList(String.valueOf(n))); } }",
    );
    check(
        "a.kt",
        "fun f(id: String) { jedis.eval(\"return redis.call('GET', 'user:$id')\", listOf(), listOf()) }",
        "fun f(id: String) { jedis.eval(\"return redis.call('GET', KEYS[1])\", listOf(\"user:${id}\"), listOf()) }",
    );
    check(
        "a.rb",
        "def f(r, id)\n  r.eval(\"return redis.call('GET', 'user:#{id}')\", keys: [])\nend\n",
        "def f(r, id)\n  r.eval(\"return redis.call('GET', KEYS[1])\", keys: [\"user:#{id}\"])\nend\n",
    );
    check(
        "a.php",
        "<?php\nfunction f($r, $id) { return $r->eval(\"return redis.call('GET', 'user:$id')\", 0); }\n",
        "<?php\nfunction f($r, $id) { return $r->eval(\"return redis.call('GET', KEYS[1])\", 1, 'user:' . $id); }\n",
    );
    check(
        "a.rs",
        "fn f(n: i64) { Script::new(&format!(\"return redis.call('INCRBY', KEYS[1], {})\", n)).key(\"a\").invoke(&mut c)?; }",
        "fn f(n: i64) { Script::new(\"return redis.call('INCRBY', KEYS[1], ARGV[1])\").key(\"a\").arg(n).invoke(&mut c)?; }",
    );
    check(
        "A.cs",
        "class A { void F(int n) { db.ScriptEvaluate($\"return redis.call('INCRBY', KEYS[1], {n})\", new RedisKey[] { \"a\" }); } }",
        "class A { void F(int n) { db.ScriptEvaluate(\"return redis.call('INCRBY', KEYS[1], ARGV[1])\", new RedisKey[] { \"a\" }, new RedisValue[] { n }); } }",
    );
    check(
        "a.sh",
        "f() {\n  redis-cli EVAL \"return redis.call('GET', 'user:$1')\" 0\n}\n",
        "f() {\n  redis-cli EVAL \"return redis.call('GET', KEYS[1])\" 1 \"user:$1\"\n}\n",
    );
}
