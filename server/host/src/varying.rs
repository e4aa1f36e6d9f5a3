//! Tells whether a value that is pasted into a script varies from call to call.
//!
//! Only what certainly comes from a parameter of the function around it counts: what comes from the file, from a module's constants or
//! from an object's settings has few values, and code that makes code is meant.

use text::TextRange;

use crate::{
    lexed::{Lexed, TokenKind},
    names::{Names, is_member},
    signs::signs,
    tokens::Tokens,
};

/// Steps from a local variable to what it is made of.
const MAX_STEPS: u32 = 4;

/// Functions and methods that give the value of their argument back in another notation.
const CONVERSIONS: &[&str] = &[
    "str",
    "int",
    "float",
    "repr",
    "bytes",
    "String",
    "Number",
    "BigInt",
    "parseInt",
    "parseFloat",
    "toString",
    "stringify",
    "dumps",
    "escape",
    "quote",
    "encode",
    "decode",
    "Itoa",
    "FormatInt",
    "Quote",
    "valueOf",
    "to_s",
    "to_i",
    "to_json",
    "inspect",
    "intval",
    "strval",
    "json_encode",
    "addslashes",
    "strip",
    "trim",
    "toLowerCase",
    "toUpperCase",
    "lower",
    "upper",
    "replace",
    "to_string",
    "toLong",
    "toInt",
    "format",
    "Sprintf",
    "sprintf",
    "ToString",
    "len",
    "length",
    "min",
    "max",
    "round",
    "floor",
];

/// Words of languages that are no names of values.
const KEYWORDS: &[&str] = &[
    "if",
    "else",
    "in",
    "not",
    "and",
    "or",
    "is",
    "new",
    "await",
    "return",
    "true",
    "false",
    "null",
    "nil",
    "None",
    "True",
    "False",
    "as",
    "typeof",
    "undefined",
];

/// Beginnings of what an object keeps.
const OBJECTS: &[&str] = &["self", "this", "cls", "super", "$this"];

/// Parts of names of settings, which have one value each.
const SETTINGS: &[&str] =
    &["prefix", "namespace", "config", "settings", "options", "opts", "library", "libname", "script", "lua"];

/// Names of functions that are called once for an object.
const CONSTRUCTORS: &[&str] = &["__init__", "constructor", "initialize", "__construct", "init"];

/// Looks for parameters in expressions.
pub(crate) struct Varying<'a> {
    pub tokens: &'a Tokens<'a>,
    pub names: &'a Names<'a>,
}

impl Varying<'_> {
    /// True if the expression at a place of the file, which is evaluated at the token `at`, has a parameter in it.
    pub(crate) fn varies(&self, expression: TextRange, at: usize) -> bool {
        self.text_varies(expression.slice(self.tokens.source), at, 0)
    }

    fn text_varies(&self, text: &[u8], at: usize, depth: u32) -> bool {
        if depth > MAX_STEPS || text.is_empty() {
            return false;
        }
        let language = self.tokens.language;
        if language.syntax().has_commands {
            // Parameters of a script of the shell have numbers for names.
            return text.iter().all(|it| it.is_ascii_digit() || b"{}$@*".contains(it));
        }
        // A file of PHP begins with text.
        let (code, lexed): (Vec<u8>, Lexed) = match language.name() {
            "PHP" => {
                let sigil: &[u8] = if text.starts_with(b"$") || !text[0].is_ascii_alphabetic() { b"" } else { b"$" };
                let code = [b"<?php ", sigil, text].concat();
                let lexed = language.lex(&code);
                (code, lexed)
            }
            _ => (text.to_vec(), language.lex(text)),
        };
        let tokens = Tokens::new(&code, &lexed, language);
        if makes_code(&tokens) {
            return false;
        }
        let (start, end) = chosen(&tokens);
        (start..end).any(|nth| self.root_varies(&tokens, nth, at, depth))
            // A literal with holes of its own: a template in a variable.
            || lexed.literals.iter().any(|literal| {
                let holes = lexed.holes(literal);
                holes.iter().any(|hole| self.text_varies(hole.expression.slice(&code), at, depth + 1))
            })
    }

    /// True if a token of an expression is a name that varies.
    fn root_varies(&self, tokens: &Tokens<'_>, nth: usize, at: usize, depth: u32) -> bool {
        if !tokens.is_name(nth) || is_member(tokens, nth) {
            return false;
        }
        let name = tokens.text(nth);
        let is = |words: &[&str]| words.iter().any(|it| it.as_bytes() == name);
        // Ruby's `@name` is the object's.
        let is_own = nth > 0 && tokens.is(nth - 1, "@");
        if tokens.is(nth + 1, "(") || tokens.is(nth + 1, "!") || is(KEYWORDS) || is(OBJECTS) || is_own {
            return false;
        }
        let last = last_of_path(tokens, nth);
        let of_settings = |name: &[u8]| {
            let lower = name.to_ascii_lowercase();
            SETTINGS.iter().any(|it| memchr::memmem::find(&lower, it.as_bytes()).is_some())
        };
        if is_constant(name) || is_constant(tokens.text(last)) || of_settings(name) || of_settings(tokens.text(last)) {
            return false;
        }
        self.name_varies(name, at, depth)
    }

    /// True if a name means a parameter at a token, or a variable that is made of one.
    fn name_varies(&self, name: &[u8], at: usize, depth: u32) -> bool {
        let scopes = self.names.scopes();
        let bare = name.strip_prefix(b"$").unwrap_or(name);
        for index in scopes.around(at) {
            let function = scopes.function(index);
            if let Some(value) = self.names.given_before(at, bare, index) {
                let end = self.tokens.expression_end(value);
                let text = self.tokens.span(value, end).slice(self.tokens.source);
                return self.text_varies(text, value, depth + 1);
            }
            if !self.names.declares(function, bare) {
                continue;
            }
            if function.is_loop {
                let over = function.over.filter(|(start, end)| start < end);
                return over.is_some_and(|(start, end)| {
                    let text = self.tokens.span(start, end).slice(self.tokens.source);
                    self.text_varies(text, start, depth + 1)
                });
            }
            let is_constructor =
                function.name.is_some_and(|it| CONSTRUCTORS.iter().any(|word| self.tokens.is(it, word)));
            return !is_constructor;
        }
        false
    }
}

/// The last name of a path that begins at a token.
fn last_of_path(tokens: &Tokens<'_>, start: usize) -> usize {
    let mut last = start;
    for at in start + 1..tokens.len() {
        if tokens.is_name(at) && is_member(tokens, at) {
            last = at;
        } else if ![".", "-", ">", ":", "?", "!"].iter().any(|it| tokens.is(at, it)) {
            break;
        }
    }
    last
}

/// True for a name in capitals, which is a constant in every language but the shell's.
fn is_constant(name: &[u8]) -> bool {
    name.len() > 1 && name.iter().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || b"_$".contains(it))
}

/// True for an expression that makes code: with functions of its own, with Lua in its literals, or with a call of an unknown function.
fn makes_code(tokens: &Tokens<'_>) -> bool {
    let is_arrow = |at: usize| tokens.is(at, ">") && at > 0 && (tokens.is(at - 1, "=") || tokens.is(at - 1, "-"));
    let is_member_arrow = |at: usize| tokens.language.name() == "PHP" && tokens.is(at - 1, "-");
    (0..tokens.len()).any(|at| {
        if let Some(TokenKind::Literal(nth)) = tokens.get(at).map(|it| it.kind) {
            let body = tokens.lexed.literals.get(nth as usize).map_or(&[][..], |it| it.body.slice(tokens.source));
            return signs(body) > 0 || memchr::memmem::find(body, b"redis").is_some();
        }
        let is_unknown_call =
            tokens.is_name(at) && tokens.is(at + 1, "(") && !CONVERSIONS.iter().any(|it| tokens.is(at, it));
        is_unknown_call || tokens.is(at, "lambda") || tokens.is(at, "for") || (is_arrow(at) && !is_member_arrow(at))
    })
}

/// The tokens of an expression without a condition in it: `c ? a : b`, `a if c else b`.
fn chosen(tokens: &Tokens<'_>) -> (usize, usize) {
    let count = tokens.len();
    let is_choice = |at: &usize| {
        tokens.is(*at, "?")
            && !tokens.is(at + 1, ".")
            && !tokens.is(at + 1, "?")
            && (*at == 0 || !tokens.is(at - 1, "?"))
    };
    if let Some(at) = (0..count).find(is_choice) {
        return (at + 1, count);
    }
    match (0..count).find(|&at| tokens.is(at, "if")) {
        Some(at) if at > 0 => (0, at),
        _ => (0, count),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::{HostDocument, Language};

    /// The pasted values of a file that vary.
    #[track_caller]
    fn check(file: &str, source: &str, wanted: &[&str]) {
        let language = Language::of_path(Path::new(file)).expect("a language");
        let document = HostDocument::read(language, file, source.as_bytes());
        assert!(!document.embedded.is_empty(), "no script: {source}");
        let all = document.embedded.iter().flat_map(|it| &it.values).filter(|it| it.varies);
        let found: Vec<&str> = all.map(|it| &source[it.expression.to_usize()]).collect();
        assert_eq!(found, wanted, "{source}");
    }

    #[test]
    fn parameters_vary() {
        check("a.py", "def f(r, key):\n    return r.eval(f\"return redis.call('GET', '{key}')\", 0)\n", &["key"]);
        check(
            "a.py",
            "def f(r, user):\n    k = 'user:' + str(user.id)\n    r.eval(\"return redis.call('GET', '%s')\" % k, 0)\n",
            &["k"],
        );
        check(
            "a.py",
            "def f(r, key, n):\n    r.eval(\"redis.call('SET', '{}', {n})\".format(key, n=n), 0)\n",
            &["key", "n"],
        );
        check(
            "a.py",
            "def f(r, keys):\n    for key in keys:\n        r.eval(f\"return redis.call('GET', '{key}')\", 0)\n",
            &["key"],
        );
        check("a.ts", "const f = (k: string) => redis.eval(`return redis.call('GET', '${k}')`, 0);", &["k"]);
        check(
            "a.ts",
            "class A { async f(k: string) { return this.r.eval(\"return redis.call('GET', '\" + k + \"')\", 0); } }",
            &["k"],
        );
        check(
            "a.go",
            "func f(k string) { r.Eval(ctx, fmt.Sprintf(`return redis.call('GET', '%s')`, k), nil) }",
            &["k"],
        );
        check(
            "A.java",
            "class A { void f(String k) { j.eval(\"return redis.call('GET', '\" + k + \"')\"); } }",
            &["k"],
        );
        check("a.kt", "fun f(k: String) { j.eval(\"return redis.call('GET', '$k')\") }", &["k"]);
        check("a.rb", "def f(k)\n  r.eval(\"return redis.call('GET', '#{k}')\")\nend\n", &["k"]);
        check("a.php", "<?php function f($k) { $r->eval(\"return redis.call('GET', '$k')\"); }", &["k"]);
        check("a.rs", "fn f(k: &str) { Script::new(&format!(\"return redis.call('GET', '{k}')\")); }", &["k"]);
        check(
            "A.cs",
            "class A { void F(string k) { db.ScriptEvaluate($\"return redis.call('GET', '{k}')\"); } }",
            &["k"],
        );
    }

    #[test]
    fn settings_and_code_do_not() {
        check("a.py", "PREFIX = 'a'\ndef f(r):\n    r.eval(f\"return redis.call('GET', '{PREFIX}:x')\", 0)\n", &[]);
        check("a.py", "ttl = 5\ndef f(r):\n    r.eval(f\"return redis.call('EXPIRE', KEYS[1], {ttl})\", 1)\n", &[]);
        check(
            "a.py",
            "class A:\n    def f(self):\n        self.r.eval(f\"return redis.call('GET', '{self.name}')\", 0)\n",
            &[],
        );
        check(
            "a.py",
            "class A:\n    def __init__(self, name):\n        self.s = r.register_script(f\"return redis.call('GET', '{name}')\")\n",
            &[],
        );
        check(
            "a.py",
            "def f(r, up):\n    op = 'INCR' if up else 'DECR'\n    r.eval(f\"return redis.call('{op}', KEYS[1])\", 1)\n",
            &[],
        );
        check(
            "a.py",
            "def f(r):\n    for op in ['INCR', 'DECR']:\n        r.eval(f\"return redis.call('{op}', KEYS[1])\", 1)\n",
            &[],
        );
        check(
            "a.ts",
            "function f(n: number) { return r.eval(`return redis.call('DEL', ${keys.map((_, i) => `KEYS[${i + 1}]`).join(',')})`, n); }",
            &[],
        );
        check(
            "a.ts",
            "function f(options: O) { return r.eval(`return redis.call('GET', '${options.name}')`, 0); }",
            &[],
        );
        check(
            "A.cs",
            "class A { LuaScript F(string key) => LuaScript.Prepare(\"return redis.call('GET', @key)\"); }",
            &[],
        );
    }

    #[test]
    fn parameters_of_the_shell_have_numbers() {
        check(
            "a.sh",
            "redis-cli EVAL \"return redis.call('GET', '$1')\" 0\nredis-cli EVAL \"return redis.call('GET', '$KEY')\" 0\n",
            &["1"],
        );
    }
}
