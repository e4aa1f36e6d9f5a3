//! What the tests of the whole share: running the program, and where the set-up scripts put things.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

pub mod lsp;
pub mod random;
pub mod real;
pub mod scenario;
pub mod sessions;

/// The servers whose replies `tests/conformance` has.
pub const SERVERS: &[&str] = &[
    "redis-6.2",
    "redis-7.0",
    "redis-7.2",
    "redis-7.4",
    "redis-8.2",
    "redis-8.6",
    "valkey-8.0",
    "valkey-8.1",
    "valkey-9.0",
    "valkey-9.1",
];

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The folder that the set-up scripts fill.
pub fn cache() -> PathBuf {
    match std::env::var_os("REDLUA_CACHE") {
        Some(folder) => folder.into(),
        None => PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache").join("redlua"),
    }
}

/// A temporary folder with `files`, given by path and text. Folders in their paths are made.
///
/// # Panics
///
/// If a file cannot be written.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    for (name, text) in files {
        let path = folder.path().join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    folder
}

/// The program, built beside the test; `tests/run` builds it first.
pub fn redlua() -> Command {
    let exe = std::env::current_exe().unwrap_or_default();
    let folder = exe.ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf();
    let program = folder.join("redlua");
    assert!(program.exists(), "{} is not built: run `cargo build` first, or tests/run", program.display());
    let mut command = Command::new(program);
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// What a run of the program gave.
pub struct Run {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs `redlua` with `args` in `folder`.
pub fn run(folder: &Path, args: &[&str]) -> Run {
    let output: Output = match redlua().args(args).current_dir(folder).output() {
        Ok(output) => output,
        Err(error) => panic!("redlua does not start: {error}"),
    };
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs `redlua check --format json` with `args` in `folder`, and reads its output.
pub fn check_json(folder: &Path, args: &[&str]) -> (Value, Run) {
    let mut all = vec!["check", "--format", "json"];
    all.extend(args);
    let done = run(folder, &all);
    match serde_json::from_str(&done.stdout) {
        Ok(json) => (json, done),
        Err(error) => panic!("no JSON ({error}):\n{}\n{}", done.stdout, done.stderr),
    }
}
