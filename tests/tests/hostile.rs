//! Hostile scripts through every route: none takes more than its limit and 64 MiB, none ends the program, also where the
//! system refuses memory.
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tests::{
    folder,
    lsp::{Client, uri},
    redlua,
};

/// The limit of the runs here, and what a run may take beyond it, in MiB.
const LIMIT: u64 = 64;
const BEYOND: u64 = 64;

/// What the program takes by itself, in MiB.
const BASE: u64 = 40;

/// Scripts that take memory without end, each in another place.
const SCRIPTS: &[&str] = &[
    "local t = 'x' for i = 1, 40 do t = {t, t} end return t",
    "local s = string.rep('x', 1e6) local t = {} for i = 1, 1000 do t[i] = s end return cmsgpack.pack(t, t)",
    "local s = string.rep('x', 1e6) local t = {} for i = 1, 1000 do t[i] = s end return cjson.encode(t)",
    "local s = string.rep('x', 1e6) local t = {} for i = 1, 1000 do t[i] = s end return t",
    "local s = string.rep('x', 1e6) while true do s = s .. s end",
    "local t = {} for i = 1, 1e9 do t[i] = {i} end",
    "redis.call('ZADD', 'z', 1, 'a') return redis.call('ZRANDMEMBER', 'z', -2147483648)",
    "redis.call('SET', 'k', string.rep('x', 1e6)) local k = {} for i = 1, 1000 do k[i] = 'k' end return redis.call('MGET', unpack(k))",
    "local s = string.rep('x', 1e6) while true do redis.call('APPEND', 'k', s) end",
    "for i = 1, 1e9 do redis.call('SETBIT', 'k' .. i, '4000000000', 1) end",
    "redis.call('SETRANGE', 'a', '30000000', 'x') for i = 1, 100 do redis.call('BITOP', 'NOT', 'b' .. i, 'a') end",
    "local s = string.rep('x', 1e6) for i = 1, 1e9 do redis.call('PUBLISH', 'c', s) end",
    "local s = string.rep('x', 1e6) for i = 1, 1e9 do redis.log(redis.LOG_WARNING, s) end",
    "local s = string.rep('x', 1e6) for i = 1, 1e9 do redis.call('XADD', 's', '*', 'f', s) end",
    "local s = string.rep('x', 2e7) redis.call('SET', 'a', s) local d = redis.call('DUMP', 'a') for i = 1, 1e9 do redis.call('RESTORE', 'b' .. i, 0, d) end",
];

/// The program with an address space of so many MiB.
fn limited(space: Option<u64>, args: &[&str]) -> Command {
    let program = redlua();
    let Some(space) = space else {
        let mut command = program;
        command.args(args);
        return command;
    };
    let mut command = Command::new("sh");
    let script = format!("ulimit -v {} && exec \"$0\" \"$@\"", space * 1024);
    command.args(["-c", &script]).arg(program.get_program()).args(args).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// The most memory that a process had in use, in MiB.
struct Peak {
    most: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Peak {
    fn watch(process: u32) -> Self {
        let peak = Self { most: Arc::default(), over: Arc::default() };
        let (most, over) = (Arc::clone(&peak.most), Arc::clone(&peak.over));
        std::thread::spawn(move || {
            let path = format!("/proc/{process}/status");
            while let (false, Ok(status)) = (over.load(Ordering::Relaxed), std::fs::read_to_string(&path)) {
                let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0);
                most.fetch_max(kib / 1024, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        peak
    }

    fn mib(&self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        self.most.load(Ordering::Relaxed)
    }
}

/// Settings with this memory, and time enough on a busy machine.
fn settings(memory: u64) -> String {
    format!("[run]\nmemory = '{memory} MiB'\ntime = '60s'\n")
}

fn ended(mut command: Command, folder: &tempfile::TempDir) -> (Output, u64) {
    let child = command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.unwrap_or_else(|error| panic!("{error}"));
    let peak = Peak::watch(child.id());
    let output = child.wait_with_output().unwrap_or_else(|error| panic!("{error}"));
    (output, peak.mib())
}

/// Enough of an output to see what is wrong.
fn start(output: &[u8]) -> String {
    String::from_utf8_lossy(&output[..output.len().min(4000)]).into_owned()
}

#[test]
fn run_stays_within_its_memory() {
    for script in SCRIPTS {
        let folder = folder(&[("redlua.toml", &settings(LIMIT)), ("a.lua", script)]);
        let (output, peak) = ended(limited(None, &["run", "a.lua"]), &folder);
        let text = start(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{script}: {text}");
        assert!(text.contains("it took more memory than its budget of 64 MiB"), "{script}: {text}");
        assert!(peak <= BASE + LIMIT + BEYOND, "{script}: {peak} MiB");
    }
}

#[test]
fn run_survives_a_system_without_memory() {
    for script in SCRIPTS {
        let folder = folder(&[("redlua.toml", &settings(4096)), ("a.lua", script)]);
        let (output, _) = ended(limited(Some(250), &["run", "a.lua"]), &folder);
        let text = start(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{script}: {text}{}", start(&output.stderr));
        assert!(text.contains("the system has no more memory"), "{script}: {text}");
    }
}

#[test]
fn json_of_a_reply_stays_within_the_memory_too() {
    let script = "local t = {} for i = 1, 400000 do t[i] = i end return t";
    let folder = folder(&[("redlua.toml", &settings(LIMIT)), ("a.lua", script)]);
    let (output, peak) = ended(limited(None, &["run", "--json", "a.lua"]), &folder);
    let text = start(&output.stderr);
    assert!(output.status.success() || text.contains("as JSON the result takes more memory"), "{text}");
    assert!(peak <= BASE + LIMIT + BEYOND, "{peak} MiB");
}

/// A script with an example that runs it.
fn example(script: &str) -> String {
    format!("--> EVAL . 0\n--= 1\n{script}\n")
}

#[test]
fn examples_stay_within_their_memory() {
    for (space, memory) in [(None, LIMIT), (None, 4 * LIMIT), (Some(250), 4096)] {
        let mut files = vec![("redlua.toml".to_owned(), settings(memory))];
        files.extend(SCRIPTS.iter().enumerate().map(|(nth, script)| (format!("{nth}.lua"), example(script))));
        // All examples of a file share the memory.
        let series: String = (0..40).map(|nth| format!("--> SETRANGE key:{nth} 20000000 x\n")).collect();
        files.push(("series.lua".to_owned(), series + "return 1\n"));
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let folder = folder(&files);
        let (output, peak) = ended(limited(space, &["test", "."]), &folder);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{}{}", start(&output.stdout), start(&output.stderr));
        let why = if space.is_some() { "the system has no more memory" } else { "it took more memory than its budget" };
        assert!(text.matches(why).count() > SCRIPTS.len(), "{text}");
        assert!(peak <= BASE + space.unwrap_or(memory) + BEYOND, "{peak} MiB of {memory}");
    }
}

#[test]
fn the_language_server_survives_what_it_opens() {
    // The editor's files run by themselves, two at a time.
    for (space, memory) in [(None, LIMIT), (Some(900), 4096)] {
        let folder = folder(&[("redlua.toml", &settings(memory))]);
        let mut client = Client::of(limited(space, &["lsp"]));
        client.begin(folder.path(), json!({}));
        let peak = Peak::watch(client.process());
        for (nth, script) in SCRIPTS.iter().enumerate() {
            let uri = uri(&folder.path().join(format!("{nth}.lua")));
            client.open(&uri, &example(script));
            // After the findings of the linter those of the example.
            let said = client.wait(|message| {
                message["method"] == "textDocument/publishDiagnostics"
                    && message["params"]["uri"] == uri
                    && message["params"]["diagnostics"].to_string().contains("\"example\"")
            });
            let text = said["params"]["diagnostics"].to_string();
            assert!(text.contains("stopped") || text.contains("no thread to run it"), "{script}: {text}");
            let at = json!({ "textDocument": { "uri": uri }, "position": { "line": 2, "character": 1 } });
            client.request("textDocument/hover", at);
            client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
        }
        let peak = peak.mib();
        assert!(space.is_some() || peak <= BASE + LIMIT + BEYOND, "{peak} MiB");
    }
}

struct Port {
    child: Child,
    stream: TcpStream,
}

impl Port {
    fn open(space: u64) -> Self {
        let child = limited(Some(space), &["serve", "--port", "0"]).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{error}"));
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).ok();
        }
        let Some(address) = line.trim_end().strip_prefix("ready ") else { panic!("not ready: {line:?}") };
        let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{error}"));
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok();
        Self { child, stream }
    }

    /// The first line of the reply to a command.
    fn ask(&mut self, words: &[&str]) -> String {
        let mut bytes = Vec::new();
        protocol::resp::encode_command(words, &mut bytes);
        self.stream.write_all(&bytes).unwrap_or_else(|error| panic!("{error}"));
        let (mut line, mut byte) = (Vec::new(), [0]);
        while !line.ends_with(b"\r\n") {
            self.stream.read_exact(&mut byte).unwrap_or_else(|error| panic!("{words:?}: {error}"));
            line.push(byte[0]);
        }
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn the_port_survives_a_system_without_memory() {
    let mut port = Port::open(700);
    // Without a limit the slow ones take their time.
    for script in SCRIPTS.iter().filter(|script| !script.contains("RANDMEMBER") && !script.contains("BITOP")) {
        let reply = port.ask(&["EVAL", script, "0"]);
        assert!(
            reply.starts_with("-ERR stopped") && reply.contains("the system has no more memory"),
            "{script}: {reply}"
        );
        assert_eq!(port.ask(&["PING"]), "+PONG", "{script}");
        assert_eq!(port.ask(&["FLUSHALL"]), "+OK", "{script}");
    }
    let refused = (0..100).map(|nth| port.ask(&["SETRANGE", &format!("k{nth}"), "20000000", "x"]));
    let refused = refused.filter(|reply| reply.starts_with("-OOM")).count();
    assert!((60..100).contains(&refused), "{refused}");
    assert_eq!(port.ask(&["STRLEN", "k0"]), ":20000001");
}
