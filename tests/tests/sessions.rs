//! Sessions of several clients with `redlua serve`, whose replies real servers gave: `conformance/sessions/*.txt`.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use commands::{Family, Target};
use protocol::{Reply, notation::quote, resp, split_line};
use redlua_tests::{redlua, root};
use rustc_hash::FxHashMap;

/// The servers that sessions are recorded on.
fn servers() -> Vec<(Target, String)> {
    let name = |target: &Target| match target.family {
        Family::Redis => format!("redis-{}", target.version),
        Family::Valkey => format!("valkey-{}", target.version),
    };
    let recorded = "redis-6.2 redis-7.0 redis-7.2 redis-7.4 redis-8.2 valkey-8.0 valkey-8.1 valkey-9.0 valkey-9.1";
    let all = Target::KNOWN.iter().map(|target| (*target, name(target)));
    all.filter(|(_, name)| recorded.split(' ').any(|known| known == name)).collect()
}

/// A call in a session.
struct Step {
    line: usize,
    client: String,
    words: Vec<Vec<u8>>,
    /// Whether a message is read and nothing is sent.
    reads: bool,
    /// Replies by server; `*` for all others. Nothing if the reply does not matter.
    replies: Vec<(String, String)>,
}

fn parse(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if let Some(reply) = line.strip_prefix("  ") {
            let Some((names, reply)) = reply.split_once(": ") else { panic!("line {}: no reply", at + 1) };
            let Some(step) = steps.last_mut() else { panic!("line {}: no call", at + 1) };
            step.replies.extend(names.split(' ').map(|name| (name.to_owned(), reply.to_owned())));
            continue;
        }
        let Some((client, call)) = line.split_once(['>', '<']) else { panic!("line {}: no client", at + 1) };
        let reads = line[client.len()..].starts_with('<');
        let Ok(words) = split_line(call.trim().as_bytes()) else { panic!("line {}: no words", at + 1) };
        let words = words.into_iter().map(|word| long(word.to_vec())).collect();
        steps.push(Step { line: at + 1, client: client.to_owned(), words, reads, replies: Vec::new() });
    }
    steps
}

/// `REP(count)` stands for a long word.
fn long(word: Vec<u8>) -> Vec<u8> {
    let count = word.strip_prefix(b"REP(").and_then(|rest| rest.strip_suffix(b")"));
    match count.and_then(|count| std::str::from_utf8(count).ok()?.parse().ok()) {
        Some(count) => vec![b'x'; count],
        None => word,
    }
}

struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn read(&mut self) -> String {
        loop {
            match resp::decode(&self.buffer) {
                Ok(Some((reply, used))) => {
                    self.buffer.drain(..used);
                    return show(&reply);
                }
                Ok(None) => {}
                Err(error) => panic!("{error}"),
            }
            let mut chunk = [0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(0) => return "<closed>".to_owned(),
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return "<closed>".to_owned(),
                Err(_) => return "<nothing>".to_owned(),
            }
        }
    }
}

fn show(reply: &Reply) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = |all: &[Reply]| all.iter().map(show).collect::<Vec<_>>().join(", ");
    match reply {
        Reply::Status(bytes) => format!("+{}", text(bytes)),
        Reply::Error(bytes) => format!("-{}", text(bytes)),
        Reply::Int(number) => format!(":{number}"),
        Reply::Bulk(bytes) => quote(bytes),
        Reply::Nil => "nil".to_owned(),
        Reply::NilArray => "nil array".to_owned(),
        Reply::Double(text) => format!(",{text}"),
        Reply::Bool(truth) => format!("#{truth}"),
        Reply::BigNumber(bytes) => format!("({}", text(bytes)),
        Reply::Verbatim { text, .. } => format!("={}", quote(text)),
        Reply::Array(items) => format!("[{}]", all(items)),
        Reply::Set(items) => format!("~[{}]", all(items)),
        Reply::Push(items) => format!(">[{}]", all(items)),
        Reply::Attributed { reply, .. } => show(reply),
        Reply::Map(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{} => {}", show(key), show(value))).collect();
            format!("%[{}]", pairs.join(", "))
        }
    }
}

/// A server that ends with its session, come what may.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn run(file: &Path, target: Target, name: &str) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(file) else { panic!("{}: cannot be read", file.display()) };
    let server = target.to_string();
    let started = redlua().args(["serve", "--port", "0", "--target", &server]).stdout(Stdio::piped()).spawn();
    let Ok(child) = started else { panic!("{server}: does not start") };
    let mut child = Running(child);
    let mut line = String::new();
    if let Some(out) = child.0.stdout.take() {
        BufReader::new(out).read_line(&mut line).ok();
    }
    let address = line.trim_end().strip_prefix("ready ").unwrap_or_default().to_owned();
    let mut clients: FxHashMap<String, Client> = FxHashMap::default();
    let mut wrong = Vec::new();
    for step in parse(&text) {
        let client = clients.entry(step.client.clone()).or_insert_with(|| match TcpStream::connect(&address) {
            Ok(stream) => {
                stream.set_read_timeout(Some(Duration::from_secs(20))).ok();
                Client { stream, buffer: Vec::new() }
            }
            Err(error) => panic!("{server}: {error}"),
        });
        if !step.reads {
            let mut out = Vec::new();
            resp::encode_command(&step.words, &mut out);
            client.stream.write_all(&out).ok();
        }
        let told = client.read();
        let find = |wanted: &str| step.replies.iter().find(|(name, _)| name == wanted);
        let wanted = find(name).or_else(|| find("*")).map(|(_, reply)| reply);
        if wanted.is_some_and(|wanted| *wanted != told) {
            let file = file.file_name().unwrap_or_default().to_string_lossy();
            let wanted = wanted.map_or("", String::as_str);
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
    let servers = servers();
    assert_eq!(servers.len(), 9);
    let mut wrong = Vec::new();
    for file in &files {
        for (target, name) in &servers {
            wrong.extend(run(file, *target, name));
        }
    }
    assert!(wrong.is_empty(), "{} replies differ:\n{}", wrong.len(), wrong.join("\n"));
}
