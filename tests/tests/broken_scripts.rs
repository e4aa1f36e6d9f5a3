//! Broken scripts with all that is said of them: `tests/broken/*.txt`, a table to be read. `REDLUA_WRITE=1` writes what is
//! said now in the place of what was.
//!
//! ```text
//! ## name
//! return redis.call('GET' KEYS[1])
//! |                      ^ error[syntax-error]: a `,` is missing between `'GET'` and `KEYS`
//! |                        fix (unsafe): Insert `,`
//! ```

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use linter::{Diagnostic, Level, Options};
use semantic::Script;
use tests::root;
use text::LineIndex;

fn lua_takes(source: &str) -> bool {
    let child = Command::new("luac5.1").args(["-p", "-"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => panic!("luac5.1 does not start ({error}): install Debian's lua5.1"),
    };
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(source.as_bytes()).ok();
    }
    child.wait().is_ok_and(|status| status.success())
}

/// Findings of a script: warnings and errors.
fn findings(source: &str) -> Vec<Diagnostic> {
    let mut script = Script::new(Arc::from(source.as_bytes()), Some("main.lua"));
    let options = Options::default();
    script.bind_commands(&options.targets);
    let mut found = linter::lint(&script, &options);
    found.retain(|finding| finding.level > Level::Hint);
    found
}

/// A file of the table: its name, and for each script a title and its text.
struct Table {
    path: PathBuf,
    head: String,
    scripts: Vec<(String, String)>,
}

fn tables() -> Vec<Table> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root().join("tests/broken")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let mut table = Table { path, head: String::new(), scripts: Vec::new() };
        for line in text.split_inclusive('\n') {
            if let Some(title) = line.strip_prefix("## ") {
                table.scripts.push((title.trim_end().to_owned(), String::new()));
            } else if !line.starts_with('|') {
                match table.scripts.last_mut() {
                    Some((_, script)) => script.push_str(line),
                    None => table.head.push_str(line),
                }
            }
        }
        table
    };
    paths.into_iter().map(read).collect()
}

/// The script with the findings drawn under its lines.
fn drawn(source: &str, findings: &[Diagnostic]) -> String {
    let index = LineIndex::new(source.as_bytes());
    let mut out = String::new();
    for (nth, line) in source.split_inclusive('\n').enumerate() {
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push('\n');
        }
        let is_last = nth + 1 == source.split_inclusive('\n').count();
        for finding in findings {
            let at = index.line(finding.range.start) as usize;
            if at != nth && !(is_last && at > nth) {
                continue;
            }
            let range = index.line_range(source.as_bytes(), at as u32);
            let text = |start: u32, end: u32| source[start as usize..end.max(start) as usize].chars().count();
            let column = text(range.start, finding.range.start);
            let width = text(finding.range.start, finding.range.end.min(range.end)).max(1);
            // The bar takes the first column.
            let carets = match column {
                0 => format!("<{}", "^".repeat(width - 1)),
                _ => format!("{}{}", " ".repeat(column - 1), "^".repeat(width)),
            };
            let level = finding.level;
            writeln!(out, "|{carets} {level}[{}]: {}", finding.code, finding.message).unwrap();
            let indent = " ".repeat((column + width).max(1));
            if let Some(help) = &finding.help {
                writeln!(out, "|{indent}help: {help}").unwrap();
            }
            for related in &finding.related {
                let place = index.line_col(source.as_bytes(), related.range.start);
                writeln!(out, "|{indent}{}:{}: {}", place.line, place.column, related.message).unwrap();
            }
            if let Some(fix) = &finding.fix {
                let kind = if fix.safe { "fix" } else { "offer" };
                writeln!(out, "|{indent}{kind}: {}", fix.title).unwrap();
            }
        }
    }
    out
}

fn fixed(source: &str, finding: &Diagnostic) -> Option<String> {
    let mut edits = finding.fix.as_ref()?.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
    let mut text = source.to_owned();
    for edit in edits {
        text.replace_range(edit.range.to_usize(), &edit.text);
    }
    Some(text)
}

#[test]
fn each_mistake_is_told_once() {
    let write = std::env::var_os("REDLUA_WRITE").is_some();
    let (mut scripts, mut once) = (0, 0);
    let mut wrong = Vec::new();
    for table in tables() {
        let mut text = table.head.clone();
        for (title, source) in &table.scripts {
            let found = findings(source);
            writeln!(text, "## {title}").unwrap();
            text.push_str(&drawn(source, &found));
            scripts += 1;
            // "(2)" behind a title is the number of its mistakes.
            let mistakes =
                title.rsplit_once(" (").and_then(|(_, rest)| rest.trim_end_matches(')').parse().ok()).unwrap_or(1);
            once += usize::from(found.len() <= mistakes);
            let errors = found.iter().filter(|finding| finding.code == "syntax-error").count();
            if errors == 0 || lua_takes(source) {
                wrong.push(format!("{title}: Lua takes it, or we do"));
            }
            for finding in &found {
                // A certain repair leaves one mistake less.
                let Some(mended) = fixed(source, finding).filter(|_| finding.code == "syntax-error") else { continue };
                let left = syntax::parse(mended.as_bytes()).errors.len();
                let is_certain = finding.fix.as_ref().is_some_and(|fix| fix.safe);
                if is_certain && left >= errors {
                    wrong.push(format!("{title}: `{}` leaves {left} mistakes", finding.message));
                }
                if (left == 0) != lua_takes(&mended) {
                    wrong.push(format!("{title}: Lua has another opinion of\n{mended}"));
                }
            }
        }
        if write {
            fs::write(&table.path, text).unwrap();
        } else if text != fs::read_to_string(&table.path).unwrap() {
            let old = fs::read_to_string(&table.path).unwrap();
            let differs = old.lines().zip(text.lines()).find(|(old, new)| old != new);
            wrong.push(format!("{}: {differs:?} differs: REDLUA_WRITE=1 writes it anew", table.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(scripts >= 100, "{scripts} scripts");
    assert!(once * 100 >= scripts * 95, "{once} of {scripts} have one finding a mistake");
}

/// A script cut behind a token: up to there alone, or with the lines that follow.
fn cuts(source: &str) -> Vec<(String, u32, u32)> {
    let mut found = Vec::new();
    for token in syntax::lexer::Lexer::new(source.as_bytes()) {
        let at = token.range.end as usize;
        let line = source[at..].find('\n').map_or(source.len(), |end| at + end);
        found.push((source[..at].to_owned(), at as u32, 0));
        if line > at {
            found.push((format!("{}{}", &source[..at], &source[line..]), at as u32, (line - at) as u32));
        }
    }
    found
}

#[test]
fn a_script_cut_anywhere_has_one_mistake() {
    let mut paths = Vec::new();
    for folder in ["examples", "tests/editors/typed"] {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        paths.extend(entries.filter(|path| path.extension().is_some_and(|it| it == "lua")));
    }
    paths.sort();
    assert!(paths.len() >= 20, "{} scripts", paths.len());
    let mut wrong = Vec::new();
    let (mut broken, mut once) = (0, 0);
    let mut several = Vec::new();
    for (nth, path) in paths.iter().enumerate() {
        let source = fs::read_to_string(path).unwrap();
        let whole = findings(&source);
        for (at, (text, place, removed)) in cuts(&source).into_iter().enumerate() {
            let found = findings(&text);
            let told = || format!("{} at {place} of\n{text}\n", path.display());
            let errors: Vec<&Diagnostic> = found.iter().filter(|it| it.code == "syntax-error").collect();
            if !errors.is_empty() {
                broken += 1;
                once += usize::from(errors.len() == 1);
                if errors.len() > 1 {
                    let messages: Vec<&str> = errors.iter().map(|it| it.message.as_str()).collect();
                    several.push(format!("{}{}", told(), messages.join("\n")));
                }
            }
            if let Some(finding) = found.iter().find(|it| it.message.contains("``")) {
                wrong.push(format!("an empty name, {}: {}", finding.message, told()));
            }
            for finding in found.iter().filter(|it| it.code != "syntax-error" && !errors.is_empty()) {
                let moved = if finding.range.start >= place { removed } else { 0 };
                let known =
                    whole.iter().any(|it| it.code == finding.code && it.range.start == finding.range.start + moved);
                if !known {
                    wrong.push(format!("{} {:?} {}: {}", finding.code, finding.range, finding.message, told()));
                }
            }
            // Lua's own program passes over a first line with `#`.
            if (at + nth) % 16 == 0
                && (!text.starts_with('#') || text.starts_with("#!"))
                && errors.is_empty() != lua_takes(&text.replacen("#!", "--", usize::from(text.starts_with("#!"))))
            {
                wrong.push(format!("Lua has another opinion, {:?}: {}", errors.first().map(|it| &it.message), told()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong, the first: {}", wrong.len(), wrong[0]);
    assert!(broken > 2_000, "{broken} broken scripts");
    assert!(once * 100 >= broken * 99, "{once} of {broken} have one mistake, not {}", several[0]);
}
