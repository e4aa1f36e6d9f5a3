//! Fields, methods and functions in tables, on scripts as people write them.

use crate::{
    code_lens, completion, hover, inlay_hint, navigation, semantic_tokens, signature, symbols, test_support::*,
};

/// A module of functions in a table, as shared files have them.
const MODULE: &str = "\
-- Counts in windows.
local M = { window = 60, limits = { soft = 10, hard = 20 } } -- the module

-- Counts one more.
function M.count(key, by)
  return redis.call('INCRBY', key, by)
end

M.reset = function(key) -- forgets
  return redis.call('DEL', key)
end

local m = M
if m.count(KEYS[1], 1) > M.limits.hard then
  M.reset(KEYS[1])
end
return M.count(KEYS[1], 1) + M.window
";

/// A class as Lua has it.
const ACCOUNT: &str = "\
local Account = {}
Account.__index = Account

-- Opens an account.
function Account.new(owner, balance)
  local self = setmetatable({}, Account)
  self.owner = owner
  self.balance = balance or 0 -- in cents
  return self
end

-- Puts money in.
function Account:deposit(amount, note)
  self.balance = self.balance + amount
  return self.balance
end

local acc = Account.new(KEYS[1], 100)
acc:deposit(5, 'x')
acc.deposit(acc, 7)
return redis.call('SET', KEYS[1], acc.balance)
";

/// A queue of jobs in JSON.
const JOBS: &str = "\
local function decode(text)
  return cjson.decode(text)
end
local job = decode(redis.call('LPOP', KEYS[1]))
job.tries = (job.tries or 0) + 1
if job.tries > job.options.limit then
  return redis.call('RPUSH', KEYS[2], cjson.encode(job))
end
for _, step in ipairs(job.steps) do
  redis.call('RPUSH', KEYS[3], step.name, step.args[1].value)
end
return job.id
";

/// The text with the cursor inside the `nth` occurrence of a piece, from 0, behind its first `skip` bytes.
fn put(source: &str, piece: &str, nth: usize, skip: usize) -> String {
    let at = source.match_indices(piece).nth(nth).unwrap_or_else(|| panic!("no {piece} {nth}")).0 + skip;
    format!("{}$0{}", &source[..at], &source[at..])
}

fn places(project: &crate::Project, found: impl IntoIterator<Item = crate::Location>) -> String {
    let mut all = String::new();
    for it in found {
        let file = &project.files[it.file];
        let place = file.lines.line_col(file.source(), it.range.start);
        let prefix = if it.file == 0 { String::new() } else { format!("{}:", file.path) };
        all.push_str(&format!("{prefix}{}:{} ", place.line, place.column));
    }
    all.trim_end().to_owned()
}

fn hovered(source: &str) -> String {
    let (project, offset) = cursor(source);
    hover::hover(&project, 0, offset).map(|it| it.markdown).unwrap_or_default()
}

fn defined(source: &str) -> String {
    let (project, offset) = cursor(source);
    places(&project, navigation::definition(&project, 0, offset).map(|it| it.targets).unwrap_or_default())
}

fn used(source: &str) -> String {
    let (project, offset) = cursor(source);
    places(&project, navigation::references(&project, 0, offset).into_iter().map(|it| it.location))
}

fn renamed(source: &str, name: &str) -> Result<String, String> {
    let (project, offset) = cursor(source);
    navigation::prepare_rename(&project, 0, offset)?;
    navigation::rename(&project, 0, offset, name).map(|found| places(&project, found))
}

fn signed(source: &str) -> String {
    let (project, offset) = cursor(source);
    let Some(it) = signature::signature(&project, 0, offset) else { return String::new() };
    let active = it.active.map_or("-", |at| &it.label[it.parameters[at].clone()]);
    format!("{} | {active} | {}", it.label, it.docs.replace('\n', " "))
}

fn completed(source: &str) -> String {
    let (project, offset) = cursor(source);
    let mut all: Vec<String> = completion::completions(&project, 0, offset, completion::Trigger::Invoked)
        .items
        .into_iter()
        .map(|it| format!("{}{}{}", it.label, if it.detail.starts_with('(') { "" } else { ": " }, it.detail))
        .collect();
    all.sort();
    all.join(" · ")
}

#[test]
fn functions_in_tables_are_told_with_their_comments() {
    let told = hovered(&put(MODULE, "m.count", 0, 3));
    assert!(told.starts_with("```lua\nfunction M.count(key: string or nil, by: number): number\n```"), "{told}");
    assert!(told.contains("Counts one more."), "{told}");
    let told = hovered(&put(MODULE, "M.count", 0, 3));
    assert!(told.contains("function M.count(") && told.contains("Counts one more."), "{told}");
    let told = hovered(&put(MODULE, "M.reset", 1, 3));
    assert!(told.starts_with("```lua\nfunction M.reset(key"), "{told}");
    let told =
        hovered("local M = {}\n-- Adds.\nfunction M.add(a) return a + KEYS[1] end\nlocal add = M.add\nreturn ad$0d(1)");
    assert!(told.contains("function M.add(a: number): number\n") && told.contains("Adds."), "{told}");
    let told = hovered(&put(MODULE, "local M", 0, 6));
    assert!(told.contains("Counts in windows."), "{told}");
    let told = hovered(&put(ACCOUNT, "acc:deposit", 0, 5));
    assert!(
        told.contains("function Account:deposit(amount, note): number") && told.contains("Puts money in."),
        "{told}"
    );
    let told = hovered(&put(ACCOUNT, "acc.balance", 0, 5));
    assert!(told.contains("acc.balance") && told.contains("in cents"), "{told}");
    assert!(hovered(&put(MODULE, "window", 1, 1)).contains("60"), "{}", hovered(&put(MODULE, "window", 1, 1)));
}

#[test]
fn strings_have_the_methods_of_their_library() {
    let source = "local s = KEYS[1]\nreturn s:su$0b(1, 2) .. ('x'):rep(3)";
    assert!(hovered(source).contains("string.sub(text, from"), "{}", hovered(source));
    let source = "local s = KEYS[1]\nreturn s:sub(1, 2) .. ('x'):re$0p(3)";
    assert!(hovered(source).contains("string.rep("), "{}", hovered(source));
    assert_eq!(used(source), "2:29");
    assert_eq!(used("local s = KEYS[1]\nreturn s:sub$0(1) .. string.sub(s, 2) .. s:rep(2)"), "2:10 2:27");
    assert!(signed("local s = KEYS[1]\nreturn s:sub($0").contains("| from |"));
    assert!(
        signed("return ('x'):rep($0)").starts_with("string.rep(text, count) | count"),
        "{}",
        signed("return ('x'):rep($0)")
    );
    assert!(signed("return KEYS[1]:find('a', $0)").contains("| from |"), "{}", signed("return KEYS[1]:find('a', $0)"));
}

#[test]
fn calls_of_functions_in_tables_have_signatures() {
    assert!(signed(&format!("{MODULE}\nM.count(KEYS[1], $0")).starts_with("M.count(key, by) | by | Counts one more."));
    assert!(signed(&put(MODULE, "m.count(", 0, 8)).starts_with("M.count(key, by) | key | Counts one more."));
    assert!(signed(&put(ACCOUNT, "acc:deposit(5, ", 0, 15)).starts_with("Account:deposit(amount, note) | note | Puts"));
    assert!(signed(&put(ACCOUNT, "acc.deposit(", 0, 12)).starts_with("Account.deposit(self, amount, note) | self"));
    assert!(signed("local t = { f = function(a, b) return a end }\nt.f(1, $0").starts_with("t.f(a, b) | b"));
    assert!(signed("local t = { x = { f = function(a, b) return a end } }\nt.x.f($0").starts_with("t.x.f(a, b) | a"));
    assert!(signed("local t = { f = function(me, b) return b end }\nt:f($0").starts_with("t:f(b) | b"));
    let made = "local function make() return { go = function(far) return far end } end\nreturn make().go($0)";
    assert!(signed(made).starts_with("go(far) | far"), "{}", signed(made));
    let dispatch = "local handlers = {}\nfunction handlers.get(key) return key end\nreturn handlers[ARGV[1]]($0)";
    assert!(signed(dispatch).starts_with("handlers.get(key) | key"), "{}", signed(dispatch));
}

#[test]
fn uses_of_fields_are_found_by_their_tables() {
    assert_eq!(defined(&put(MODULE, "m.count", 0, 3)), "5:12");
    assert_eq!(used(&put(MODULE, "m.count", 0, 3)), "5:12 14:6 17:10");
    assert_eq!(used(&put(MODULE, "M.reset", 0, 3)), "9:3 15:5");
    assert_eq!(used(&put(MODULE, "hard", 0, 1)), "2:48 14:35");
    assert_eq!(defined(&put(MODULE, "limits.hard", 0, 8)), "2:48");
    assert_eq!(used(&put(ACCOUNT, "self.balance", 0, 6)), "8:8 14:8 14:23 15:15 21:39");
    assert_eq!(used(&put(ACCOUNT, "acc:deposit", 0, 5)), "13:18 19:5 20:5");
    assert_eq!(defined(&put(ACCOUNT, "acc.deposit", 0, 5)), "13:18");
    assert_eq!(used(&put(JOBS, "job.tries", 0, 5)), "5:5 5:18 6:8");
    assert_eq!(used(&put(JOBS, "step.name", 0, 6)), "10:37");
    // Another table has fields of its own.
    assert_eq!(used("local a, b = { n = 1 }, { n = ARGV[1] }\nreturn a.n$0 + b.n"), "1:16 2:10");
    // A name in a string is a use too.
    assert_eq!(used("local t = { ['n$0'] = 1 }\nt.n = ARGV[1]\nreturn t['n'] + t.n"), "1:15 2:3 3:11 3:19");
}

#[test]
fn fields_are_completed_through_chains() {
    assert_eq!(
        completed(&format!("{MODULE}\nlocal x = M.$0")),
        "count(key, by) · limits: {hard = 20, soft = 10} · reset(key) · window: 60"
    );
    assert_eq!(completed(&format!("{MODULE}\nlocal x = m.limits.$0")), "hard: 20 · soft: 10");
    assert_eq!(completed(&format!("{ACCOUNT}\nacc:$0")), "deposit(amount, note) · new(balance)");
    let vararg = "local C = {}\nfunction C:a(...) return self.$0 end\nfunction C:b(x) return KEYS[1] end";
    assert_eq!(completed(vararg), "a(self, ...) · b(self, x)");
    assert_eq!(completed(&vararg.replace("self.$0", "self:$0")), "a(...) · b(x)");
    assert_eq!(completed("local list = { { id = 1, tag = 'x' } }\nreturn list[1].$0"), "id: 1 · tag: 'x'");
    assert_eq!(completed("local function mk() return { id = 1 } end\nreturn mk().$0"), "id: 1");
    assert_eq!(completed("local t = {}\nlocal function f() return t.$0 end\nt.later = 'x'\nreturn f()"), "later: 'x'");
    assert_eq!(
        completed("local list = {}\nlist[#list + 1] = { n = 1 }\nfor _, it in ipairs(list) do\n  it.$0\nend"),
        "n: 1"
    );
    let next_line = "local M = { a = 1 }\nlocal x = M.$0\nM.b = KEYS[1]\nreturn M.typo";
    assert_eq!(completed(next_line), "a: 1");
    let inside = "local M = { a = 1 }\nfunction M.f(k)\n  M.$0\nend\nfunction M.g() end\nreturn M.f(KEYS[1])";
    assert_eq!(completed(inside), "a: 1 · f(k) · g()");
    let open = JOBS.replace("return job.id", "local y = job.id");
    assert_eq!(completed("local t = { a = 1, bc = 2 }\nreturn t['b$0']"), "a: 1 · bc: 2");
    let jobs = completed(&format!("{open}\nlocal x = job.$0"));
    assert_eq!(jobs, "id:  · options:  · steps:  · tries: number");
    assert_eq!(completed(&format!("{JOBS}\nlocal x = job.steps[1].$0")), "args:  · name: ");
    assert_eq!(completed(&format!("{JOBS}\nlocal x = job.options.$0")), "limit: ");
}

#[test]
fn renaming_changes_all_uses_or_none() {
    assert_eq!(renamed(&put(MODULE, "m.count", 0, 3), "add").as_deref(), Ok("5:12 14:6 17:10"));
    assert_eq!(renamed(&put(MODULE, "soft", 0, 1), "low").as_deref(), Ok("2:37"));
    assert_eq!(renamed(&put(ACCOUNT, "self.balance", 2, 6), "money").as_deref(), Ok("8:8 14:8 14:23 15:15 21:39"));
    assert_eq!(renamed("local t = { n$0 = 1 }\nreturn t['n'] + t.n + ARGV[1]", "m").as_deref(), Ok("1:13 2:11 2:19"));
    // One table or the other: both names change.
    let both = "local a, b = { n$0 = 1 }, { n = 2 }\nlocal c = KEYS[1] and a or b\nreturn c.n";
    assert_eq!(renamed(both, "m").as_deref(), Ok("1:16 1:27 3:10"));
}

#[track_caller]
fn refused(source: &str, why: &str) {
    match renamed(source, "other") {
        Ok(found) => panic!("renamed: {found}"),
        Err(text) => assert!(text.contains(why), "{text}"),
    }
}

#[test]
fn renaming_is_refused_where_something_else_reads_the_name() {
    refused("local t = { n$0 = ARGV[1] }\nreturn t[ARGV[1]]", "computed name: `t[ARGV[1]]`, line 2");
    refused("local t = { n$0 = ARGV[1] }\nfor k, v in pairs(t) do redis.call('SET', k, v) end", "`pairs(t)`, line 2");
    let tested = "local t = { n$0 = ARGV[1] }\nif next(t) then return 1 end";
    assert_eq!(renamed(tested, "m").as_deref(), Ok("1:13"));
    refused("local t = { n$0 = ARGV[1] }\nreturn (t.n\nlocal", "does not parse");
    refused("local t = { n$0 = ARGV[1] }\nreturn cjson.encode(t)", "encoded data: `cjson.encode(t)`, line 2");
    refused("local t = { x = { n$0 = ARGV[1] } }\nreturn cjson.encode(t)", "encoded data");
    refused(
        "local t = { n$0 = ARGV[1] }\nlocal function show(it) return cjson.encode(it) end\nreturn show(t)",
        "encoded data",
    );
    refused(&put(JOBS, "job.id", 0, 5), "decoded data");
    refused("local job = cjson.decode(ARGV[1])\nreturn job.id$0", "decoded data");
    refused("local ok, job = pcall(cjson.decode, ARGV[1])\nreturn ok and job.id$0", "decoded data");
    refused("local r = redis.pcall('GET', KEYS[1])\nreturn r.err$0", "reply of the server's");
    refused("local t = { ok$0 = ARGV[1] }\nreturn t", "`return t`, line 2");
    refused("local M = {}\nfunction M.go$0() return redis.call('PING') end\nreturn M", "`return M`");
    refused("local t = { n$0 = ARGV[1], other = 2 }\nreturn t.n", "field `other` already");
    refused("local k = 'n'\nlocal t = { n$0 = ARGV[1] }\nreturn t[k]", "written in a variable");
    refused(
        "local t = setmetatable({}, { __index$0 = function() return ARGV[1] end })\nreturn t.x",
        "Lua itself reads",
    );
    refused("local function f(o) return o.n$0 end\nreturn ARGV[1]", "nothing shows which table");
    refused("local t = { n$0 = ARGV[1] }\nreturn error(t)", "cannot be followed: `error(t)`, line 2");
    refused("local t = { n$0 = ARGV[1] }\nreturn unknown(t)", "cannot be followed: `unknown(t)`, line 2");
    // What a script returns is read by number, but for a few names.
    assert_eq!(renamed("local t = { n$0 = ARGV[1] }\nt[1] = t.n\nreturn t", "m").as_deref(), Ok("1:13 2:10"));
    assert!(renamed("local t = { n$0 = ARGV[1] }\nreturn t.n", "end").is_err());
}

#[test]
fn included_modules_are_one_with_their_uses() {
    let source = "-- @include limits.lua\nlocal l = limits\nreturn l.take$0(KEYS[1], 5)\n--- file: limits.lua\nlocal limits = {}\n-- Takes some.\nfunction limits.take(key, n)\n  return redis.call('DECRBY', key, n)\nend\n";
    let told = hovered(source);
    assert!(told.contains("function limits.take(") && told.contains("Takes some."), "{told}");
    assert_eq!(defined(source), "limits.lua:3:17");
    assert_eq!(used(source), "3:10 limits.lua:3:17");
    assert_eq!(renamed(source, "draw").as_deref(), Ok("3:10 limits.lua:3:17"));
    let open = source.replace("l.take$0(KEYS[1], 5)", "l.take(KEYS[1], $0");
    assert!(signed(&open).starts_with("limits.take(key, n) | n | Takes some."), "{}", signed(&open));
    let typed = source.replace("return l.take$0(KEYS[1], 5)", "return l.$0");
    assert_eq!(completed(&typed), "take(key, n)");
    // Nothing uses it yet: the file that includes it sees it all the same.
    let fresh = source.replace("local l = limits\nreturn l.take$0(KEYS[1], 5)", "return limits.$0");
    assert_eq!(completed(&fresh), "take(key, n)");
}

#[test]
fn joined_files_are_one_too() {
    let source = "local b = Bucket.new(KEYS[1])\nreturn b:take$0(1)\n--- file: refs.lua\nlocal Bucket = {}\nBucket.__index = Bucket\nfunction Bucket.new(key) return setmetatable({ key = key }, Bucket) end\n-- Takes n.\nfunction Bucket:take(n) return redis.call('DECRBY', self.key, n) end\n";
    assert!(
        hovered(source).contains("function Bucket:take(n)") && hovered(source).contains("Takes n."),
        "{}",
        hovered(source)
    );
    assert_eq!(used(source), "2:10 refs.lua:5:17");
    assert_eq!(renamed(source, "use").as_deref(), Ok("2:10 refs.lua:5:17"));
}

#[test]
fn libraries_keep_their_functions_in_tables() {
    let source = "#!lua name=lib\nlocal impl = {}\n-- Reads it.\nfunction impl.get(keys, args)\n  return redis.call('GET', keys[1])\nend\nredis.register_function('get', impl.ge$0t)\n";
    assert!(hovered(source).contains("Reads it."), "{}", hovered(source));
    assert_eq!(used(source), "4:15 7:37");
    assert_eq!(renamed(source, "read").as_deref(), Ok("4:15 7:37"));
}

#[test]
fn the_outline_has_fields_and_methods() {
    fn lines(symbols: &[symbols::Symbol], depth: usize, out: &mut String) {
        for it in symbols {
            out.push_str(&format!("{}{:?} {} {}\n", "  ".repeat(depth), it.kind, it.name, it.detail));
            lines(&it.children, depth + 1, out);
        }
    }
    let mut out = String::new();
    lines(&symbols::document(&project(MODULE).files[0]), 0, &mut out);
    assert_eq!(
        out,
        "Variable M { window = 60, limits = { soft = 10, hard = 20 } }\n  Field window 60\n  Field limits { soft = 10, hard = 20 }\n    Field soft 10\n    Field hard 20\nFunction M.count (key, by)\nFunction M.reset (key)\nVariable m M\n"
    );
    let mut out = String::new();
    let source =
        "local M = {}\nM.limit = 10\nM.opts = { ttl = 5 }\nM.limit = 20\nM.go = function() end\nreturn KEYS[1]";
    lines(&symbols::document(&project(source).files[0]), 0, &mut out);
    assert_eq!(out, "Variable M {}\nField M.limit 10\nField M.opts { ttl = 5 }\n  Field ttl 5\nFunction M.go ()\n");
    let account = project(ACCOUNT);
    let methods: Vec<String> = symbols::workspace(&account, "deposit").into_iter().map(|(_, it)| it.name).collect();
    assert_eq!(methods, ["Account:deposit"]);
}

#[test]
fn calls_are_followed_through_tables() {
    let (project, offset) = cursor(&put(ACCOUNT, "acc:deposit", 0, 5));
    let Some(found) = symbols::callable(&project, 0, offset) else { panic!("no function") };
    assert_eq!(found.name, "Account:deposit");
    let callers = symbols::incoming(&project, 0, found.selection);
    assert_eq!(callers.iter().map(|it| it.places.len()).collect::<Vec<_>>(), [2]);
    let source = "local M = {}\nfunction M.a$0() return KEYS[1] end\nreturn pcall(M.a)";
    let (project, offset) = cursor(source);
    let Some(found) = symbols::callable(&project, 0, offset) else { panic!("no function") };
    assert_eq!(symbols::incoming(&project, 0, found.selection).len(), 1);
    let source = "local M = {}\nfunction M.a() return 1 end\nfunction M.b() return M.a() + M.a() end\nreturn M.b$0()";
    let (project, offset) = cursor(source);
    let Some(found) = symbols::callable(&project, 0, offset) else { panic!("no function") };
    let called = symbols::outgoing(&project, 0, found.selection);
    assert_eq!(called.iter().map(|it| (it.with.name.as_str(), it.places.len())).collect::<Vec<_>>(), [("M.a", 2)]);
    let callers = symbols::incoming(&project, 0, called[0].with.selection);
    assert_eq!(callers.iter().map(|it| it.with.name.as_str()).collect::<Vec<_>>(), ["M.b"]);
}

#[test]
fn lenses_hints_and_colours_know_them() {
    let project = project(ACCOUNT);
    let file = &project.files[0];
    let lenses: Vec<String> = code_lens::lenses(file)
        .into_iter()
        .filter(|lens| lens.title.is_none())
        .filter_map(|lens| {
            let (title, _) = code_lens::resolve(&project, 0, lens.range)?;
            Some(format!("{}: {title}", file.text(lens.range)))
        })
        .collect();
    assert_eq!(lenses, ["new: 1 reference", "deposit: 2 references"]);
    let all = text::TextRange::new(0, file.source().len() as u32);
    let hints: Vec<String> = inlay_hint::inlay_hints(&project, 0, all).into_iter().map(|it| it.label).collect();
    assert_eq!(hints, ["owner:", "balance:", "amount:", "note:", "amount:"]);
    let tokens: Vec<String> = semantic_tokens::semantic_tokens(&project, 0, all)
        .into_iter()
        .filter(|it| matches!(it.kind, semantic_tokens::TokenKind::Method | semantic_tokens::TokenKind::Property))
        .map(|it| format!("{:?} {}", it.kind, file.text(it.range)))
        .collect();
    assert_eq!(
        tokens,
        [
            "Property __index",
            "Property owner",
            "Property balance",
            "Method deposit",
            "Property balance",
            "Property balance",
            "Property balance",
            "Method deposit",
            "Property balance"
        ]
    );
}
