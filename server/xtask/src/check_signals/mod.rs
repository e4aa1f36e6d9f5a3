//! Compares what calls report beside their reply: modifications, aborted transactions and keyspace events.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use commands::{Target, bind};
use engine::Watch;
use protocol::split_line;
use script::Server as Embedded;

use crate::{
    fuzz_commands::{Calls, Random, line, random_calls},
    resp::{Client, Reply},
    root::root,
    servers::{self, Server},
};

const USAGE: &str = "usage: cargo xtask check-signals SERVER|all [--seed N] [--sequences N] [FILE…] | --record";

/// Keys watched during a call: those that it names, then those of the calls before it.
const MAX_WATCHED: usize = 4;

/// Commands that answer to a connection, end the server or save, after which its counts mean nothing.
const SKIPPED: &[&str] = &[
    "AUTH",
    "BGREWRITEAOF",
    "BGSAVE",
    "CLIENT",
    "DISCARD",
    "EXEC",
    "FAILOVER",
    "HELLO",
    "LATENCY",
    "MONITOR",
    "MULTI",
    "PSUBSCRIBE",
    "PSYNC",
    "PUBLISH",
    "PUNSUBSCRIBE",
    "QUIT",
    "REPLICAOF",
    "RESET",
    "SAVE",
    "SELECT",
    "SHUTDOWN",
    "SLAVEOF",
    "SPUBLISH",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "SYNC",
    "UNSUBSCRIBE",
    "UNWATCH",
    "WAIT",
    "WAITAOF",
    "WATCH",
];

/// Signals of a call; printed as `dirty | aborted keys | events`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Signals {
    /// Growth of `rdb_changes_since_last_save`.
    dirty: i64,
    /// The watched keys whose transactions are aborted.
    aborted: Vec<String>,
    /// The messages `CHANNEL: MESSAGE`, in order.
    events: Vec<String>,
}

/// The calls whose signals are recorded.
const CALLS: &str = "tests/conformance/signals/calls.txt";

/// The signals that the servers reported.
const RECORDED: &str = "tests/conformance/signals/recorded.txt";

/// `cargo xtask check-signals SERVER|all [--seed N] [--sequences N] [FILE…]`, or `--record`
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let Some((server, mut rest)) = args.split_first() else { bail!("{USAGE}") };
    if *server == "--record" {
        return record();
    }
    let (mut seed, mut sequences, mut files) = (1, 0, Vec::new());
    while let Some((word, more)) = rest.split_first() {
        rest = more;
        match (*word, more.split_first()) {
            ("--seed", Some((value, more))) => (seed, rest) = (value.parse()?, more),
            ("--sequences", Some((value, more))) => (sequences, rest) = (value.parse()?, more),
            _ => files.push(PathBuf::from(word)),
        }
    }
    if files.is_empty() && sequences == 0 {
        let folder = root().join("tests/conformance/calls");
        files = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
        files.push(root().join(CALLS));
        files.sort();
    }
    let names = if *server == "all" { vec![] } else { vec![*server] };
    let mut wrong = 0;
    for (name, path) in servers::named(&names)? {
        let mut found = Found::default();
        let start = || Server::start_with(&path, settings(name));
        for file in &files {
            // A server of its own, for settings stay.
            let server = start()?;
            let mut session = Session::new(&server)?;
            session.run(&read(file)?, &mut found).with_context(|| file.display().to_string())?;
        }
        let server = start()?;
        let mut session = Session::new(&server)?;
        for nth in 0..sequences {
            let random = Random::new(u64::wrapping_mul(seed, 1_000_003).wrapping_add(nth));
            session.run(&random_calls(random, session.target)?, &mut found)?;
        }
        println!("{name}: {} calls, {} differ", found.calls, found.by_signature.values().sum::<u64>());
        for (signature, count) in &found.by_signature {
            println!("{name}:   {count} {signature}");
        }
        wrong += found.by_signature.len();
    }
    if wrong > 0 { bail!("the engine and the servers differ") } else { Ok(()) }
}

/// Settings of the server. Since 7.0, DEBUG must be enabled.
fn settings(name: &str) -> &'static [&'static str] {
    match name.contains("6.2") {
        true => &["--port", "0"],
        false => &["--port", "0", "--enable-debug-command", "yes"],
    }
}

/// Writes what all servers report of the calls.
fn record() -> Result<()> {
    let calls = read(&root().join(CALLS))?;
    // By call, the watched keys and what servers reported.
    let mut recorded: Vec<(String, BTreeMap<String, Vec<&str>>)> = Vec::new();
    for (name, path) in servers::named(&[])? {
        let server = Server::start_with(&path, settings(name))?;
        let mut session = Session::new(&server)?;
        session.start(&mut Embedded::new(session.target))?;
        let mut recent = Vec::new();
        let usable = calls.iter().filter(|call| !is_skipped(call));
        for (at, call) in usable.enumerate() {
            let keys = session.watched(call, recent);
            let signals = session.observe(call, &keys)?;
            if recorded.len() <= at {
                recorded.push((line(call), BTreeMap::new()));
            }
            let watched = keys.iter().map(|key| text(key)).collect::<Vec<_>>().join(" ");
            recorded[at].1.entry(format!("{watched} | {signals}")).or_default().push(name);
            recent = keys;
        }
    }
    let mut out = String::new();
    for (call, by_signals) in recorded {
        writeln!(out, "> {call}")?;
        for (signals, names) in by_signals {
            writeln!(out, "{}: {signals}", names.join(" "))?;
        }
    }
    std::fs::write(root().join(RECORDED), out)?;
    Ok(())
}

fn is_skipped(call: &[Vec<u8>]) -> bool {
    let name = text(&call[0]).to_ascii_uppercase();
    SKIPPED.contains(&name.as_str()) || call.iter().any(|word| word.eq_ignore_ascii_case(b"BLOCK"))
}

fn read(file: &PathBuf) -> Result<Calls> {
    let text = std::fs::read(file).with_context(|| file.display().to_string())?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty() && line[0] != b'#');
    lines.map(|line| split_line(line).with_context(|| String::from_utf8_lossy(line).into_owned())).collect()
}

/// The differences that were found.
#[derive(Default)]
struct Found {
    calls: u64,
    by_signature: BTreeMap<String, u64>,
}

/// Connections to a server, and its target.
struct Session {
    target: Target,
    caller: Client,
    watchers: Vec<Client>,
    listener: Client,
    /// `rdb_changes_since_last_save` before the next call.
    dirty: i64,
}

fn words(call: &[&str]) -> Vec<Vec<u8>> {
    call.iter().map(|word| word.as_bytes().to_vec()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Session {
    fn new(server: &Server) -> Result<Self> {
        let mut caller = Client::connect(server.socket())?;
        let target = servers::target_of(&mut caller)?;
        let mut listener = Client::connect(server.socket())?;
        listener.pipeline(&[words(&["PSUBSCRIBE", "__key*"])])?;
        let watchers = (0..MAX_WATCHED).map(|_| Client::connect(server.socket())).collect::<Result<_>>()?;
        Ok(Self { target, caller, watchers, listener, dirty: 0 })
    }

    /// The classes that the version has, all of them.
    fn classes(&self) -> &'static str {
        match self.target {
            target if target == Target::redis(6, 2) => "KEAm",
            target if target.redis_since(8, 2) => "KEAmnoc",
            _ => "KEAmn",
        }
    }

    /// Prepares both: no keys, all events.
    fn start(&mut self, engine: &mut Embedded) -> Result<()> {
        let start = [
            words(&["CONFIG", "SET", "notify-keyspace-events", ""]),
            words(&["FLUSHALL"]),
            words(&["SCRIPT", "FLUSH"]),
            words(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]),
            words(&["CONFIG", "SET", "notify-keyspace-events", self.classes()]),
        ];
        for call in &start {
            self.caller.raw(call)?;
            engine.call(call, &mut 0, false);
        }
        self.dirty = self.read_dirty()?;
        engine.engine.dirty = self.dirty as u64;
        Ok(())
    }

    /// The keys to watch during a call: its own, then those of the call before.
    fn watched(&self, call: &[Vec<u8>], recent: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let known: Vec<bind::Word<'_>> = call.iter().map(|word| bind::Word::Known(word)).collect();
        let named: Vec<_> = bind::bind(&known, &[self.target]).keys().map(|(at, _)| call[at].clone()).collect();
        let mut keys: Vec<Vec<u8>> = Vec::new();
        for key in named.into_iter().chain(recent) {
            if !keys.contains(&key) && keys.len() < MAX_WATCHED {
                keys.push(key);
            }
        }
        keys
    }

    /// Runs the calls on both, from no keys on.
    fn run(&mut self, calls: &Calls, found: &mut Found) -> Result<()> {
        let mut engine = Embedded::new(self.target);
        self.start(&mut engine)?;
        let mut recent: Vec<Vec<u8>> = Vec::new();
        let mut history: Vec<String> = Vec::new();
        for call in calls {
            if is_skipped(call) {
                continue;
            }
            let keys = self.watched(call, recent);
            let theirs = self.observe(call, &keys).with_context(|| line(call))?;
            let ours = observe(&mut engine, call, &keys);
            recent = keys;
            found.calls += 1;
            history.push(line(call));
            let name = text(&call[0]).to_ascii_uppercase();
            // SORT looks elements up in the order of a hash table.
            let sorted = |signals: &Signals| signals.clone().sorted();
            // A key may expire before it is watched or while the server sleeps.
            let sleeps = line(call).to_ascii_uppercase().starts_with("DEBUG SLEEP");
            if sleeps || theirs == ours || (name.starts_with("SORT") && sorted(&theirs) == sorted(&ours)) {
                continue;
            }
            let signature = signature(&name, &theirs, &ours);
            let count = found.by_signature.entry(signature).or_insert(0);
            *count += 1;
            if *count == 1 {
                let from = history.len().saturating_sub(8);
                println!(
                    "{}:\n  {}\n  server: {theirs}\n  engine: {ours}\n",
                    self.target,
                    history[from..].join("\n  ")
                );
            }
        }
        Ok(())
    }

    fn read_dirty(&mut self) -> Result<i64> {
        let Some(Reply::Bulk(Some(info))) = self.caller.pipeline(&[words(&["INFO", "persistence"])])?.pop() else {
            bail!("no INFO")
        };
        let info = text(&info);
        let dirty = info.lines().find_map(|line| line.strip_prefix("rdb_changes_since_last_save:"));
        Ok(dirty.context("no count of changes")?.trim().parse()?)
    }

    fn observe(&mut self, call: &[Vec<u8>], keys: &[Vec<u8>]) -> Result<Signals> {
        for (watcher, key) in self.watchers.iter_mut().zip(keys) {
            watcher.pipeline(&[vec![b"WATCH".to_vec(), key.clone()]])?;
        }
        self.caller.raw(call)?;
        self.caller.pipeline(&[words(&["PUBLISH", "__key-fence", ""])])?;
        let dirty = self.read_dirty()?;
        let mut signals = Signals { dirty: dirty - self.dirty, aborted: Vec::new(), events: Vec::new() };
        self.dirty = dirty;
        for (watcher, key) in self.watchers.iter_mut().zip(keys) {
            let replies = watcher.pipeline(&[words(&["MULTI"]), words(&["EXEC"])])?;
            if matches!(replies.last(), Some(Reply::Array(None))) {
                signals.aborted.push(text(key));
            }
        }
        loop {
            let message = self.listener.read()?;
            let Reply::Array(Some(parts)) = &message else { bail!("no message: {message:?}") };
            let [_, _, Reply::Bulk(Some(channel)), Reply::Bulk(Some(message))] = &parts[..] else { bail!("{parts:?}") };
            if channel == b"__key-fence" {
                return Ok(signals);
            }
            signals.events.push(format!("{}: {}", text(channel), text(message)));
        }
    }
}

/// Runs the same call on the engine and returns its signals.
fn observe(server: &mut Embedded, call: &[Vec<u8>], keys: &[Vec<u8>]) -> Signals {
    let engine = &mut server.engine;
    engine.published.clear();
    let watches: Vec<Watch> = keys.iter().map(|key| engine.watch(0, key)).collect();
    let dirty = engine.dirty;
    server.call(call, &mut 0, false);
    let engine = &mut server.engine;
    let mut signals = Signals { dirty: engine.dirty as i64 - dirty as i64, aborted: Vec::new(), events: Vec::new() };
    for (key, watch) in keys.iter().zip(watches) {
        if engine.is_aborted(0, key, watch) {
            signals.aborted.push(text(key));
        }
        engine.keyspace.unwatch(0, key);
    }
    let mut messages = std::mem::take(&mut engine.published);
    messages.retain(|message| message.channel.starts_with(b"__key"));
    signals.events = messages.iter().map(|it| format!("{}: {}", text(&it.channel), text(&it.message))).collect();
    signals
}

/// Signature of a difference: mostly the same for differences of one cause.
fn signature(name: &str, theirs: &Signals, ours: &Signals) -> String {
    let events = |signals: &Signals| -> String {
        let names = signals.events.iter().filter_map(|event| event.strip_prefix("__keyevent@")?.split("__:").nth(1));
        names.filter_map(|event| event.split(':').next()).collect::<Vec<_>>().join(",")
    };
    let mut parts = Vec::new();
    if theirs.dirty != ours.dirty {
        parts.push(format!("dirty {} | {}", theirs.dirty.min(4), ours.dirty.min(4)));
    }
    if theirs.aborted != ours.aborted {
        parts.push(format!("aborts {} | {}", theirs.aborted.len(), ours.aborted.len()));
    }
    if theirs.events != ours.events {
        parts.push(format!("events {} | {}", events(theirs), events(ours)));
    }
    format!("{name}: {}", parts.join("; "))
}

impl Signals {
    fn sorted(mut self) -> Self {
        self.events.sort();
        self
    }
}

impl std::fmt::Display for Signals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} | {} | {}", self.dirty, self.aborted.join(" "), self.events.join(", "))
    }
}
