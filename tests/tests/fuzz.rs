//! Parse and check on scripts that nobody wrote: real ones cut, joined, doubled and sprinkled with bytes. Nothing may
//! panic, hang, or point outside of the file.
//!
//! `REDLUA_FUZZ_RUNS` sets how many are made (default 4,000), `REDLUA_FUZZ_SEED` which.

use std::time::{Duration, Instant};

use commands::Target;
use linter::Options;
use semantic::{Linked, Script};
use tests::{
    cache,
    random::{Random, number, scripts},
    root,
};

/// Words that lead into the less-trodden parts.
const WORDS: &[&str] = &[
    "redis.call(",
    "redis.pcall('",
    "local function f(...)",
    "unpack(",
    "KEYS[",
    "ARGV[0]",
    "KEYS[-1]",
    "[==[",
    "]]",
    "--[[",
    "#!lua name=x\n",
    "#!lua flags=no-writes,\n",
    "redis.register_function{",
    "for i = #KEYS, 1 do",
    "-- @include x\n",
    "--- @include \"*\"\n",
    "-- KEYS[1] a\n",
    "-- redlua: allow(",
    "'ZADD', ",
    "'STREAMS', ",
    "goto ",
    "!= ",
    "\\x41",
    "\u{feff}",
    "\0",
    "\r",
    "(((((((",
    "}}}}",
    "1e999",
    "0x",
    "..",
    "...",
    "= function() end ",
    "repeat until ",
    "end end ",
];

fn made(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut text = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(text.len() + 1);
        match random.below(7) {
            0 => text.truncate(at),
            1 => drop(text.drain(..at)),
            2 => {
                let end = (at + random.below(40)).min(text.len());
                drop(text.drain(at..end));
            }
            3 => {
                let word = WORDS[random.below(WORDS.len())];
                text.splice(at..at, word.bytes());
            }
            4 => {
                let donor = &seeds[random.below(seeds.len())];
                let from = random.below(donor.len() + 1);
                let to = (from + random.below(200)).min(donor.len());
                text.splice(at..at, donor[from..to].iter().copied());
            }
            5 => text.insert(at, random.below(256) as u8),
            _ => {
                let end = (at + random.below(30)).min(text.len());
                let part = text[at..end].repeat(1 + random.below(40));
                text.splice(at..at, part);
            }
        }
    }
    text
}

#[test]
fn nothing_upsets_parse_and_check() {
    let mut seeds = Vec::new();
    scripts(&root().join("examples"), &mut seeds);
    scripts(&cache().join("packages"), &mut seeds);
    assert!(seeds.len() > 250, "only {} scripts: run tests/setup/packages.sh", seeds.len());
    let mut random = Random::new();
    let options = Options { targets: Target::KNOWN.to_vec(), cluster: true, ..Options::default() };
    for nth in 0..number("REDLUA_FUZZ_RUNS", 4_000) {
        let source = made(&seeds, &mut random);
        let started = Instant::now();
        let checked = std::panic::catch_unwind(|| {
            let name = if nth % 2 == 0 { "take-2.lua" } else { "x.lua" };
            let script = Script::new(source.clone().into(), Some(name));
            // Every include leads to the file itself or to a second one.
            let targets: Vec<Vec<usize>> = (0..script.includes.len()).map(|at| vec![at % 2]).collect();
            let other = Script::new((&b"local rcall = redis.call\n-- @include x\n"[..]).into(), None);
            let mut files = vec![
                Linked { path: name.to_owned(), script, targets },
                Linked { path: "other.lua".to_owned(), script: other, targets: vec![vec![0]] },
            ];
            semantic::link(&mut files);
            let script = &mut files[0].script;
            script.bind_commands(&options.targets);
            linter::lint(script, &options)
        });
        let keep = || {
            let path = std::env::temp_dir().join("redlua-fuzz.lua");
            std::fs::write(&path, &source).ok();
            path
        };
        let Ok(findings) = checked else { panic!("script {nth} makes it panic: {}", keep().display()) };
        for finding in &findings {
            let ranges = std::iter::once(finding.range).chain(finding.related.iter().map(|related| related.range));
            for range in ranges.chain(finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.range))) {
                assert!(
                    range.start <= range.end && range.end as usize <= source.len(),
                    "script {nth}: {} points outside: {}",
                    finding.code,
                    keep().display()
                );
            }
            assert!(!finding.message.contains('\n'), "script {nth}: {} has a message of two lines", finding.code);
        }
        assert!(started.elapsed() < Duration::from_secs(120), "script {nth} takes too long: {}", keep().display());
    }
}
