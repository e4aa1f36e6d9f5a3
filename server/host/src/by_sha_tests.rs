//! Calls that are to send a script's SHA1.

use std::path::Path;

use crate::{HostDocument, Language, edit::apply};

/// The program whose first call that can sends the SHA1; none if there is none.
fn sent(file: &str, source: &str) -> Option<String> {
    let language = Language::of_path(Path::new(file)).expect("a language");
    let document = HostDocument::read(language, file, source.as_bytes());
    let edits = (0..document.calls.len()).find_map(|nth| document.send_sha(file, source.as_bytes(), nth))?;
    let text = apply(source.as_bytes(), edits.iter().map(|(range, text)| (*range, text.as_str())))?;
    String::from_utf8(text).ok()
}

#[track_caller]
fn check(file: &str, source: &str, wanted: &str) {
    assert_eq!(sent(file, source).as_deref(), Some(wanted));
}

#[test]
fn clients_have_their_ways() {
    check(
        "a.py",
        "import redis\nS = 'return KEYS[1]'\nx = await self.r.eval(S, 2, a, f(b), 3)\n",
        "import redis\nS = 'return KEYS[1]'\nx = await self.r.register_script(S)(keys=[a, f(b)], args=[3])\n",
    );
    check(
        "a.py",
        "import redis\nx = r.eval('return redis.call(\"PING\")', 0)\n",
        "import redis\nx = r.register_script('return redis.call(\"PING\")')()\n",
    );
    check(
        "a.go",
        "package a\n\nimport \"github.com/redis/go-redis/v9\"\n\nfunc f() { rdb.Eval(ctx, `return KEYS[1]`, []string{\"a\"}, 1, 2) }\n",
        "package a\n\nimport \"github.com/redis/go-redis/v9\"\n\nfunc f() { redis.NewScript(`return KEYS[1]`).Run(ctx, rdb, []string{\"a\"}, 1, 2) }\n",
    );
    check(
        "a.go",
        "package a\n\nimport \"github.com/gomodule/redigo/redis\"\n\nfunc f() { conn.Do(\"EVAL\", `return KEYS[1]`, 1, \"a\", 2) }\n",
        "package a\n\nimport \"github.com/gomodule/redigo/redis\"\n\nfunc f() { redis.NewScript(1, `return KEYS[1]`).Do(conn, \"a\", 2) }\n",
    );
    check(
        "a.js",
        "const Redis = require('ioredis');\nconst TAKE_SCRIPT = 'return KEYS[1]';\nconst redis = new Redis();\nfunction f(k) { return redis.eval(TAKE_SCRIPT, 1, `x:${k}`, 1); }\n",
        "const Redis = require('ioredis');\nconst TAKE_SCRIPT = 'return KEYS[1]';\nconst redis = new Redis();\nredis.defineCommand(\"take\", { numberOfKeys: 1, lua: TAKE_SCRIPT });\nfunction f(k) { return redis.take(`x:${k}`, 1); }\n",
    );
    check(
        "a.ts",
        "import { Redis } from '@upstash/redis';\nawait redis.eval('return KEYS[1]', ['a'], []);\n",
        "import { Redis } from '@upstash/redis';\nawait redis.createScript('return KEYS[1]').exec(['a'], []);\n",
    );
}

#[test]
fn parts_that_are_empty_go() {
    for (given, wanted) in
        [("0", "()"), ("0, 1", "(args=[1])"), ("1, a", "(keys=[a])"), ("1, a, 1", "(keys=[a], args=[1])")]
    {
        let source = format!("import redis\nS = 'return 1'\nx = r.eval(S, {given})\n");
        check("a.py", &source, &format!("import redis\nS = 'return 1'\nx = r.register_script(S){wanted}\n"));
    }
}

#[test]
fn others_have_none() {
    assert_eq!(sent("a.py", "import redis\nx = r.eval('return KEYS[1]', 1, *keys)\n"), None);
    assert_eq!(sent("A.java", "class A { void f() { jedis.eval(\"return KEYS[1]\", 1, \"a\"); } }"), None);
    let other_client = "const S = 'return KEYS[1]';\nfunction f(redis) { return redis.eval(S, 1, 'a'); }\n";
    assert_eq!(sent("a.js", &format!("const Redis = require('ioredis');\n{other_client}")), None);
}

#[test]
fn objects_of_redigo_count_their_keys() {
    let source = "package a\n\nvar s = redis.NewScript(2, `return KEYS[1]`)\nvar t = redis.NewScript(-1, `return KEYS[1]`)\n\nfunc f() { s.Do(c, \"a\", \"b\", 1); t.Do(c, 1, \"a\", 1, 2); s.Do(c, redis.Args{}.Add(x)...) }\n";
    let document = HostDocument::read(Language::of_path(Path::new("a.go")).expect("Go"), "a.go", source.as_bytes());
    let given: Vec<_> = document.calls.iter().map(|it| (it.keys.given, it.args.given)).collect();
    let exactly = crate::Given::Exactly;
    assert_eq!(given[..2], [(exactly(2), exactly(1)), (exactly(1), exactly(2))]);
    assert!(!matches!(given[2].1, crate::Given::Exactly(_)), "{:?}", given[2]);
}
