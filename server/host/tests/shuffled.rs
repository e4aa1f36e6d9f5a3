//! Files that are cut, shuffled and half-typed: lexers end, and what they give is in order and within the file.

mod common;

use std::path::Path;

use common::SAMPLES;
use host::{HostDocument, Language, Lexed, TokenKind};

/// Random numbers, the same ones each time (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`, or zero.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Texts that open and close literals, comments and holes.
const MARKS: &[&str] = &[
    "\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    "${",
    "#{",
    "{",
    "}",
    "{{",
    "}}",
    "(",
    ")",
    "[",
    "]",
    "\\",
    "\n",
    "\r\n",
    "$(",
    "$",
    "/*",
    "*/",
    "//",
    "#",
    "--",
    "[[",
    "]]",
    "<<~X\n",
    "<<<X\n",
    "<<X\n",
    "X\n",
    "?>",
    "<?php ",
    "%q(",
    "%",
    "/",
    ":",
    "f\"",
    "r#\"",
    "$@\"",
    "@\"",
    "```",
    "```lua\n",
    "<script>",
    "</script>",
    "é",
    "😀",
    "\0",
];

/// Changes a text in one of several ways.
fn change(text: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let (from, to) = (random.below(text.len() + 1), random.below(text.len() + 1));
    let (from, to) = (from.min(to), from.max(to));
    let short = from..to.min(from + 20);
    match random.below(8) {
        0 => text.truncate(to),
        1 => drop(text.drain(..from)),
        2 => drop(text.drain(short)),
        3 => {
            let again = text[short].to_vec();
            text.splice(to..to, again);
        }
        4 => {
            let byte = random.next() as u8;
            text.insert(from, byte);
        }
        5 => {
            let start = random.below(other.len());
            let end = (start + random.below(60)).min(other.len());
            text.splice(from..from, other[start..end].iter().copied());
        }
        _ => {
            let mark = MARKS[random.below(MARKS.len())];
            text.splice(from..from, mark.bytes());
        }
    }
}

/// Panics unless all ranges are in order and within the file.
fn check(source: &[u8], lexed: &Lexed) {
    let len = source.len() as u32;
    let mut end = 0;
    for token in &lexed.tokens {
        assert!(token.range.start >= end && token.range.end <= len && !token.range.is_empty(), "{token:?}");
        end = token.range.end;
        if let TokenKind::Literal(nth) = token.kind {
            assert_eq!(lexed.literals[nth as usize].range, token.range);
        }
    }
    assert!(lexed.literals.is_sorted_by_key(|it| it.range.start));
    for literal in &lexed.literals {
        assert!(literal.range.end <= len && literal.body.end <= len, "{literal:?}");
        assert!(literal.range.contains_range(literal.body) || literal.range.end <= literal.body.start, "{literal:?}");
        let mut end = literal.body.start;
        for hole in lexed.holes(literal) {
            assert!(hole.range.start >= end && hole.range.contains_range(hole.expression), "{literal:?} {hole:?}");
            end = hole.range.end;
        }
        assert!(end <= literal.body.end, "{literal:?}");
    }
    assert!(lexed.comments.is_sorted_by_key(|it| it.start) && lexed.comments.iter().all(|it| it.end <= len));
}

fn language(file: &str, source: &str) -> Language {
    let of_path = Language::of_path(Path::new(file));
    of_path.or_else(|| Language::of_lua(source.as_bytes())).unwrap_or_else(|| panic!("no language for {file}"))
}

#[test]
fn lexers_take_anything() {
    for (nth, (file, sample)) in SAMPLES.iter().enumerate() {
        let language = language(file, sample);
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ nth as u64);
        check(sample.as_bytes(), &language.lex(sample.as_bytes()));
        for _ in 0..800 {
            let mut text = sample.as_bytes().to_vec();
            let other = SAMPLES[random.below(SAMPLES.len())].1.as_bytes();
            for _ in 0..=random.below(6) {
                change(&mut text, other, &mut random);
            }
            let lexed = std::panic::catch_unwind(|| check(&text, &language.lex(&text)));
            assert!(lexed.is_ok(), "{file}: {:?}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn scripts_of_anything_are_within_the_file() {
    for (nth, (file, sample)) in SAMPLES.iter().enumerate() {
        let language = language(file, sample);
        let mut random = Random(0x2545_f491_4f6c_dd1d ^ nth as u64);
        assert!(!HostDocument::read(language, file, sample.as_bytes()).embedded.is_empty(), "{file}");
        for _ in 0..100 {
            let mut text = sample.as_bytes().to_vec();
            let other = SAMPLES[random.below(SAMPLES.len())].1.as_bytes();
            for _ in 0..=random.below(6) {
                change(&mut text, other, &mut random);
            }
            let found = std::panic::catch_unwind(|| {
                for script in &HostDocument::read(language, file, &text).embedded {
                    assert!(script.range.end as usize <= text.len(), "{:?}", script.range);
                }
            });
            assert!(found.is_ok(), "{file}: {:?}", String::from_utf8_lossy(&text));
        }
    }
}

/// What opens again and again, and what is never closed, takes no more time than its length.
#[test]
fn openings_without_end_take_linear_time() {
    for (file, sample) in SAMPLES {
        let language = language(file, sample);
        let prefix = if file.ends_with(".php") { "<?php " } else { "" };
        for mark in MARKS {
            for unit in [mark.to_string(), format!("{mark} "), format!("\"{mark}"), format!("a {mark}\n")] {
                let text = format!("{prefix}{}", unit.repeat(6_000 / unit.len()));
                check(text.as_bytes(), &language.lex(text.as_bytes()));
            }
        }
    }
}
