//! The scripts of the conformance tests, on the embedded engine and by a session on real servers.

use commands::Target;
use protocol::{Reply, notation, split_line};
use remote::{Entry, Invocation, Ran, Resp, Server, Session, Stop};
use script::Server as Embedded;
use tests::{real::LONGEST, real::RealServer, root};

/// Groups of calls that are scripts for the most part.
const GROUPS: [&str; 8] =
    ["scripts", "lib-bit", "lib-cjson", "lib-cmsgpack", "lib-struct", "api", "shebang", "doubles"];

/// Calls of `known.txt`: there the recordings of these servers differ too.
fn known() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("tests/conformance/known.txt")).expect("known.txt");
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect()
}

/// The run that an EVAL is; none for other commands, and for counts of keys that no run can have.
fn invocation(words: &[Vec<u8>]) -> Option<Invocation> {
    let command = words.first()?.to_ascii_uppercase();
    if command != b"EVAL" && command != b"EVAL_RO" {
        return None;
    }
    let count: usize = std::str::from_utf8(words.get(2)?).ok()?.parse().ok()?;
    let rest = words.get(3..)?;
    let (keys, args) = rest.split_at_checked(count)?;
    let code = words.get(1)?.clone();
    Some(Invocation {
        entry: Entry::Script(code),
        keys: keys.to_vec(),
        args: args.to_vec(),
        write: command == b"EVAL",
        proved_read_only: false,
        time: LONGEST,
        replicas: false,
    })
}

#[test]
fn a_session_gives_the_outcome_of_the_engine() {
    let known = known();
    let (mut scripts, mut wrong) = (0, Vec::new());
    for name in ["redis-6.2", "redis-7.0", "redis-8.2", "valkey-9.1"] {
        let Ok(target) = name.parse::<Target>() else { panic!("{name} is no target") };
        let settings: &[&str] = if name == "redis-6.2" { &[] } else { &["--enable-debug-command", "yes"] };
        for group in GROUPS {
            let text = std::fs::read(root().join(format!("tests/conformance/calls/{group}.txt"))).expect("calls");
            for resp in [Resp::Two, Resp::Three] {
                let real = RealServer::start(name, settings);
                let server = Server { resp: Some(resp), ..Server::new(real.url().parse().expect("an address")) };
                let mut session = Session::open(&server).expect("a session");
                let place = server.address.endpoint.clone();
                let (mut engine, mut db) = (Embedded::new(target), 0);
                let lines =
                    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#"));
                for line in lines {
                    let words = split_line(line).expect("words");
                    let resp3 = resp == Resp::Three;
                    let ours = engine.call(&words, &mut db, resp3);
                    let ours = if resp3 { ours } else { ours.into_resp2() };
                    // A server before 7.0 has no EVAL_RO, and the session says so by itself.
                    let invocation = invocation(&words).filter(|it| target.since(7, 0) || it.write && !is_shebang(it));
                    let theirs = match &invocation {
                        None => session.connection(&place).and_then(|it| it.call(&words)).expect("a reply"),
                        Some(invocation) => {
                            scripts += 1;
                            match session.run(invocation, &Stop::default()).expect("an outcome").result {
                                Ran::Replied { reply, .. } => reply,
                                Ran::Stopped(..) => panic!("{name}: {} was ended", String::from_utf8_lossy(line)),
                            }
                        }
                    };
                    let shown = format!("{group}: {name}: {}", String::from_utf8_lossy(line));
                    if invocation.is_some() && wire(&ours, resp3) != wire(&theirs, resp3) && !known.contains(&shown) {
                        wrong.push(format!(
                            "{shown}\n  engine: {}\n  server: {}",
                            notation::print(&ours),
                            notation::print(&theirs)
                        ));
                    }
                }
            }
        }
    }
    assert!(scripts > 2000, "only {scripts} scripts were run");
    assert!(
        wrong.is_empty(),
        "{} of {scripts} differ:\n{}",
        wrong.len(),
        wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
}

fn is_shebang(invocation: &Invocation) -> bool {
    matches!(&invocation.entry, Entry::Script(code) if code.starts_with(b"#!"))
}

/// The bytes of a reply, which tell all that a client can see.
fn wire(reply: &Reply, resp3: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    protocol::resp::encode(reply, resp3, &mut bytes);
    bytes
}
