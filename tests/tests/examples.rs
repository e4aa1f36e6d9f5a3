//! The examples on a real server: each `-->` command gives the `--=` reply that the script's comments promise.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tests::{cache, root};

struct Server {
    child: Child,
    socket: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(name: &str) -> Self {
        let program = cache().join("servers").join(name).join("redis-server");
        assert!(program.exists(), "{} is missing: run tests/setup/servers.sh {name}", program.display());
        let folder = match tempfile::tempdir() {
            Ok(folder) => folder,
            Err(error) => panic!("{error}"),
        };
        let socket = folder.path().join("redis.sock");
        let child = Command::new(program)
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(&socket)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn();
        let child = match child {
            Ok(child) => child,
            Err(error) => panic!("{error}"),
        };
        let server = Self { child, socket, _folder: folder };
        for _ in 0..400 {
            if server.ask(&["PING".to_owned()]) == "PONG" {
                return server;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("{name} does not answer");
    }

    /// The reply as redis-cli writes it to a terminal.
    fn ask(&self, words: &[String]) -> String {
        let output = Command::new("redis-cli").arg("-s").arg(&self.socket).arg("--no-raw").args(words).output();
        match output {
            Ok(output) => String::from_utf8_lossy(&output.stdout).trim_end().to_owned(),
            Err(error) => panic!("redis-cli does not start ({error}): install Debian's redis-tools"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The words of a command line; quotes keep blanks and empty words.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let (word, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

fn run(server: &Server, path: &Path) -> (usize, Vec<String>) {
    let source = std::fs::read_to_string(path).unwrap_or_default();
    server.ask(&["FLUSHALL".to_owned()]);
    if source.starts_with("#!lua name=") {
        let loaded = server.ask(&["FUNCTION".to_owned(), "LOAD".to_owned(), "REPLACE".to_owned(), source.clone()]);
        assert!(!loaded.contains("(error)"), "{}: {loaded}", path.display());
    }
    let mut cases: Vec<(String, Vec<&str>)> = Vec::new();
    for line in source.lines() {
        if let Some(command) = line.strip_prefix("--> ") {
            cases.push((command.to_owned(), Vec::new()));
        } else if let (Some(reply), Some(case)) = (line.strip_prefix("--= "), cases.last_mut()) {
            case.1.push(reply);
        }
    }
    let mut wrong = Vec::new();
    for (command, reply) in &cases {
        let call: Vec<String> =
            words(command).into_iter().map(|word| if word == "." { source.clone() } else { word }).collect();
        let got = server.ask(&call);
        if got != reply.join("\n") {
            wrong.push(format!("{}: {command}\n  gives {got}\n  not   {}", path.display(), reply.join("\n")));
        }
    }
    (cases.len(), wrong)
}

#[test]
fn examples_do_what_they_say() {
    let server = Server::start("redis-7.0");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("examples")).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "lua") {
            let (cases, failures) = run(&server, &path);
            assert!(cases > 0, "{} has no example", path.display());
            wrong.extend(failures);
            count += 1;
        }
    }
    assert!(count >= 12, "only {count} examples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
