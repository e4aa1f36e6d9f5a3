//! Limits of memory: clients that do not read, keys, tracked keys.

use std::time::Duration;

use crate::port::Server;

#[test]
fn who_does_not_read_is_dropped_or_waits() {
    let server = Server::start(&[]);
    let (mut slow, mut writer) = (server.client(), server.client());
    assert_eq!(slow.ask("SUBSCRIBE news"), "[subscribe news 1]");
    let text = "x".repeat(1 << 20);
    // The limit for subscribers is 32 MB, and the sockets hold some.
    let dropped = (0..200).any(|_| writer.ask(&format!("PUBLISH news {text}")) == "0");
    assert!(dropped, "a subscriber that does not read must go");
    // Who asks for more than it reads waits, and gets all in the end.
    assert_eq!(writer.ask(&format!("SET big {text}")), "OK");
    let mut greedy = server.client();
    for _ in 0..100 {
        greedy.send("GET big");
    }
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(writer.ask("PING"), "PONG");
    for _ in 0..100 {
        assert_eq!(greedy.told().len(), text.len());
    }
}

#[test]
fn clients_that_take_too_much_are_evicted() {
    let server = Server::start(&[]);
    let (mut one, mut two, mut three) = (server.client(), server.client(), server.client());
    assert_eq!(one.ask("CONFIG SET maxmemory-clients 100000"), "OK");
    assert_eq!(two.ask("CLIENT NO-EVICT on"), "OK");
    let long = "x".repeat(300_000);
    for client in [&mut two, &mut three] {
        assert_eq!(client.ask("MULTI"), "OK");
        client.send(&format!("SET key {long}"));
    }
    assert_eq!(two.told(), "QUEUED");
    // It is told that its command is queued, if that is sent before it is dropped.
    let told = three.told();
    assert!(told == "closed" || (told == "QUEUED" && three.told() == "closed"), "{told}");
    assert!(one.ask("INFO stats").contains("\r\nevicted_clients:1\r\n"));
    assert_eq!(two.ask("EXEC"), "[OK]");
}

/// A smaller `maxmemory` evicts keys at once, and says so, without another command.
#[test]
fn a_smaller_maxmemory_evicts_at_once() {
    let server = Server::start(&["--target", "valkey 9.1"]);
    let (mut one, mut two) = (server.client(), server.client());
    assert_eq!(one.ask("CONFIG SET notify-keyspace-events Ee maxmemory-policy allkeys-lru"), "OK");
    assert_eq!(one.ask("SET foo bar"), "OK");
    assert_eq!(two.ask("PSUBSCRIBE *"), "[psubscribe * 1]");
    assert_eq!(one.ask("CONFIG SET maxmemory 1"), "OK");
    assert_eq!(two.told(), "[pmessage * __keyevent@0__:evicted foo]");
    // Not during a pause, though it begins with the setting.
    for command in ["CONFIG SET maxmemory 0", "SET foo bar", "MULTI"] {
        one.ask(command);
    }
    one.ask("CONFIG SET maxmemory 1");
    one.ask("CLIENT PAUSE 50000 WRITE");
    assert_eq!(one.ask("EXEC"), "[OK OK]");
    assert_eq!(one.ask("DBSIZE"), "1");
}

/// Beyond `tracking-table-max-keys` the server forgets keys, and says so.
#[test]
fn tracked_keys_are_as_many_as_there_may_be() {
    let server = Server::start(&[]);
    let (mut one, mut two) = (server.client(), server.client());
    one.ask("HELLO 3");
    assert_eq!(one.ask("CLIENT TRACKING on NOLOOP"), "OK");
    assert_eq!(one.ask("MGET a b"), "[nil nil]");
    assert_eq!(two.ask("CONFIG SET tracking-table-max-keys 1"), "OK");
    let told = one.told();
    assert!(told == ">[invalidate [a]]" || told == ">[invalidate [b]]", "{told}");
    assert!(two.ask("INFO stats").contains("tracking_total_keys:1"));
}
