//! Clients that wait for keys, and workers of all kinds.

use std::time::{Duration, Instant};

use crate::port::{Client, Server};

#[test]
fn who_waits_for_a_key_is_served_in_turn() {
    let server = Server::start(&[]);
    let (mut one, mut two, mut three) = (server.client(), server.client(), server.client());
    one.send("BLPOP jobs 0");
    three.wait_for_blocked(1);
    two.send("BLMOVE jobs done LEFT RIGHT 0");
    three.wait_for_blocked(2);
    assert_eq!(three.ask("RPUSH jobs a b c"), "3");
    assert_eq!(one.told(), "[jobs a]");
    assert_eq!(two.told(), "b");
    assert_eq!(three.ask("LRANGE jobs 0 -1"), "[c]");
    assert_eq!(three.ask("LRANGE done 0 -1"), "[b]");
    assert_eq!(one.ask("BLPOP nothing 0.05"), "nil");
    let id = two.ask("CLIENT ID");
    two.send("BZPOPMIN nothing 0");
    let begin = Instant::now();
    while three.ask(&format!("CLIENT UNBLOCK {id} ERROR")) != "1" {
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
    assert_eq!(two.told(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
}

/// A size of the soak test, from the environment.
fn soak_size(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Readers of one stream block at once, and whoever finds nothing waits on without waking the others.
#[test]
fn blocked_readers_of_one_group_are_served_in_turn() {
    let server = Server::start(&[]);
    let mut writer = server.client();
    assert_eq!(writer.ask("XGROUP CREATE s g $ MKSTREAM"), "OK");
    let mut readers: Vec<Client> = (0..3).map(|_| server.client()).collect();
    let mut ids = Vec::new();
    for (at, reader) in readers.iter_mut().enumerate() {
        ids.push(reader.ask("CLIENT ID"));
        reader.send(&format!("XREADGROUP GROUP g c{at} BLOCK 0 STREAMS s >"));
        // The next reader blocks behind this one.
        writer.wait_for_blocked(at + 1);
    }
    for (at, reader) in readers.iter_mut().enumerate() {
        assert_eq!(writer.ask(&format!("XADD s 1-{} f v", at + 1)), format!("1-{}", at + 1));
        assert_eq!(reader.told(), format!("[[s [[1-{} [f v]]]]]", at + 1));
    }
    readers[0].send("XREADGROUP GROUP g c0 BLOCK 0 STREAMS s >");
    writer.wait_for_blocked(1);
    // Changes that bring no entry wake nobody; the group's end does.
    assert_eq!(writer.ask("XTRIM s MAXLEN 1"), "2");
    assert_eq!(writer.ask("XGROUP CREATE s g2 $"), "OK");
    assert!(writer.ask("INFO clients").contains("blocked_clients:1"));
    assert_eq!(writer.ask("XGROUP DESTROY s g"), "1");
    assert!(readers[0].told().starts_with("-NOGROUP"));
}

/// Workers of streams, lists and sorted sets, transactions that watch, subscribers and scripts, all at once. Each job is
/// done once. `REDLUA_SOAK_JOBS` makes it longer, `REDLUA_SOAK_RATE` spreads the jobs out, so many
/// a second.
#[test]
fn workers_of_all_kinds_share_a_server() {
    const KINDS: [&str; 3] = ["stream", "list", "zset"];
    let jobs = soak_size("REDLUA_SOAK_JOBS", 300);
    let workers = soak_size("REDLUA_SOAK_WORKERS", 17);
    let (begin, rate) = (Instant::now(), soak_size("REDLUA_SOAK_RATE", 0));
    let pace = move |job: u64| {
        if let Some(due) = (job * 1000).checked_div(rate) {
            std::thread::sleep(Duration::from_millis(due).saturating_sub(begin.elapsed()));
        }
    };
    let server = Server::start(&[]);
    let mut control = server.client();
    assert_eq!(control.ask("XGROUP CREATE stream g $ MKSTREAM"), "OK");
    assert_eq!(control.ask("CONFIG SET notify-keyspace-events El$"), "OK");
    let mut listener = server.client();
    assert_eq!(listener.ask("SUBSCRIBE __keyevent@0__:set done"), "[subscribe __keyevent@0__:set 1]");
    assert_eq!(listener.told(), "[subscribe done 2]");
    // A message for each job, and one for each transaction: read as they come, for who does not read is dropped.
    let listener = std::thread::spawn(move || {
        let (mut messages, mut sets) = (0, 0);
        while messages < jobs * KINDS.len() as u64 || sets < jobs / 4 * 4 {
            let message = listener.told();
            messages += u64::from(message.starts_with("[message done"));
            sets += u64::from(message == "[message __keyevent@0__:set total]");
            assert!(message.starts_with("[message"), "{message}");
        }
    });
    let mut threads = Vec::new();
    for kind in KINDS {
        for worker in 0..workers {
            let mut client = server.client();
            threads.push(std::thread::spawn(move || {
                let mut count = 0;
                loop {
                    let job = client.ask(&match kind {
                        "stream" => format!("XREADGROUP GROUP g c{worker} COUNT 1 BLOCK 0 STREAMS stream >"),
                        "list" => "BLPOP list 0".to_owned(),
                        _ => "BZPOPMIN zset 0".to_owned(),
                    });
                    if job.contains("stop") {
                        return count;
                    }
                    if kind == "stream" {
                        let id = job.trim_start_matches("[[stream [[").split(' ').next().unwrap_or_default().to_owned();
                        assert_eq!(client.ask(&format!("XACK stream g {id}")), "1", "{job}");
                    }
                    let script = "return{redis.call('incr',KEYS[1]),redis.call('publish','done',ARGV[1])}";
                    client.ask(&format!("EVAL {script} 1 count:{kind} {kind}"));
                    count += 1;
                }
            }));
        }
    }
    // Transactions that watch one key: each success is one more.
    let watchers: Vec<_> = (0..4)
        .map(|_| {
            let mut client = server.client();
            std::thread::spawn(move || {
                for round in 0..jobs / 4 {
                    pace(round * 4);
                    loop {
                        client.ask("WATCH total");
                        let total: u64 = client.ask("GET total").parse().unwrap_or(0);
                        client.ask("MULTI");
                        client.ask(&format!("SET total {}", total + 1));
                        if client.ask("EXEC") != "nil" {
                            break;
                        }
                    }
                }
            })
        })
        .collect();
    for job in 0..jobs {
        pace(job);
        control.ask(&format!("XADD stream * job {job}"));
        control.ask(&format!("RPUSH list {job}"));
        control.ask(&format!("ZADD zset {job} m{job}"));
    }
    for watcher in watchers {
        assert!(watcher.join().is_ok());
    }
    // Each worker takes one.
    for worker in 0..workers {
        control.ask("XADD stream * job stop");
        control.ask("RPUSH list stop");
        control.ask(&format!("ZADD zset {} stop{worker}", jobs + worker));
    }
    let done: u64 = threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum();
    assert_eq!(done, jobs * KINDS.len() as u64);
    for kind in KINDS {
        assert_eq!(control.ask(&format!("GET count:{kind}")), jobs.to_string());
    }
    assert_eq!(control.ask("GET total"), (jobs / 4 * 4).to_string());
    assert!(listener.join().is_ok());
    assert!(control.ask("INFO clients").contains("blocked_clients:0"));
    assert_eq!(control.ask("XLEN stream"), (jobs + workers).to_string());
    assert_eq!(control.ask("EXISTS list zset"), "0");
}

/// CLAIM of Redis 8.4 waits too for what others leave idle, also for what becomes pending while it waits.
#[test]
fn blocked_consumers_claim_what_becomes_idle() {
    let server = Server::start(&["--target", "redis 8.6"]);
    let (mut one, mut two, mut three) = (server.client(), server.client(), server.client());
    assert_eq!(one.ask("XGROUP CREATE s g 0 MKSTREAM"), "OK");
    one.send("XREADGROUP GROUP g c1 BLOCK 0 STREAMS s >");
    three.wait_for_blocked(1);
    two.send("XREADGROUP GROUP g c2 BLOCK 0 CLAIM 150 STREAMS s >");
    three.wait_for_blocked(2);
    assert_eq!(three.ask("XADD s 1-1 a b"), "1-1");
    assert_eq!(one.told(), "[[s [[1-1 [a b]]]]]");
    let told = two.told();
    let idle = told.strip_prefix("[[s [[1-1 [a b] ").and_then(|rest| rest.strip_suffix(" 1]]]]"));
    assert!(idle.and_then(|idle| idle.parse().ok()).is_some_and(|idle: u64| idle >= 150), "{told}");
    assert_eq!(three.ask("XPENDING s g"), "[1 1-1 1-1 [[c2 1]]]");
    // What is acknowledged is waited for no more.
    two.send("XREADGROUP GROUP g c3 BLOCK 300 CLAIM 200 STREAMS s >");
    assert_eq!(three.ask("XACK s g 1-1"), "1");
    assert_eq!(two.told(), "nil");
}
