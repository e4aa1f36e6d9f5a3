//! Actions that change programs, on programs that others wrote: what they make is still a program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use host::{HostDocument, Language, Move, Passing};
use tests::cache;

/// Scripts of a file that are tried.
const MAX_SCRIPTS: usize = 4;

fn programs(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            programs(&path, out);
        } else if Language::of_path(&path).is_some() && fs::metadata(&path).is_ok_and(|it| it.len() < 500_000) {
            out.push(path);
        }
    }
}

/// True if a text compiles by the language's own tool; for languages whose tool the tests do not have too.
fn compiles(path: &Path, text: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let name = path.file_name().unwrap_or_default();
    let file = folder.path().join(name);
    fs::write(&file, text).expect("a copy");
    let run = |program: &str, arguments: &[&str]| {
        let done =
            Command::new(program).args(arguments).arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).status();
        done.is_ok_and(|it| it.success())
    };
    let compile = "import sys; compile(open(sys.argv[1], encoding='utf-8').read(), sys.argv[1], 'exec')";
    match path.extension().and_then(|it| it.to_str()) {
        Some("py") => run("python3", &["-W", "ignore", "-c", compile]),
        Some("sh") => run("bash", &["-n"]),
        _ => true,
    }
}

/// The new texts that the actions make of a program, each with its name.
fn made(name: &str, document: &HostDocument, source: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let applied = |edits: Vec<(text::TextRange, String)>| -> Vec<u8> {
        let mut out = source.to_vec();
        let mut edits = edits;
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        for (range, text) in edits.into_iter().rev() {
            out.splice(range.start as usize..range.end as usize, text.into_bytes());
        }
        out
    };
    let mut found = Vec::new();
    // Some files have hundreds.
    for script in document.embedded.iter().take(MAX_SCRIPTS) {
        let to = Move { program: name, file: "moved_script.lua", is_module: false };
        let moved = document.move_to_file(source, &script.id, to);
        found.extend(moved.ok().map(|edits| ("move", applied(edits))));
        let values = script.values.iter().map(|value| Passing {
            place: script.around_value(value),
            is_key: false,
            is_number: false,
        });
        let values: Vec<Passing> = values.collect();
        for nth in (0..document.calls.len()).filter(|_| !values.is_empty()) {
            let passed = document.pass_values(name, source, &script.id, nth, &values);
            found.extend(passed.ok().map(|text| ("pass", text)));
        }
    }
    for nth in 0..document.calls.len() {
        found.extend(document.send_sha(name, source, nth).map(|edits| ("sha", applied(edits))));
    }
    found
}

#[test]
fn programs_stay_programs() {
    let mut paths = Vec::new();
    programs(&cache().join("packages"), &mut paths);
    paths.sort();
    let mut count = std::collections::BTreeMap::new();
    let mut broken = Vec::new();
    for path in &paths {
        let Ok(source) = fs::read(path) else { continue };
        let (Some(language), Some(name)) =
            (Language::of_file(path, &source), path.file_name().and_then(|it| it.to_str()))
        else {
            continue;
        };
        let document = HostDocument::read(language, name, &source);
        if document.embedded.is_empty() && document.calls.is_empty() {
            continue;
        }
        let texts = made(name, &document, &source);
        let compiled = !texts.is_empty() && compiles(path, &source);
        for (what, text) in texts {
            *count.entry((what, language.name())).or_insert(0) += 1;
            if compiled && !compiles(path, &text) {
                broken.push(format!("{what}: {}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    let of = |what: &str| count.iter().filter(|((it, _), _)| *it == what).map(|(_, count)| count).sum::<i32>();
    assert!(of("move") > 150 && of("sha") >= 5, "{count:?}: run tests/setup/packages.sh");
}
