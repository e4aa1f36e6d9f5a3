//! A rename of a field keeps what a script does, or is refused: made-up scripts whose tables go through functions, other
//! tables, metatables and the sandbox run on the engine before and after.
//!
//! `REDLUA_FUZZ_RUNS` sets how many scripts are made (default 300), `REDLUA_FUZZ_SEED` which.

use std::sync::Arc;

use commands::Target;
use ide::{File, Project, navigation};
use linter::Options;
use script::Server;
use semantic::Script;
use syntax::{ExprKind, TableField};
use tests::random::{Random, number};

const PRELUDE: &str = "local function s(v)
  if type(v) == 'table' then return 't' .. #v elseif type(v) == 'function' then return 'f' end
  return tostring(v)
end
local function put(v) redis.call('APPEND', KEYS[1], s(v)) return v end
local function get(o) return o.a end
local function set(o, v) o.b = v return o end
local function id(...) return ... end
local function two(v) return 1, v end
local function mk(v) return { a = v, b = { c = v } } end
local function each(l, f) for _, x in ipairs(l) do f(x) end return l end
local C = {}
C.__index = C
function C:m(v) self.a = v return self.b end
function C.new(v) return setmetatable({ b = v }, C) end
local D = setmetatable({ c = 3 }, { __index = C })
D.__index = D
local p, q, r = { a = 1, b = { c = 'x' } }, mk(2), C.new(4)
";

/// Expressions; `$` is one of the variables, `@` another expression.
const EXPRESSIONS: &[&str] = &[
    "$",
    "$",
    "$",
    "$.a",
    "$.b",
    "$.b.c",
    "$['a']",
    "$:m(@)",
    "get($)",
    "set($, @)",
    "mk(@)",
    "C.new(@)",
    "{ a = @, b = @ }",
    "{ ['c'] = @, @ }",
    "($ or q).a",
    "id($).a",
    "(select(1, id($, @))).b",
    "(unpack({ $ })).a",
    "select(2, pcall(get, $))",
    "select(2, pcall(mk, @)).b",
    "select(2, two($)).a",
    "each({ $ }, put)[1].a",
    "each({ $, @ }, function(x) x.a = 7 end)[1].a",
    "C.m($, @)",
    "D.new",
    "D.c",
    "setmetatable({ c = @ }, D)",
    "setmetatable({}, { __index = $ }).a",
    "table.remove({ $ }).a",
    "@ and $.a",
    "@ == @",
    "assert($).b",
    "D:m(@)",
    "(function(o) return o.b end)($)",
    "rawget($, 'a')",
    "s(@)",
    "1",
    "'a'",
    "ARGV[1]",
];

/// Expressions that read the names of fields.
const READERS: &[&str] = &[
    "cjson.encode($)",
    "$[ARGV[1]]",
    "$[ARGV[2]]",
    "next($)",
    "cjson.decode(cjson.encode(mk(1))).a",
    "cmsgpack.pack($)",
    "cjson.decode('{\"a\":1}').a",
    "($)[s('a')]",
    "(function() for k in pairs($) do put(k) end end)()",
    "(function() for _, v in pairs($) do put(v) end end)()",
    "next($) == nil",
];

/// Statements; `#` is a field.
const STATEMENTS: &[&str] = &[
    "$ = @",
    "$.# = @",
    "$.b.# = @",
    "put(@)",
    "put(@)",
    "$['#'] = @",
    "$[#$ + 1] = @",
    "table.insert($, @)",
    "for _, x in ipairs($) do put(x.#) end",
    "rawset($, '#', @)",
    "function $.f(o) return o.# end put($.f(q))",
    "function $:g() return self.# end put($:g())",
    "local t = $ t.# = @",
    "$, q = @, $",
];

fn fill(random: &mut Random, form: &str, depth: usize, open: bool) -> String {
    let mut text = String::new();
    for sign in form.chars() {
        match sign {
            '$' => text.push_str(random.pick(&["p", "q", "r"])),
            // `#$` is a length.
            '#' if !form.contains("#$") => text.push_str(random.pick(&["a", "b", "c"])),
            '@' if depth == 0 => text.push_str(random.pick(&["1", "'y'", "p", "q", "r.b"])),
            '@' => {
                let forms = if open && random.below(6) == 0 { READERS } else { EXPRESSIONS };
                let form = random.pick(forms);
                text.push_str(&fill(random, form, depth - 1, open));
            }
            sign => text.push(sign),
        }
    }
    text
}

fn made(random: &mut Random) -> String {
    let mut text = PRELUDE.to_owned();
    let open = random.below(3) == 0;
    for _ in 0..2 + random.below(8) {
        let form = random.pick(STATEMENTS);
        let stmt = fill(random, form, 2, open);
        text.push_str(&format!("pcall(function() {stmt} end)\n"));
    }
    for _ in 0..4 {
        let form = random.pick(EXPRESSIONS);
        let value = fill(random, form, 1, open);
        text.push_str(&format!("pcall(function() put({value}) end)\n"));
    }
    text + "return redis.call('GET', KEYS[1])\n"
}

fn outcome(script: &str) -> String {
    let mut db = 0;
    let words = ["EVAL", script, "1", "log", "a", "b"].map(|word| word.as_bytes().to_vec());
    format!("{:?}", Server::new(Target::redis(7, 0)).call(&words, &mut db, false))
}

/// Where the names of fields stand.
fn names(script: &Script) -> Vec<u32> {
    let tree = script.tree();
    let mut found = Vec::new();
    for (_, expr) in tree.exprs() {
        match &expr.kind {
            ExprKind::Field { name, .. } => found.push(name.range.start),
            ExprKind::MethodCall(call) => found.push(call.name.range.start),
            ExprKind::Index { key, .. } if tree[*key].kind == ExprKind::String => {
                found.push(tree[*key].range.start + 1)
            }
            ExprKind::Table(fields) => found.extend(fields.iter().filter_map(|field| match field {
                TableField::Named { name, .. } => Some(name.range.start),
                _ => None,
            })),
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn renamed_fields_keep_what_scripts_do() {
    let mut random = Random::new();
    let options = Arc::new(Options::default());
    let runs = number("REDLUA_FUZZ_RUNS", 300);
    let (mut renamed, mut refused, mut wrong) = (0, 0, Vec::new());
    for _ in 0..runs {
        let text = made(&mut random);
        let script = Script::new(text.as_bytes().into(), None);
        assert!(script.parse.errors.is_empty(), "{text}\n{:?}", script.parse.errors);
        let before = outcome(&text);
        let places = names(&script);
        let file = File::new("a.lua".to_owned(), script, true, Arc::clone(&options));
        let project = Project::new(vec![Arc::new(file)], Vec::new());
        let mut seen: Vec<u32> = Vec::new();
        for place in places {
            if seen.contains(&place) {
                continue;
            }
            let new = random.pick(&["zz", "c", "m"]);
            let Ok(mut found) = navigation::rename(&project, 0, place, new) else {
                refused += 1;
                continue;
            };
            renamed += 1;
            found.sort();
            seen.extend(found.iter().map(|it| it.range.start));
            let mut changed = text.clone();
            for it in found.iter().rev() {
                changed.replace_range(it.range.start as usize..it.range.end as usize, new);
            }
            if changed == text {
                continue;
            }
            let after = outcome(&changed);
            if after != before {
                let at = &text[place as usize..text.len().min(place as usize + 12)];
                wrong.push(format!("`{at}` to {new}\n{text}\n=> {changed}\n{before}\n{after}"));
            }
        }
    }
    assert!(renamed > 300 || runs < 300, "only {renamed} renames were made, {refused} refused");
    assert!(
        wrong.is_empty(),
        "{} of {renamed} change the script:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(4)].join("\n")
    );
}
