//! Refactorings keep what a script does: made-up scripts run on the engine before and after each action at each place, and
//! give the same reply and the same keyspace.
//!
//! `REDLUA_FUZZ_RUNS` sets how many scripts are made (default 400), `REDLUA_FUZZ_SEED` which.

use std::{fmt::Write as _, sync::Arc};

use commands::Target;
use ide::{
    File, Project,
    code_action::{ActionKind, actions},
};
use linter::Options;
use protocol::Reply;
use script::{Budget, Running, Server};
use semantic::Script;
use tests::random::{Random, number};
use text::TextRange;

/// A script in the making.
struct Maker<'a> {
    random: &'a mut Random,
    text: String,
    /// Names of locals that are in sight, by block.
    names: Vec<Vec<String>>,
    depth: usize,
    made: usize,
}

/// The beginning of every script: what values look like, a function of two values, a counter that a function keeps.
const PRELUDE: &str = "local function s(v)
  if type(v) == 'table' then return 't' .. #v elseif type(v) == 'function' then return 'f' end
  return tostring(v)
end
local n = 1
local t = { f = 2, 5, 7 }
local function two() n = n + 1 return n, 'y' end
local function put(v) t.f = s(v) redis.call('APPEND', 'log', s(v)) return v end
";

impl Maker<'_> {
    fn name(&mut self) -> String {
        let known: Vec<&String> = self.names.iter().flatten().collect();
        let at = self.random.below(known.len() + 1);
        known.get(at).map_or_else(|| "n".to_owned(), |name| (*name).clone())
    }

    fn fresh(&mut self) -> String {
        self.made += 1;
        // Few names, so that they hide one another.
        let name = self.random.pick(&["a", "b", "c", "d", "n", "t"]).to_owned();
        if let Some(block) = self.names.last_mut() {
            block.push(name.clone());
        }
        name
    }

    fn expr(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.below(4) == 0 {
            return match self.random.below(9) {
                0 => "nil".to_owned(),
                1 => self.random.pick(&["1", "2", "0.5", "'x'", "'3'", "true", "false"]).to_owned(),
                2 => self.random.pick(&["ARGV[1]", "ARGV[2]", "KEYS[1]", "#KEYS", "#ARGV", "KEYS[3]"]).to_owned(),
                3 => self.random.pick(&["t.f", "t[1]", "#t", "t[n]"]).to_owned(),
                _ => self.name(),
            };
        }
        let one = self.expr(depth - 1);
        match self.random.below(17) {
            0 => format!("{one} + {}", self.expr(depth - 1)),
            1 => format!("({one}) .. {}", self.expr(depth - 1)),
            2 => format!("{one} and {}", self.expr(depth - 1)),
            3 => format!("{one} or {}", self.expr(depth - 1)),
            4 => format!("{one} == {}", self.expr(depth - 1)),
            5 => format!("not {one}"),
            6 => format!("({one})"),
            7 => format!("tonumber({one})"),
            8 => format!("s({one})"),
            9 => "two()".to_owned(),
            10 => format!("put({one})"),
            11 => format!("{{ {one}, {} }}", self.expr(depth - 1)),
            12 => "redis.call('INCR', KEYS[1])".to_owned(),
            13 => format!("redis.call('RPUSH', KEYS[2], s({one}))"),
            14 => "redis.call('GET', KEYS[1])".to_owned(),
            15 => format!("(function() return {one} end)()"),
            _ => format!("select(2, two(), {one})"),
        }
    }

    fn line(&mut self, text: &str) {
        let indent = "  ".repeat(self.depth);
        writeln!(self.text, "{indent}{text}").unwrap_or_default();
    }

    fn block(&mut self) {
        self.depth += 1;
        self.names.push(Vec::new());
        for _ in 0..=self.random.below(3) {
            self.stmt();
        }
        self.names.pop();
        self.depth -= 1;
    }

    fn stmt(&mut self) {
        let one = self.expr(2);
        let nested = self.depth < 3;
        match self.random.below(14) {
            0..=4 => {
                let name = self.fresh();
                self.line(&format!("local {name} = {one}"));
            }
            5 => {
                let two = self.expr(1);
                let (a, b) = (self.fresh(), self.fresh());
                self.line(&format!("local {a}, {b} = {two}, {one}"));
            }
            6 => {
                let name = self.name();
                self.line(&format!("{name} = {one}"));
            }
            7 => {
                let target = self.random.pick(&["t.f", "t[1]", "ARGV[1]", "t[n]", "t.g"]);
                self.line(&format!("{target} = {one}"));
            }
            8 => self.line(&format!("put({one})")),
            9 => self.line(&format!("redis.call('SET', KEYS[1], s({one}))")),
            10 if nested => {
                self.line(&format!("if {one} then"));
                self.block();
                if self.random.below(2) == 0 {
                    let other = self.expr(1);
                    self.line(&format!("elseif {other} then"));
                    self.block();
                }
                self.line("end");
            }
            11 if nested => {
                let head = match self.random.below(3) {
                    0 => "for i = 1, 2 do".to_owned(),
                    1 => format!("for _, v in ipairs({{ {one} }}) do"),
                    _ => format!("while n < 4 and s({one}) do n = n + 1"),
                };
                self.line(&head);
                self.block();
                self.line("end");
            }
            12 if nested => {
                let name = self.fresh();
                self.line(&format!("local function {name}(a, ...)"));
                self.block();
                let value = self.expr(1);
                self.line(&format!("  return {value}"));
                self.line("end");
            }
            _ => {
                let name = self.name();
                self.line(&format!("put({name}) put({one})"));
            }
        }
    }
}

fn made(random: &mut Random) -> String {
    let mut maker = Maker { random, text: PRELUDE.to_owned(), names: vec![Vec::new()], depth: 0, made: 0 };
    for _ in 0..3 + maker.random.below(6) {
        maker.stmt();
    }
    let (one, two) = (maker.expr(2), maker.name());
    maker.line(&format!("return {{ s({one}), s({two}), s(n), s(t), {one} }}"));
    maker.text
}

/// A script that runs more instructions than this is taken for one that never ends.
const MOST_INSTRUCTIONS: u64 = 2_000_000;

/// Runs a script: its reply, and the keyspace afterwards. Of an error only what went wrong counts, not where and with
/// which name.
fn outcome(script: &str) -> (String, String) {
    let mut server = Server::new(Target::redis(7, 0));
    // Instructions, not time: the outcome is the same on every machine.
    server.set_running(Running::default(), Budget { instructions: MOST_INSTRUCTIONS, ..Budget::UNLIMITED });
    let mut db = 0;
    let mut call = |words: &[&str]| {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        server.call(&words, &mut db, false)
    };
    call(&["SET", "one", "3"]);
    let reply = match call(&["EVAL", script, "2", "one", "two", "5", "x"]) {
        Reply::Error(text) => {
            let text = String::from_utf8_lossy(&text).into_owned();
            let text = text.split(" script: ").next().unwrap_or_default();
            let what = match text.find("user_script:") {
                Some(at) => text[at..].split_once(": ").map_or(text, |(_, what)| what),
                None => text,
            };
            let names = [" local '", " global '", " field '", " upvalue '", " method '", " to '", " on ", " a "];
            let end = names.iter().filter_map(|name| what.find(name)).min().unwrap_or(what.len());
            format!("error: {}", &what[..end])
        }
        reply => format!("{reply:?}"),
    };
    (reply, format!("{:?}", call(&["DEBUG", "DIGEST"])))
}

#[test]
fn refactorings_keep_what_scripts_do() {
    let mut random = Random::new();
    let options = Arc::new(Options::default());
    let (mut tried, mut wrong) = (0, Vec::new());
    for _ in 0..number("REDLUA_FUZZ_RUNS", 400) {
        let text = made(&mut random);
        let script = Script::new(text.as_bytes().into(), None);
        assert!(script.parse.errors.is_empty(), "{text}");
        let before = outcome(&text);
        if before.0.contains("instructions") {
            // A loop whose counter the script itself sets back has no outcome to compare.
            continue;
        }
        let mut places: Vec<TextRange> = script.tree().exprs().map(|(_, expr)| expr.range).collect();
        places.extend(script.scopes.locals().map(|(_, local)| TextRange::at(local.name.range.start)));
        places.sort_by_key(|range| (range.start, range.end));
        places.dedup();
        let file = File::new("a.lua".to_owned(), script, true, Arc::clone(&options));
        let project = Project::new(vec![Arc::new(file)], Vec::new());
        for place in places {
            for action in actions(&project, 0, place) {
                if !matches!(action.kind, ActionKind::Extract | ActionKind::Inline) {
                    continue;
                }
                tried += 1;
                let mut edits: Vec<_> = action.edits.iter().collect();
                edits.sort_by_key(|edit| std::cmp::Reverse((edit.range.start, edit.range.end)));
                let mut changed = text.clone();
                for edit in edits {
                    changed.replace_range(edit.range.start as usize..edit.range.end as usize, &edit.text);
                }
                let after = outcome(&changed);
                if after != before {
                    let at = &text[place.start as usize..place.end as usize];
                    wrong.push(format!(
                        "{} at {place:?} `{at}`\n{text}\n=> {changed}\n{before:?}\n{after:?}",
                        action.title
                    ));
                }
            }
        }
    }
    assert!(tried > 1000 || number("REDLUA_FUZZ_RUNS", 400) < 400, "only {tried} actions were tried");
    assert!(
        wrong.is_empty(),
        "{} of {tried} change the script:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
}
