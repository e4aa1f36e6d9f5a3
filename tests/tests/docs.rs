//! The README and the pages in docs/: links lead somewhere, and what they show of a terminal is what the program says.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tests::{check_json, root, run};

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).expect("docs");
    let docs = docs.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|it| it == "md"));
    let top = ["README.md", "CONTRIBUTING.md", "server/README.md"].map(|name| root().join(name));
    docs.chain(top).collect()
}

/// The name of a heading in links, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    heading.trim_start_matches('#').trim().chars().filter_map(kept).collect()
}

#[test]
fn links_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let folder = page.parent().unwrap_or(Path::new(""));
        let marked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let pictures = text.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for link in marked.chain(pictures).filter(|link| !link.contains("://")) {
            let (path, part) = link.split_once('#').unwrap_or((link, ""));
            let to = if path.is_empty() { page.clone() } else { folder.join(path) };
            assert!(to.exists(), "{}: `{link}` leads nowhere", page.display());
            if !part.is_empty() {
                let text = fs::read_to_string(&to).expect("a page");
                let found = text.lines().any(|line| line.starts_with('#') && anchor(line) == part);
                assert!(found, "{}: `{link}` has no such heading", page.display());
            }
        }
    }
}

/// The code blocks of a page, with the language of each.
fn blocks(page: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(page)).expect("a page");
    let parts: Vec<&str> = text.split("```").collect();
    let block = |part: &&str| part.split_once('\n').map(|(language, code)| (language.to_owned(), code.to_owned()));
    parts.iter().skip(1).step_by(2).filter_map(block).collect()
}

/// Follows a page: a block of Lua is saved as `take.lua`, one of Python as `app.py`, and a block that begins with `$ redlua` shows commands and their output.
fn follow(page: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shown = 0;
    for (language, code) in blocks(page) {
        if language == "lua" {
            fs::write(folder.path().join("take.lua"), &code).expect("a script");
        } else if language == "python" {
            fs::write(folder.path().join("app.py"), &code).expect("a program");
        } else if ["$ redlua test take.lua", "$ redlua check take.lua", "$ redlua check app.py"]
            .iter()
            .any(|begin| code.starts_with(begin))
        {
            for session in code.split("$ redlua ").skip(1) {
                let (command, expected) = session.split_once('\n').expect("a command");
                let words: Vec<&str> = command.split(' ').collect();
                let output = run(folder.path(), &words);
                let said = output.stdout + &output.stderr;
                assert_eq!(shorten(&said).trim(), expected.trim(), "{page}: {command}");
                shown += 1;
            }
        }
    }
    assert!(shown >= 2, "{page} shows {shown} commands");
}

/// The output with the SHA1s of scripts cut to eight digits.
fn shorten(said: &str) -> String {
    let mut out = String::new();
    let mut rest = said;
    while let Some((before, sha1)) = rest.split_once(" script: ") {
        out.push_str(&format!("{before} script: {}…", &sha1[..8]));
        rest = &sha1[40..];
    }
    out + rest
}

#[test]
fn the_readme_shows_what_the_program_says() {
    follow("README.md");
}

#[test]
fn the_guide_shows_what_the_program_says() {
    follow("docs/examples.md");
}

/// The column of redlua in the README's table; `tests/compare/table.py` asks the other tools too.
#[test]
fn the_mistakes_of_the_readme_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("redlua.toml"), "target = \"redis 7.2\"\ncluster = true\n").expect("settings");
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let mut mistakes = 0;
    for entry in fs::read_dir(root().join("tests/compare/mistakes")).expect("scripts").flatten() {
        let text = fs::read_to_string(entry.path()).expect("a script");
        let at = text.lines().position(|line| line.ends_with("--!")).expect("a mark") + 1;
        let title = text.lines().find_map(|line| line.strip_prefix("-- ")).expect("a title");
        fs::write(folder.path().join("it.lua"), &text).expect("a script");
        let (json, _) = check_json(folder.path(), &["it.lua"]);
        let found = json["diagnostics"].as_array().into_iter().flatten();
        let lines: Vec<_> = found.map(|it| it["start"]["line"].as_u64()).collect();
        assert!(lines.contains(&Some(at as u64)), "{title}: {json}");
        assert!(readme.contains(&format!("| {title} |")), "the README's table lacks {title}");
        mistakes += 1;
    }
    let (begin, end) = ("<!-- tests/compare/table.py -->", "<!-- end -->");
    let table = readme.split(begin).nth(1).and_then(|rest| rest.split(end).next()).expect("a table");
    assert_eq!(table.lines().filter(|line| line.ends_with("| ✓ |")).count(), mistakes);
}
