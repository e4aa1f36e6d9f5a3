//! Whole files, and what is found in them.

use std::path::Path;

use super::*;

/// The scripts of a file: their ids and texts.
fn scripts(file: &str, source: &str) -> Vec<(String, String)> {
    let language = Language::of_path(Path::new(file)).unwrap_or_else(|| panic!("no language for {file}"));
    let document = HostDocument::read(language, file, source.as_bytes());
    document.embedded.iter().map(|it| (it.id.clone(), String::from_utf8_lossy(&it.text).into_owned())).collect()
}

fn of(all: &[(String, String)]) -> Vec<(&str, &str)> {
    all.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect()
}

#[test]
fn python_by_call() {
    let found = scripts("app.py", "import redis\nr = redis.Redis()\nprint(r.eval(\"return 10\", 0))\n");
    assert_eq!(of(&found), [("eval", "return 10")]);
}

#[test]
fn python_by_name() {
    let source = "LUA = '''\nreturn 1\n'''\nother = 'x'\nr.register_script(LUA)\nr.eval(other, 0)\n";
    assert_eq!(of(&scripts("app.py", source)), [("LUA", "\nreturn 1\n")]);
}

#[test]
fn an_argument_of_a_call_is_no_value_of_its_name() {
    let source = "code = re.sub(r'A_4.*?/A_4', '', code)\nr.register_script(code)\n";
    assert_eq!(of(&scripts("app.py", source)), []);
}

#[test]
fn a_colon_on_another_line_gives_no_name() {
    let source =
        "switch (x) {\n  case FIRST:\n    script = 'return KEYS[1]';\n}\nconst TYPED: string = 'return KEYS[2]';\n";
    let found = scripts("a.ts", source);
    assert_eq!(of(&found), [("script", "return KEYS[1]"), ("TYPED", "return KEYS[2]")]);
    let lua = "local red = redis:new()\nlocal LIMIT = [[return KEYS[1] ]]\nrequire('x') red:eval(LIMIT, 1)\n";
    let language = Language::of_file(Path::new("a.lua"), lua.as_bytes()).expect("a program of OpenResty");
    let document = HostDocument::read(language, "a.lua", lua.as_bytes());
    assert_eq!(document.embedded[0].id, "LIMIT");
}

#[test]
fn python_by_content() {
    let source = "\"\"\"Calls redis.call('GET', KEYS[1]) for you.\"\"\"\nSCRIPT: str = (\n    \"local v = redis.call('GET', KEYS[1])\\n\"\n    'return v'\n)\n";
    assert_eq!(of(&scripts("app.py", source)), [("SCRIPT", "local v = redis.call('GET', KEYS[1])\nreturn v")]);
}

#[test]
fn python_dedent_and_holes() {
    let source = "def f(ttl):\n    s = dedent(f\"\"\"\n        redis.call('SET', KEYS[1], 'a{ttl}b')\n        return {ttl} + 1\n    \"\"\")\n";
    let found = scripts("app.py", source);
    assert_eq!(of(&found), [("s", "\nredis.call('SET', KEYS[1], ('a'..__hole_1..'b'))\nreturn __hole_2 + 1\n")]);
}

#[test]
fn python_included_constants() {
    let source = "PRE = \"local n = 1\\n\"\nMAIN = PRE + \"return redis.call('GET', KEYS[n])\"\nr.eval(MAIN, 1, 'k')\n";
    let found = scripts("app.py", source);
    assert_eq!(of(&found)[0], ("PRE", "local n = 1\n"));
    assert_eq!(of(&found)[1].0, "MAIN");
}

#[test]
fn edits_go_out_and_come_back() {
    let source = "S = dedent(\"\"\"\\\n    local a = redis.call('GET', KEYS[1])\n    return a\n    \"\"\")\n";
    let language = Language::of_path(Path::new("a.py")).expect("Python");
    let document = HostDocument::read(language, "a.py", source.as_bytes());
    let script = &document.embedded[0];
    assert_eq!(&*script.text, b"local a = redis.call('GET', KEYS[1])\nreturn a\n");
    let at = 0;
    let edits = document.edits("a.py", source.as_bytes(), "S", &[(TextRange::at(at), "local b = 'x\"\"\"'\n")]);
    let edits = edits.expect("can be written");
    assert_eq!(edits[0].1, "local b = 'x\\\"\\\"\\\"'\n    ");
}

use text::TextRange;

/// A script that its call alone shows, in each language.
#[test]
fn calls_of_every_language() {
    let files = [
        ("a.js", "const LUA = `return 10`;\nclient.evalRo(LUA, { keys: [] });\n"),
        ("a.ts", "redis.defineCommand(\"x\", { numberOfKeys: 0, lua: `return 10` });\n"),
        ("a.vue", "<script setup lang=\"ts\">\nawait client.scriptLoad('return 10')\n</script>\n"),
        ("a.go", "package a\n\nvar s = redis.NewScript(`return 10`)\n"),
        ("A.java", "class A { Object o = new DefaultRedisScript<>(\"return 10\", Long.class); }\n"),
        ("a.kt", "val s = RedisScript.of(\"return 10\", Long::class.java)\n"),
        ("a.php", "<?php\n$redis->eval_ro('return 10', [], 0);\n"),
        ("a.rb", "redis.script_load(\"return 10\")\n"),
        ("A.cs", "var p = LuaScript.Prepare(\"return 10\");\n"),
        ("a.rs", "let s = redis::Script::from_lua(r#\"return 10\"#);\n"),
        ("a.sh", "docker exec r /usr/bin/redis-cli -h x EVAL 'return 10' 0; echo 'return 11'\n"),
    ];
    for (file, source) in files {
        let found = scripts(file, source);
        assert_eq!(found.len(), 1, "{file}: {found:?}");
        assert_eq!(found[0].1, "return 10", "{file}");
    }
}

#[test]
fn documentation_of_rust_is_no_script() {
    let doc = "#![cfg_attr(feature = \"script\", doc = r##\"\n# Scripts\nreturn tonumber(ARGV[1]) + tonumber(ARGV[2]);\n\"##)]\n#[doc = \"KEYS[1] ARGV[1]\\n--\"]\nfn f() {}\n";
    assert_eq!(of(&scripts("a.rs", doc)), []);
    let other = "fn f() { let doc = \"return tonumber(ARGV[1]) + tonumber(ARGV[2])\"; }\n";
    assert_eq!(of(&scripts("a.rs", other)), [("doc", "return tonumber(ARGV[1]) + tonumber(ARGV[2])")]);
}

#[test]
fn behind_the_name_of_a_command() {
    let go = "package a\n\nfunc f() { must(c, \"EVAL\", \"return 42\", \"0\"); x := []string{\"SCRIPT\", \"LOAD\", \"return 43\"} }\n";
    assert_eq!(of(&scripts("a.go", go)), [("EVAL", "return 42"), ("EVAL-2", "return 43")]);
    let python = "S = 'return 1'\nraw(r, 'eval', S, 0)\nraw(r, 'SCRIPT LOAD', 'return 2')\n";
    assert_eq!(of(&scripts("a.py", python)), [("S", "return 1"), ("EVAL", "return 2")]);
    let others =
        "COMMANDS = ['EVAL', 'EVALSHA', 'FUNCTION', 'LOAD', 'x']\nlog('EVAL', 'the call to return')\nf('EVAL')\n";
    assert_eq!(of(&scripts("a.py", others)), [("EVAL", "the call to return")]);
}

#[test]
fn a_shebang_alone_is_a_piece() {
    assert_eq!(of(&scripts("a.py", "HEAD = '#!lua name=lib\\n'\nload(HEAD + body())\n")), []);
    assert_eq!(of(&scripts("a.py", "HEAD = '#!lua name=lib'\nload('\\n'.join([HEAD, *lines]))\n")), []);
    let whole = "LIB = '#!lua name=lib\\nredis.register_function(\"f\", f)'\n";
    assert_eq!(scripts("a.py", whole).len(), 1);
}

#[test]
fn transcripts_have_scripts() {
    let source = "# Try it\n\n```\n127.0.0.1:6379> eval \"return redis.call('GET', KEYS[1])\\n\" 1 k\n\"v\"\n> script load 'return 1 -- it\\'s'\n```\n\n> quoted EVAL \"return 2\" 0\n";
    let document = HostDocument::read(
        Language::of_path(Path::new("README.md")).expect("Markdown"),
        "README.md",
        source.as_bytes(),
    );
    let texts: Vec<&str> =
        document.embedded.iter().map(|it| std::str::from_utf8(&it.text).unwrap_or_default()).collect();
    assert_eq!(texts, ["return redis.call('GET', KEYS[1])\n", "return 1 -- it's"]);
    let source = "SET a 1\nEVAL \"return 1\" 0\nFUNCTION LOAD REPLACE \"#!lua name=a\\nlocal b\"\n";
    let document =
        HostDocument::read(Language::of_path(Path::new("a.redis")).expect("redis"), "a.redis", source.as_bytes());
    assert_eq!(document.embedded.len(), 2, "{:?}", document.embedded);
}

#[test]
fn commands_in_texts_of_the_shell_have_scripts() {
    let source = "A=\"$(redis-cli EVAL \"return redis.call('GET', \\\"é\\\")\" 0)\"\nredis-cli EVAL 'return 2' 0\necho \"x $(redis-cli --raw EVAL 'return redis.call(\"GET\", KEYS[1])' 1 \"$k\") $(date)\"\n";
    let language = Language::of_path(Path::new("a.sh")).expect("the shell");
    let document = HostDocument::read(language, "a.sh", source.as_bytes());
    let found: Vec<(&str, &str)> = document
        .embedded
        .iter()
        .map(|it| (it.id.as_str(), std::str::from_utf8(&it.text).unwrap_or_default()))
        .collect();
    let wanted = [
        ("redis-cli", "return redis.call('GET', \"é\")"),
        ("redis-cli-2", "return 2"),
        ("redis-cli-3", "return redis.call(\"GET\", KEYS[1])"),
    ];
    assert_eq!(found, wanted);
    // Edits stay within the inner quotes.
    let first = &document.embedded[0];
    let at = TextRange::new(19, 22);
    let edits = document.edits("a.sh", source.as_bytes(), &first.id, &[(at, "HGET")]).expect("an edit");
    assert_eq!(&source[edits[0].0.to_usize()], "GET");
}

#[test]
fn code_is_kept_where_scripts_alone_change() {
    let source = "x = 'a'\nr.eval('return 1', 0)\ny = 'b'\n";
    let language = Language::of_path(Path::new("a.py")).expect("Python");
    let document = HostDocument::read(language, "a.py", source.as_bytes());
    let keeps = |from: &str, to: &str| {
        let after = source.replacen(from, to, 1);
        assert_ne!(after, source);
        document.keeps_code("a.py", source.as_bytes(), after.as_bytes())
    };
    assert!(keeps("return 1", "return 2"));
    assert!(keeps("return 1", "return \\'2\\'"));
    assert!(!keeps("return 1", "return '2'"));
    assert!(!keeps("return 1", "return 2'"));
    assert!(!keeps("return 1", "return 1', 1, '"));
    assert!(!keeps("'b'", "'c'"));
    assert!(!keeps("r.eval", "r.evil"));
}

#[test]
fn templates_of_other_programs() {
    let found = scripts("a.js", "const s = `return redis.call('GET', KEYS[<%= n %>])`;\n");
    assert_eq!(of(&found), [("s", "return redis.call('GET', KEYS[__hole_1])")]);
    // Nobody knows which of these lines are left.
    for tags in ["{% if a %}", "<% if a %>"] {
        let source = format!("const s = `{tags}\nreturn redis.call('GET', KEYS[1])\n`;\n");
        assert_eq!(of(&scripts("a.js", &source)), []);
    }
    // In strings of Lua these are patterns, or text.
    let source = "const s = `return string.gsub(KEYS[1], '{%w+%}', '<%=%>') % 2`;\n";
    assert_eq!(of(&scripts("a.js", source)), [("s", "return string.gsub(KEYS[1], '{%w+%}', '<%=%>') % 2")]);
}
