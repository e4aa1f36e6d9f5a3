//! What calls report beside their reply, as nine servers reported it: `conformance/signals/recorded.txt`.

use commands::{Family, Target, Version};
use engine::Clock;
use protocol::split_line;
use script::Server;
use tests::root;

/// A call: its line, and for each group of servers the watched keys and the signals.
type Call<'a> = (&'a str, Vec<(&'a str, &'a str, &'a str)>);

fn parse(text: &str) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(call) = line.strip_prefix("> ") {
            calls.push((call, Vec::new()));
        } else if let Some((names, rest)) = line.split_once(": ")
            && let Some((watched, signals)) = rest.split_once(" | ")
            && let Some((_, servers)) = calls.last_mut()
        {
            servers.push((names, watched, signals));
        } else {
            panic!("neither call nor signals: {line}");
        }
    }
    calls
}

fn words(line: &str) -> Vec<Vec<u8>> {
    match split_line(line.as_bytes()) {
        Ok(words) => words,
        Err(_) => panic!("{line}: no words"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a call; `dirty | aborted keys | events`.
fn observe(server: &mut Server, call: &[Vec<u8>], keys: &[Vec<u8>]) -> String {
    let engine = &mut server.engine;
    engine.published.clear();
    let watches: Vec<_> = keys.iter().map(|key| engine.watch(0, key)).collect();
    let before = engine.dirty;
    server.call(call, &mut 0, false);
    let engine = &mut server.engine;
    let mut aborted = Vec::new();
    for (key, watch) in keys.iter().zip(watches) {
        if engine.is_aborted(0, key, watch) {
            aborted.push(text(key));
        }
        engine.keyspace.unwatch(0, key);
    }
    let messages = engine.published.drain(..).map(|it| format!("{}: {}", text(&it.channel), text(&it.message)));
    let events: Vec<String> = messages.filter(|message| message.starts_with("__key")).collect();
    format!("{} | {} | {}", engine.dirty as i64 - before as i64, aborted.join(" "), events.join(", "))
}

#[test]
fn calls_report_what_the_servers_report() {
    let file = root().join("tests/conformance/signals/recorded.txt");
    let recorded = std::fs::read_to_string(&file).unwrap_or_default();
    let calls = parse(&recorded);
    assert!(calls.len() > 300, "{}: {} calls", file.display(), calls.len());
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for &target in Target::KNOWN {
        let family = if target.family == Family::Redis { "redis" } else { "valkey" };
        let name = format!("{family}-{}", target.version);
        let mut server = Server::new(target);
        // Keys that are set to expire soon do so in DEBUG SLEEP, and never while a slow machine replays a call.
        let mut now = 1_790_000_000_000_000;
        server.engine.set_clock(Clock::Fixed(now));
        let classes = match target {
            _ if target == Target::redis(6, 2) => "KEAm",
            _ if target.is_at_least(Family::Redis, Version::new(8, 2)) => "KEAmnoc",
            _ => "KEAmn",
        };
        server.call(&words("DEBUG SET-ACTIVE-EXPIRE 0"), &mut 0, false);
        server.call(&words(&format!("CONFIG SET notify-keyspace-events {classes}")), &mut 0, false);
        for (line, servers) in &calls {
            let Some((_, watched, theirs)) = servers.iter().find(|it| it.0.split(' ').any(|it| it == name)) else {
                continue;
            };
            if let Some(seconds) = line.strip_prefix("DEBUG SLEEP ") {
                now += (seconds.parse::<f64>().expect("seconds") * 1e6) as i64;
                server.engine.set_clock(Clock::Fixed(now));
                continue;
            }
            let keys: Vec<Vec<u8>> = watched.split_terminator(' ').map(|key| key.as_bytes().to_vec()).collect();
            let ours = observe(&mut server, &words(line), &keys);
            compared += 1;
            if *theirs != ours {
                wrong.push(format!("{name}: {line}\n  real: {theirs}\n  ours: {ours}"));
            }
        }
    }
    assert!(compared > 3000, "{compared} calls compared");
    assert!(wrong.is_empty(), "{} calls differ:\n{}", wrong.len(), wrong.join("\n"));
}
