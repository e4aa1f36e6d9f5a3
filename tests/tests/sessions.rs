//! Sessions of several clients with `redlua serve`, whose replies real servers gave: `conformance/sessions/*.txt`.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use commands::Target;
use tests::{
    SERVERS, redlua, root,
    sessions::{ANY, Clients, parse},
};

/// Time that a reply may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that ends with its session, come what may.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn run(file: &Path, name: &str) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(file) else { panic!("{}: cannot be read", file.display()) };
    let Ok(target) = name.parse::<Target>() else { panic!("{name} is no target") };
    let started =
        redlua().args(["serve", "--port", "0", "--target", &target.to_string()]).stdout(Stdio::piped()).spawn();
    let Ok(child) = started else { panic!("{name}: does not start") };
    let mut child = Running(child);
    let mut line = String::new();
    if let Some(out) = child.0.stdout.take() {
        BufReader::new(out).read_line(&mut line).ok();
    }
    let address = line.trim_end().strip_prefix("ready ").unwrap_or_default();
    let mut clients = Clients::new(address, PATIENCE);
    let mut wrong = Vec::new();
    let file = file.file_name().unwrap_or_default().to_string_lossy();
    for step in parse(&text) {
        let told = clients.play(&step).unwrap_or_else(|error| panic!("{file}:{} on {name}: {error}", step.line));
        let Some(wanted) = step.reply_of(name) else {
            panic!("{file}:{}: no reply of {name}: cargo xtask record sessions", step.line);
        };
        if wanted != ANY && wanted != told {
            wrong.push(format!("{file}:{} on {name}\n  real: {wanted}\n  ours: {told}", step.line));
        }
    }
    wrong
}

#[test]
fn sessions_go_as_with_real_servers() {
    let folder = root().join("tests/conformance/sessions");
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files: Vec<_> = files.filter(|file| file.extension().is_some_and(|extension| extension == "txt")).collect();
    assert!(!files.is_empty(), "no sessions in {}", folder.display());
    let mut wrong = Vec::new();
    for file in &files {
        for name in SERVERS {
            wrong.extend(run(file, name));
        }
    }
    assert!(wrong.is_empty(), "{} replies differ:\n{}", wrong.len(), wrong.join("\n"));
}
