//! A small file in each language, with all that its lexer knows, for tests that cut and shuffle.

/// Name of a file and its text.
pub const SAMPLES: &[(&str, &str)] = &[
    (
        "a.py",
        "# it's\nA = 'x\\'y' + \"z\\n\" # c\nB = r'\\d' Rb\"\"\"a\n'b' \"\" c\"\"\"\nC = f'{a[\"k\"]!r:>{w}} {{b}} {x:%H}'\ndef f():\n    \"\"\"Doc.\"\"\"\n    return r.eval('''return redis.call('GET', KEYS[1])\n''', 1, k)\nD = f\"\"\"{f'{1}'}\n{g({'a': \"b\"})}\"\"\"\nE = 'a\\\nb'\n",
    ),
    (
        "a.tsx",
        "#!/usr/bin/env node\nimport x from 'y'; // don't\nconst a = /['\"`]/g.test(b) ? `a ${c(`d ${'e'}`)} f` : \"g\" / 2;\nconst v = <p title=\"t\">Don't {`h ${i}`} <br /> it's</p>;\nString.raw`\\n${j}`;\nredis.defineCommand('x', { numberOfKeys: 1, lua: `return redis.call(\"GET\", KEYS[1])` });\ni++ / 2; /* ` */ f<'T'>`x`;\n",
    ),
    (
        "a.vue",
        "<template><p>it's {{ `a` }}</p></template>\n<script setup lang=\"ts\">\nconst s = `return redis.call('GET', KEYS[1])`; const t = 'u';\n</script>\n<style>a { content: '\"' }</style>\n<script>let x = \"y\"</script>\n",
    ),
    (
        "a.go",
        "package a // it's\n\nvar s = redis.NewScript(`\nreturn redis.call(\"GET\", KEYS[1])\n`)\nvar r, q = '`', '\\''\nvar t = \"a \\\" \\u00e9\" + \"b\" /* \" */\nfunc f() { s.Run(ctx, c, []string{\"k\"}, '\"') }\n",
    ),
    (
        "A.java",
        "class A { // it's\n  String s = \"a \\\" \\u0041\" + /* \" */ \"b\"; char c = '\"', d = '\\'';\n  String t = \"\"\"\n      return redis.call('GET', \\\"\"\" KEYS[1])\\\n      x  \n      \"\"\";\n  Object o = new DefaultRedisScript<>(\"return 1\", Long.class);\n}\n",
    ),
    (
        "a.kt",
        "val a = \"x $b ${c[\"d\"]} \\$e\" // it's\nval f = \"\"\"\n  |return redis.call(\"GET\", KEYS[${'$'}n])\"\"\"\".trimMargin()\nfun `it's`() = '\"' /* /* \" */ */\n",
    ),
    (
        "a.php",
        "it's <?php // don't ?> \"x\" <?php\n$a = 'b\\'c' . \"d $e {$f['g']} $h[0] $i->j \\$k\"; # '\n#[A('b')]\n$s = <<<LUA\n    return redis.call('GET', KEYS[1]) $x\n    LUA;\n$t = <<<'X'\na\nX . `ls`;\n$r->eval(\"return 1\", 0); ?>\n",
    ),
    (
        "a.rb",
        "# it's\nA = 'b\\'c' \"d #{e[\"f\"]} \\#{g}\" + %q(h (i) j) + %w[k' l].join\nS = <<~LUA.strip + <<-'X'\n  return redis.call('GET', KEYS[1]) #{m}\nLUA\n  n '\n  X\nx = a / b if c =~ /['\"#{d('e')}]/\ny = ?' ; z = :/, :\"s\" ; $' ; q? 'r' : %(t)\n=begin\nit's\n=end\n__END__\n'\n",
    ),
    (
        "A.cs",
        "#region it's\nvar a = \"b \\\" \" + @\"c \"\"d\"\"\n\" + $\"{e[\"f\"]:N2} {{g}}\" + $@\"{h}\\\"; // '\nvar i = \"\"\"\n    return redis.call(\"GET\", KEYS[1])\n    \"\"\"; var j = $$\"\"\"k {{l}} {m}\"\"\"; char n = '\"';\nvar p = LuaScript.Prepare(\"return @x\"u8);\n",
    ),
    (
        "a.rs",
        "// it's\nlet a: &'static str = \"b \\\" \\\n    c\"; let d = r#\"return redis.call(\"GET\", KEYS[1])\"#;\nlet e = (b'\"', '\\'', '\\u{1F600}', br\"\\\", c\"f\", b\"\\xff\"); /* /* \" */ */\nlet s = Script::new(r\"return 1\");\n",
    ),
    (
        "a.sh",
        "#!/bin/sh\n# it's\nA='b'\"c $d ${e:-\"f\"} $(g 'h' \"i\") `j`\"$'k\\'l' # '\nredis-cli EVAL 'return redis.call(\"GET\", KEYS[1])' 1 k\ncat <<EOF | m <<-'X'\nn $o\nEOF\n\tp '\n\tX\necho $((1 << 2)) ${#q} \\' <<< 'r'\n",
    ),
    (
        "a.lua",
        "-- it's\nlocal redis = require 'resty.redis'\nlocal s = [[\nreturn redis.call('GET', KEYS[1])]] .. [==[ ]] ]==] .. \"a\\\"b\\065\\\nc\" --[[ ' ]]\nred:eval(s, 1, k) t[u[1]] = 'v'\n",
    ),
    (
        "a.md",
        "It's\n\n```lua\nreturn redis.call('GET', KEYS[1])\n```\n\n- a\n  ~~~~ redis-lua\n  return 1\n  ~~~~\n\n````md\n```lua\n```\n````\n",
    ),
];
