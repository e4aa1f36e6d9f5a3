//! What we take for Lua against what Lua 5.1's own compiler takes, on real scripts and on scripts made of them by
//! dropping, doubling and exchanging tokens, putting in those of other languages, and cutting lines.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use syntax::lexer::{Lexer, TokenKind};
use tests::cache;

/// Scripts of people who come from other languages, or are not done.
const FOREIGN: &[&str] = &[
    "!=", "&&", "||", "!", "++", "+=", "?", "??", "=>", "->", "::", "==", "=", "~", "&", "|", "<<", "//", "**", "<>",
    ":=", "let", "const", "var", "def", "elif", "switch", "try", "class", "unless", "foreach", "continue", "goto",
    "null", "in", "is", "then", "do", "end", "else", "if", "function", "local", "return", "{", "}", "(", ")", "[", "]",
    ",", ";", ":", ".", "'", "\"", "`", "“", "\u{a0}", "@", "$", "<const>", "0b1", "1_0", "/*", "*/", "#", "\\",
    "end;", "endif", "edn", "funciton", "locla",
];

fn lua_takes(source: &[u8]) -> bool {
    let mut source = source.to_vec();
    if source.starts_with(b"#!") {
        let end = source.iter().position(|&byte| byte == b'\n').unwrap_or(source.len());
        source[..end].fill(b' ');
    }
    let child = Command::new("luac5.1").args(["-p", "-"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => panic!("luac5.1 does not start ({error}): install Debian's lua5.1"),
    };
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&source).ok();
    }
    child.wait().is_ok_and(|status| status.success())
}

fn scripts(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scripts(&path, out);
        } else if path.extension().is_some_and(|it| it == "lua") {
            out.push(path);
        }
    }
}

#[test]
fn we_refuse_what_lua_refuses() {
    let mut paths = Vec::new();
    scripts(&cache().join("packages"), &mut paths);
    paths.sort();
    assert!(paths.len() > 250, "only {} scripts: run tests/setup/packages.sh", paths.len());
    let sources: Vec<Vec<u8>> = paths.iter().filter_map(|path| std::fs::read(path).ok()).collect();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = |count: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % count.max(1) as u64) as usize
    };
    let tokens = |source: &[u8]| -> Vec<std::ops::Range<usize>> {
        Lexer::new(source)
            .filter(|token| token.kind != TokenKind::Comment)
            .map(|token| token.range.to_usize())
            .collect()
    };
    let mut wrong = Vec::new();
    for nth in 0..1_200 {
        let mut source = sources[below(sources.len())].clone();
        let places = tokens(&source);
        if nth > 20 && !places.is_empty() {
            let place = places[below(places.len())].clone();
            let donor = &sources[below(sources.len())];
            let from = tokens(donor);
            let mut word = from.get(below(from.len())).map_or_else(Vec::new, |range| donor[range.clone()].to_vec());
            if below(2) == 0 {
                word = FOREIGN[below(FOREIGN.len())].as_bytes().to_vec();
            }
            word.push(b' ');
            let line =
                source[place.end..].iter().position(|&byte| byte == b'\n').map_or(source.len(), |at| place.end + at);
            match below(5) {
                0 => drop(source.drain(place)),
                1 => drop(source.splice(place, word)),
                2 => drop(source.drain(place.end..line)),
                3 => source.truncate(place.end),
                _ => drop(source.splice(place.start..place.start, word)),
            }
        }
        let ours = syntax::parse(&source).errors;
        if ours.is_empty() != lua_takes(&source) {
            wrong.push(format!("{:?} in:\n{}", ours.first(), String::from_utf8_lossy(&source)));
        }
    }
    assert!(wrong.is_empty(), "{} differ, the first: {}", wrong.len(), wrong[0]);
}

/// The listing of a script's bytecode, without lines and addresses; none if it does not compile.
fn listing(source: &[u8]) -> Option<String> {
    let start = match source.starts_with(b"#!") {
        true => source.iter().position(|&byte| byte == b'\n').unwrap_or(source.len()),
        false => 0,
    };
    let child = Command::new("luac5.1").args(["-l", "-p", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("luac5.1 does not start ({error}): install Debian's lua5.1"));
    let stdin = child.stdin.take();
    let code = source[start..].to_vec();
    let writer = std::thread::spawn(move || stdin.map(|mut it| it.write_all(&code)));
    let output = child.wait_with_output().ok().filter(|it| it.status.success())?;
    writer.join().ok();
    // `	3	[12]	GETGLOBAL	0 -1	; redis`, `main <-:0,0> (5 instructions, 20 bytes at 0x55…)`
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |line: &str| -> String {
        let words =
            line.split(['\t', ' ']).filter(|it| !(it.starts_with('[') || it.starts_with('<') || it.contains("0x")));
        words.collect::<Vec<_>>().join(" ")
    };
    Some(text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

#[test]
fn minified_scripts_compile_to_the_same() {
    let mut paths = Vec::new();
    scripts(&cache().join("packages"), &mut paths);
    let sources: Vec<Vec<u8>> = paths.iter().filter_map(|path| std::fs::read(path).ok()).collect();
    let mut compared = 0;
    for (source, path) in sources.iter().zip(&paths) {
        let (Some(wanted), Some(minified)) = (listing(source), syntax::minify(source, false)) else { continue };
        assert_eq!(listing(&minified.text).as_ref(), Some(&wanted), "{}", path.display());
        assert!(minified.text.len() <= source.len(), "{}", path.display());
        let lines = minified.text.split(|it| *it == b'\n').count();
        assert!(minified.text.is_empty() || minified.lines.len() == lines, "{}", path.display());
        compared += 1;
    }
    assert!(compared > 250, "only {compared} scripts: run tests/setup/packages.sh");
}
