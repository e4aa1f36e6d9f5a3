//! Scripts that stop, of `stops/stopping.txt`: each stops in the engine at the line that it marks, and all but those that mean
//! to are told of before, there or at the line that is marked for it. Of the scripts in `stops/going.txt`, which do not stop,
//! none is, nor of those of real packages.

use commands::Target;
use linter::{Level, Options};
use protocol::Reply;
use script::Server;
use semantic::Script;
use tests::{cache, random, root};

/// Titles and texts of the scripts in a file.
fn scripts(name: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("tests/stops").join(name)).unwrap_or_default();
    text.split("\n== ")
        .map(|script| script.strip_prefix("== ").unwrap_or(script))
        .filter_map(|script| script.split_once('\n'))
        .map(|(title, script)| (title.to_owned(), script.to_owned()))
        .collect()
}

/// The error with which a script ends.
fn error_of(script: &str) -> Option<String> {
    let mut server = Server::new(Target::redis(7, 0));
    let words = ["EVAL", script, "2", "one", "two", "5", "x"].map(|word| word.as_bytes().to_vec());
    match server.call(&words, &mut 0, false) {
        Reply::Error(text) => Some(String::from_utf8_lossy(&text).into_owned()),
        _ => None,
    }
}

/// The findings that say that the script stops or may stop: lines from 1 on, rules, levels.
fn told(text: &str) -> Vec<(usize, &'static str, Level)> {
    let mut script = Script::new(text.as_bytes().into(), None);
    let options = Options::default();
    script.bind_commands(&options.targets);
    linter::lint(&script, &options)
        .into_iter()
        .filter(|finding| matches!(finding.level, Level::Error | Level::Warning))
        .map(|finding| (text[..finding.range.start as usize].matches('\n').count() + 1, finding.code, finding.level))
        .collect()
}

/// Scripts that stop, and nothing tells of it: they are meant to.
const UNTOLD: [&str; 2] = ["error is raised", "assert of false"];

#[test]
fn scripts_that_stop_are_told_of() {
    let scripts = scripts("stopping.txt");
    let (mut silent, mut others) = (Vec::new(), Vec::new());
    for (title, text) in &scripts {
        let line = 1 + text.lines().position(|line| line.contains("-- stops")).unwrap_or_else(|| panic!("{title}"));
        let stops = text.split("stops: in line ").nth(1).and_then(|rest| rest[..1].parse().ok()).unwrap_or(line);
        match error_of(text) {
            Some(error) if error.contains(&format!("user_script:{stops}")) => {}
            error => others.push(format!("{title}, line {stops}: {error:?}")),
        }
        let told_at = text.lines().position(|line| line.contains("-- told")).map_or(line, |at| at + 1);
        if !told(text).iter().any(|(at, ..)| *at == told_at) {
            silent.push(title.as_str());
        }
    }
    assert!(others.is_empty(), "they do not stop there:\n{}", others.join("\n"));
    assert_eq!(silent, UNTOLD, "of {} scripts", scripts.len());
}

/// The rules that say that a script surely stops, for what Lua does by itself.
const CERTAIN: [&str; 5] =
    ["argument-count", "bad-argument", "bad-pattern", "impossible-operation", "method-without-self"];

/// Arguments that are refused are errors; the warnings of that rule are on those that are pointless.
fn says_it_stops((_, code, level): &(usize, &'static str, Level)) -> bool {
    CERTAIN.contains(code) && (*code != "bad-argument" || *level == Level::Error)
}

#[test]
fn scripts_that_go_on_are_not_told_of() {
    let mut wrong = Vec::new();
    let scripts = scripts("going.txt");
    for (title, text) in &scripts {
        if let Some(error) = error_of(text) {
            wrong.push(format!("{title} stops: {error}"));
        }
        let told: Vec<_> = told(text).into_iter().filter(says_it_stops).collect();
        if !told.is_empty() {
            wrong.push(format!("{title}: {told:?}"));
        }
    }
    let mut others = Vec::new();
    random::scripts(&root().join("examples"), &mut others);
    random::scripts(&cache().join("packages"), &mut others);
    assert!(scripts.len() + others.len() > 250, "only {} scripts: run tests/setup/packages.sh", others.len());
    for source in others {
        let text = String::from_utf8_lossy(&source).into_owned();
        let told: Vec<_> = told(&text).into_iter().filter(says_it_stops).collect();
        if !told.is_empty() {
            wrong.push(format!("{told:?} in:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
