//! What a language server lives on: random edits in every encoding. The document must be what a plain string would be, a
//! parse that takes over what it can must be a fresh one, and no request at any place may panic.
//!
//! `REDLUA_FUZZ_RUNS` sets how many documents are edited (default 150), `REDLUA_FUZZ_SEED` which.

use std::sync::Arc;

use ide::{File, Project, completion::Trigger};
use linter::Options;
use semantic::{Linked, Script};
use tests::{
    cache,
    random::{Random, number, scripts},
    root,
};
use text::{Document, Encoding, LineIndex, Position, TextRange};

const TYPED: &[&str] = &[
    "a",
    "\n",
    "\r\n",
    "\r",
    " ",
    "é",
    "\u{1F600}",
    "'",
    "\"",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    ",",
    "=",
    "end",
    "end\n",
    "if x then\n",
    "local x = ",
    "local function f(a, b)\n",
    "redis.call('",
    "redis.call('SET', KEYS[1], ",
    "KEYS[",
    "--",
    "--[[",
    "]]",
    "-- KEYS[1] a\n",
    "-- @include ",
    "return ",
    "for i = 1, 2 do\n",
    "function() ",
    "until x",
    "repeat\n",
    "'NX'",
    "#!lua name=x\n",
    "-- redlua: allow(",
    "x.y:z",
    "local M = { a = 1 }\n",
    "function M.f(a, b)\n",
    "function M:g(...)\n",
    "M.f(",
    "self.",
    "t[k].",
    "else\n",
    "elseif x then\n",
    "---@",
    "---@param a ",
    "---@type {a: fun(x: Job): Job[]}\n",
    "---@class Job: ",
    "---@field id ",
    "---@return ",
    "---| 'a'\n",
    "--[[@as Job]]",
    "|Job",
    "<string, ",
];

/// A script with annotations of every kind.
const ANNOTATED: &str = "-- @include part.lua
---@alias State 'wait'|'done'
---@class Job: Shared
---@field id string the id
---@field opts { delay: integer, [string]: any }?
---@field private state State
local Job = {}

--- Adds é.
---@generic T
---@param job Job|Shared the job
---@param list? table<string, Job[]>
---@param ... fun(job: Job, n?: integer): boolean, string
---@return boolean ok, string? err # what is wrong
---@deprecated use `Job.get`
function Job.add(job, list, ...)
  if job.state == 'wait' then return redis.call('SADD', KEYS[1], job.opts.delay) == 1 end
  for _, it in ipairs(list.x) do it.id = job.id end
end
---@type Job
local job = cjson.decode(ARGV[1])
local other = f() --[[@as Job]]
return Job.add({ id = 1, opts = { delay = 1 } }, { job, other })
";

/// The same edit on a plain string.
fn edited(text: &str, range: Option<(Position, Position)>, with: &str, encoding: Encoding) -> String {
    let Some((start, end)) = range else { return with.to_owned() };
    let lines = LineIndex::new(text.as_bytes());
    let start = lines.offset(text.as_bytes(), start, encoding) as usize;
    let end = (lines.offset(text.as_bytes(), end, encoding) as usize).max(start);
    format!("{}{with}{}", &text[..start], &text[end..])
}

fn place(random: &mut Random, lines: &LineIndex) -> Position {
    let line = random.below(lines.line_count() as usize + 2) as u32;
    let widest = if random.below(8) == 0 { 500 } else { 40 };
    Position { line, character: random.below(widest) as u32 }
}

/// Every feature at one place.
fn ask(project: &Project, offset: u32, random: &mut Random) {
    let len = project.files[0].source().len() as u32;
    let range = TextRange::new(offset, (offset + random.below(60) as u32).min(len));
    ide::hover::hover(project, 0, offset);
    ide::signature::signatures(project, 0, offset);
    let trigger = [Trigger::Invoked, Trigger::Letter, Trigger::Character][offset as usize % 3];
    let found = ide::completion::completions(project, 0, offset, trigger);
    assert!(found.range.start <= found.range.end && found.range.end <= len);
    for item in found.items.iter().take(5) {
        ide::completion::resolve(&item.docs, &project.files[0].options.targets);
    }
    let within = |range: TextRange| assert!(range.start <= range.end && range.end <= len, "{range:?} of {len}");
    for target in ide::navigation::definition(project, 0, offset).iter().flat_map(|it| &it.targets) {
        assert!(target.range.end as usize <= project.files[target.file].source().len());
    }
    for reference in ide::navigation::references(project, 0, offset) {
        assert!(reference.location.range.end as usize <= project.files[reference.location.file].source().len());
    }
    ide::navigation::prepare_rename(project, 0, offset).ok();
    ide::navigation::rename(project, 0, offset, "renamed").ok();
    ide::navigation::linked_editing(project, 0, offset).iter().flatten().for_each(|&range| within(range));
    ide::highlight::highlights(project, 0, offset).iter().for_each(|it| within(it.range));
    ide::selection::selection(&project.files[0], offset).into_iter().for_each(within);
    if let Some(callable) = ide::symbols::callable(project, 0, offset) {
        ide::symbols::incoming(project, callable.file, callable.selection);
        ide::symbols::outgoing(project, callable.file, callable.selection);
    }
    for action in ide::code_action::actions(project, 0, range) {
        action.edits.iter().for_each(|edit| within(edit.range));
    }
    ide::inlay_hint::inlay_hints(project, 0, range);
    ide::indent::depth(project.files[0].source(), offset);
    ide::on_enter::on_enter(&project.files[0], offset);
}

/// Every feature that is of the file as a whole.
fn ask_whole(project: &Project) {
    let file = &project.files[0];
    let whole = TextRange::new(0, file.source().len() as u32);
    file.findings();
    ide::symbols::document(file);
    ide::symbols::workspace(project, "f");
    ide::folding::folding(file, false);
    ide::folding::folding(file, true);
    let tokens = ide::semantic_tokens::semantic_tokens(project, 0, whole);
    assert!(tokens.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "tokens overlap");
    for lens in ide::code_lens::lenses(file) {
        ide::code_lens::resolve(project, 0, lens.range);
    }
    ide::links::links(project, 0);
}

fn project(script: Script) -> Project {
    let part = "local function help(a) return redis.call('GET', a) end\nlocal shared = KEYS[2]\n---@class Shared\n---@field owner Shared\n";
    let targets = vec![vec![1]; script.includes.len()];
    let mut linked = vec![
        Linked { path: "main.lua".to_owned(), script, targets: targets.clone() },
        Linked { path: "part.lua".to_owned(), script: Script::new(part.as_bytes().into(), None), targets: Vec::new() },
    ];
    semantic::link(&mut linked);
    let options = Arc::new(Options::default());
    let included = linked.iter().map(|it| it.targets.clone()).collect();
    let files =
        linked.into_iter().map(|it| Arc::new(File::new(it.path, it.script, true, Arc::clone(&options)))).collect();
    Project::new(files, included)
}

#[test]
fn edits_keep_everything_in_step() {
    let mut seeds = Vec::new();
    scripts(&root().join("examples"), &mut seeds);
    scripts(&cache().join("packages"), &mut seeds);
    assert!(seeds.len() > 250, "only {} scripts: run tests/setup/packages.sh", seeds.len());
    let annotated = seeds.len() / 8;
    seeds.extend(std::iter::repeat_n(ANNOTATED.as_bytes().to_vec(), annotated));
    let mut random = Random::new();
    for run in 0..number("REDLUA_FUZZ_RUNS", 150) {
        let encoding = random.pick(&[Encoding::Utf8, Encoding::Utf16, Encoding::Utf32]);
        let mut text = String::from_utf8_lossy(&seeds[random.below(seeds.len())]).into_owned();
        let mut document = Document::new(&text, 0);
        for step in 0..12 {
            let lines = LineIndex::new(text.as_bytes());
            let start = place(&mut random, &lines);
            let end = if random.below(3) == 0 { place(&mut random, &lines) } else { start };
            let range = (random.below(60) != 0).then_some((start, end));
            let with = match random.below(4) {
                0 => String::new(),
                1 => random.pick(TYPED).repeat(1 + random.below(3)),
                _ => random.pick(TYPED).to_owned(),
            };
            let before = text.clone();
            text = edited(&text, range, &with, encoding);
            document.edit(range, &with, encoding);
            let told = || format!("run {run}, step {step}: {range:?} with {with:?} in {encoding:?} on\n{before}");
            assert!(document.bytes() == text.as_bytes(), "the document is another: {}", told());
            let source: Arc<[u8]> = text.as_bytes().into();
            let again = Script::new(Arc::clone(&source), Some("main.lua"));
            let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let project = project(again);
                if step % 4 == 3 {
                    ask_whole(&project);
                }
                for _ in 0..6 {
                    ask(&project, random.below(text.len() + 1) as u32, &mut random);
                }
            }));
            assert!(asked.is_ok(), "a request panics: {}", told());
        }
    }
}

/// A short script, asked at every one of its bytes, whole and cut off there.
#[test]
fn every_place_of_a_script_can_be_asked() {
    let source = "-- KEYS[1] the é lock\n-- @include part.lua\nlocal rcall, t = redis.call, {a = 1}\nlocal function get(key, n)\n  if rcall('SET', key, n, 'NX', 'EX', 10) then return help(key) .. t.a end\nend\nfor i, k in ipairs(KEYS) do get(k, ARGV[i]) end\nreturn get(KEYS[1], cjson.encode({shared})) -- redlua: allow(unused-key)\n";
    let mut random = Random::new();
    for source in [source, ANNOTATED] {
        for cut in 0..=source.len() {
            for text in [&source.as_bytes()[..cut], source.as_bytes()] {
                let project = project(Script::new(text.into(), Some("main.lua")));
                ask(&project, cut.min(text.len()) as u32, &mut random);
            }
        }
    }
}
