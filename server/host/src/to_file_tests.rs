//! Scripts that are moved to files.

use std::path::Path;

use crate::{HostDocument, Language, Move, edit::apply};

/// The program after its first script has moved to `take.lua`, or the reason for which it stays.
fn moved(file: &str, source: &str, is_module: bool) -> String {
    let language = Language::of_path(Path::new(file)).expect("a language");
    let document = HostDocument::read(language, file, source.as_bytes());
    let id = document.embedded.first().map(|it| it.id.clone()).expect("a script");
    let to = Move { program: file, file: "take.lua", is_module };
    match document.move_to_file(source.as_bytes(), &id, to) {
        Ok(edits) => {
            let edits = edits.iter().map(|(range, text)| (*range, text.as_str()));
            String::from_utf8(apply(source.as_bytes(), edits).expect("edits")).expect("UTF-8")
        }
        Err(reason) => format!("no: {reason}"),
    }
}

#[track_caller]
fn check(file: &str, source: &str, wanted: &str) {
    assert_eq!(moved(file, source, false), wanted);
}

#[test]
fn python() {
    check(
        "app.py",
        "\"\"\"Docs.\"\"\"\nfrom __future__ import annotations\n\nimport redis\n\nTAKE = \"\"\"\nreturn redis.call('DECR', KEYS[1])\n\"\"\"\nr.eval(TAKE, 1, 'a')\n",
        "\"\"\"Docs.\"\"\"\nfrom __future__ import annotations\n\nfrom pathlib import Path\nimport redis\n\nTAKE = Path(__file__).with_name(\"take.lua\").read_text()\nr.eval(TAKE, 1, 'a')\n",
    );
    check(
        "app.py",
        "#!/usr/bin/env python\n# coding: utf-8\n\n# The app.\nfrom pathlib import Path\nr.eval(b\"return redis.call('GET', KEYS[1])\", 1, 'a')\n",
        "#!/usr/bin/env python\n# coding: utf-8\n\n# The app.\nfrom pathlib import Path\nr.eval(Path(__file__).with_name(\"take.lua\").read_bytes(), 1, 'a')\n",
    );
    check(
        "app.py",
        "#!/usr/bin/env python\ndef f(r):\n    s = textwrap.dedent('''\\\n        return redis.call('GET', KEYS[1])\n    ''').strip()\n    return r.eval(s, 1, 'a')\n",
        "#!/usr/bin/env python\nfrom pathlib import Path\ndef f(r):\n    s = Path(__file__).with_name(\"take.lua\").read_text()\n    return r.eval(s, 1, 'a')\n",
    );
    check(
        "app.py",
        "def f(r, k):\n    return r.eval(f\"return redis.call('GET', '{k}')\", 0)\n",
        "no: the program pastes values into this script",
    );
}

#[test]
fn javascript() {
    let source = "'use strict';\nconst Redis = require('ioredis');\nconst S = `return redis.call('GET', KEYS[1])`;\nredis.eval(S, 1, 'a');\n";
    check(
        "a.js",
        source,
        "'use strict';\nconst { readFileSync } = require(\"node:fs\");\nconst Redis = require('ioredis');\nconst S = readFileSync(__dirname + \"/take.lua\", \"utf8\");\nredis.eval(S, 1, 'a');\n",
    );
    let source = "import Redis from 'ioredis';\nredis.defineCommand('take', { numberOfKeys: 1, lua: `return redis.call('GET', KEYS[1])` });\nredis.take('a');\n";
    check(
        "a.ts",
        source,
        "import { readFileSync } from \"node:fs\";\nimport Redis from 'ioredis';\nredis.defineCommand('take', { numberOfKeys: 1, lua: readFileSync(__dirname + \"/take.lua\", \"utf8\") });\nredis.take('a');\n",
    );
    assert_eq!(
        moved("a.ts", source, true),
        "import { readFileSync } from \"node:fs\";\nimport Redis from 'ioredis';\nredis.defineCommand('take', { numberOfKeys: 1, lua: readFileSync(new URL(\"./take.lua\", import.meta.url), \"utf8\") });\nredis.take('a');\n",
    );
}

#[test]
fn go() {
    check(
        "a.go",
        "package a\n\nimport (\n\t\"context\"\n)\n\n// Takes one.\nvar take = redis.NewScript(`\nreturn redis.call('DECR', KEYS[1])\n`)\n\nfunc f() { take.Run(ctx, rdb, []string{\"a\"}) }\n",
        "package a\n\nimport (\n\t_ \"embed\"\n\t\"context\"\n)\n\n//go:embed take.lua\nvar takeLua string\n\n// Takes one.\nvar take = redis.NewScript(takeLua)\n\nfunc f() { take.Run(ctx, rdb, []string{\"a\"}) }\n",
    );
    check(
        "a.go",
        "package a\n\nimport \"context\"\n\nconst take = `return redis.call('DECR', KEYS[1])`\n\nfunc f() { rdb.Eval(ctx, take, []string{\"a\"}) }\n",
        "package a\n\nimport _ \"embed\"\nimport \"context\"\n\n//go:embed take.lua\nvar take string\n\nfunc f() { rdb.Eval(ctx, take, []string{\"a\"}) }\n",
    );
    check(
        "a.go",
        "package a\n\nconst (\n\tn = 1\n\ttake = `return redis.call('DECR', KEYS[1])`\n)\n\nfunc f() { rdb.Eval(ctx, take, []string{\"a\"}) }\n",
        "package a\n\nimport _ \"embed\"\n\n//go:embed take.lua\nvar take string\n\nconst (\n\tn = 1\n)\n\nfunc f() { rdb.Eval(ctx, take, []string{\"a\"}) }\n",
    );
    check(
        "a.go",
        "package a\n\nimport \"context\"\n\nfunc f() {\n\trdb.Eval(ctx, `return redis.call('DECR', KEYS[1])`, []string{\"a\"})\n}\n",
        "package a\n\nimport _ \"embed\"\nimport \"context\"\n\n//go:embed take.lua\nvar evalLua string\n\nfunc f() {\n\trdb.Eval(ctx, evalLua, []string{\"a\"})\n}\n",
    );
}

#[test]
fn others() {
    check(
        "a.rb",
        "S = <<~LUA.strip\n  return redis.call('GET', KEYS[1])\nLUA\nr.eval(S, keys: ['a'])\n",
        "S = File.read(File.join(__dir__, \"take.lua\"))\nr.eval(S, keys: ['a'])\n",
    );
    check(
        "a.php",
        "<?php\n$s = <<<LUA\nreturn redis.call('GET', KEYS[1])\nLUA;\n$r->eval($s, 1, 'a');\n",
        "<?php\n$s = file_get_contents(__DIR__ . '/take.lua');\n$r->eval($s, 1, 'a');\n",
    );
    check(
        "a.php",
        "<?php\nclass A {\n    const S = \"return redis.call('GET', KEYS[1])\";\n    function f($r) { return $r->eval(self::S, 1, 'a'); }\n}\n",
        "no: PHP calls no function in the value of a constant or property",
    );
    check(
        "App.java",
        "class App {\n  static final String S = \"return redis.call('GET', KEYS[1])\";\n  void f() { jedis.eval(S, 1, \"a\"); }\n}\n",
        "class App {\n  static final String S = new java.util.Scanner(App.class.getResourceAsStream(\"/take.lua\"), \"UTF-8\").useDelimiter(\"\\\\A\").next();\n  void f() { jedis.eval(S, 1, \"a\"); }\n}\n",
    );
    check(
        "a.kt",
        "private const val S = \"\"\"return redis.call('GET', KEYS[1])\"\"\"\nfun f() { jedis.eval(S, listOf(\"a\"), listOf()) }\n",
        "private val S = object {}.javaClass.getResource(\"/take.lua\")!!.readText()\nfun f() { jedis.eval(S, listOf(\"a\"), listOf()) }\n",
    );
    check(
        "a.rs",
        "fn f() { Script::new(r#\"return redis.call('GET', KEYS[1])\"#).key(\"a\").invoke(&mut c)?; }",
        "fn f() { Script::new(include_str!(\"take.lua\")).key(\"a\").invoke(&mut c)?; }",
    );
    check(
        "a.sh",
        "S='return redis.call(\"GET\", KEYS[1])'\nredis-cli EVAL \"$S\" 1 a\n",
        "S=\"$(cat \"$(dirname \"$0\")/take.lua\")\"\nredis-cli EVAL \"$S\" 1 a\n",
    );
    check(
        "A.cs",
        "class A { void F() { db.ScriptEvaluate(\"return redis.call('GET', KEYS[1])\"); } }",
        "no: C# has no one way to load a file beside the program",
    );
}
