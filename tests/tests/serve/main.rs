//! `redlua serve` over TCP, as clients and as enemies see it.

mod blocking;
mod memory;
mod port;
mod told;

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use protocol::resp;

use port::{Client, Server};

#[test]
fn pipelines_keep_their_order() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let mut out = Vec::new();
    for number in 0..10_000 {
        resp::encode_command(&["SET", "key", &number.to_string()], &mut out);
        resp::encode_command(&["GET", "key"], &mut out);
    }
    let mut writer = match client.stream.try_clone() {
        Ok(stream) => stream,
        Err(error) => panic!("{error}"),
    };
    let sending = std::thread::spawn(move || writer.write_all(&out));
    for number in 0..10_000 {
        assert_eq!(client.told(), "OK");
        assert_eq!(client.told(), number.to_string());
    }
    assert!(sending.join().is_ok_and(|done| done.is_ok()));
    client.raw(b"PING\r\nSET a 'b c'\r\n\r\nGET a\r\n");
    assert_eq!((client.told(), client.told(), client.told()), ("PONG".into(), "OK".into(), "b c".into()));
}

/// Commands of several clients are run in the order in which they arrive.
#[test]
fn clients_take_turns_in_the_order_of_arrival() {
    let server = Server::start(&[]);
    let mut clients: Vec<_> = (0..10).map(|_| server.client()).collect();
    for _ in 0..50 {
        for (place, client) in clients.iter_mut().enumerate() {
            client.send(&format!("RPUSH list {place}"));
        }
        for (place, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.told(), (place + 1).to_string());
        }
        assert_eq!(clients[0].ask("DEL list"), "1");
    }
}

/// Scripts run on another thread than other commands, also in transactions.
#[test]
fn commands_around_scripts_keep_their_order() {
    let server = Server::start(&[]);
    let mut clients: Vec<_> = (0..4).map(|_| server.client()).collect();
    let script = "return redis.call('INCR', KEYS[1])";
    let mut out = Vec::new();
    for _ in 0..200 {
        for words in [
            &["INCR", "own"][..],
            &["EVAL", script, "1", "own"],
            &["GET", "own"],
            &["MULTI"],
            &["INCR", "own"],
            &["eval", script, "1", "own"],
            &["EXEC"],
            &["SCRIPT", "EXISTS", "none"],
            &["EVAL", script, "1", "all"],
            &["INCR", "all"],
        ] {
            resp::encode_command(words, &mut out);
        }
    }
    for (place, client) in clients.iter_mut().enumerate() {
        client.send(&format!("SELECT {place}"));
        client.raw(&out);
    }
    for client in &mut clients {
        assert_eq!(client.told(), "OK");
        for nth in 0..200 {
            let own = nth * 4;
            let told: Vec<String> = (0..7).map(|_| client.told()).collect();
            let expected = [own + 1, own + 2, own + 2].map(|number| number.to_string());
            assert_eq!(told[..3], expected);
            assert_eq!(told[3..6], ["OK", "QUEUED", "QUEUED"]);
            assert_eq!(told[6], format!("[{} {}]", own + 3, own + 4));
            let told: Vec<String> = (0..3).map(|_| client.told()).collect();
            assert_eq!(told, ["[0]".to_owned(), (nth * 2 + 1).to_string(), (nth * 2 + 2).to_string()]);
        }
    }
}

#[test]
fn transactions() {
    let server = Server::start(&[]);
    let (mut one, mut two) = (server.client(), server.client());
    for (command, reply) in [
        ("MULTI", "OK"),
        ("SET a 1", "QUEUED"),
        ("INCR a", "QUEUED"),
        ("EXEC", "[OK 2]"),
        ("MULTI", "OK"),
        ("GET", "-ERR wrong number of arguments for 'get' command"),
        ("EXEC", "-EXECABORT Transaction discarded because of previous errors."),
        ("WATCH a", "OK"),
    ] {
        assert_eq!(one.ask(command), reply, "{command}");
    }
    assert_eq!(two.ask("SET a 7"), "OK");
    assert_eq!(one.ask("MULTI"), "OK");
    assert_eq!(one.ask("SET a 8"), "QUEUED");
    assert_eq!(one.ask("EXEC"), "nil");
    assert_eq!(one.ask("GET a"), "7");
}

#[test]
fn messages_reach_subscribers() {
    let server = Server::start(&[]);
    let (mut old, mut new, mut writer) = (server.client(), server.client(), server.client());
    assert_eq!(old.ask("SUBSCRIBE news"), "[subscribe news 1]");
    assert!(new.ask("HELLO 3").starts_with("{server=redis version=7.2."));
    assert_eq!(new.ask("PSUBSCRIBE n*"), ">[psubscribe n* 1]");
    assert_eq!(writer.ask("PUBLISH news hi"), "2");
    assert_eq!(old.told(), "[message news hi]");
    assert_eq!(new.told(), ">[pmessage n* news hi]");
    assert!(old.ask("GET a").starts_with("-ERR Can't execute 'get'"));
    assert_eq!(new.ask("GET a"), "nil");
    drop(old);
    let gone = Instant::now();
    while writer.ask("PUBSUB NUMSUB news") != "[news 0]" {
        assert!(gone.elapsed() < Duration::from_secs(60), "a subscriber that has gone is still counted");
    }
}

/// A pause of writes holds what writes or is sent to replicas, scripts by their flags, and nothing else.
#[test]
fn a_pause_of_writes_holds_what_may_write() {
    let server = Server::start(&["--target", "valkey 9.1"]);
    let (mut waits, mut other) = (server.client(), server.client());
    for call in ["SET a 1", "PUBLISH news hi", "PFCOUNT a", "EVAL return{} 0", "EVAL #!lua\nreturn{} 0"] {
        other.ask("DEL a");
        assert_eq!(other.ask("CLIENT PAUSE 100000 WRITE"), "OK");
        waits.send(call);
        other.wait_for_blocked(1);
        assert_eq!(other.ask("CLIENT UNPAUSE"), "OK");
        waits.told();
    }
    assert_eq!(other.ask("MULTI"), "OK");
    assert_eq!(other.ask("PFCOUNT nothing"), "QUEUED");
    assert_eq!(waits.ask("CLIENT PAUSE 100000 WRITE"), "OK");
    other.send("EXEC");
    waits.wait_for_blocked(1);
    for call in [&["GET", "a"][..], &["EVAL_RO", "return{}", "0"], &["EVAL", "#!lua flags=no-writes\nreturn{}", "0"]] {
        let mut out = Vec::new();
        resp::encode_command(call, &mut out);
        waits.raw(&out);
        assert!(!waits.told().starts_with('-'), "{call:?}");
    }
    assert_eq!(waits.ask("CLIENT UNPAUSE"), "OK");
    assert_eq!(other.told(), "[0]");
}

/// A client whose messages go to another is told when that one has quit, at once.
#[test]
fn a_redirection_breaks_when_its_client_quits() {
    let server = Server::start(&[]);
    let (mut reader, mut writer) = (server.client(), server.client());
    assert!(reader.ask("HELLO 3").starts_with('{'));
    for nth in 0..50 {
        let mut other = server.client();
        let id = other.ask("CLIENT ID");
        assert_eq!(reader.ask(&format!("CLIENT TRACKING on REDIRECT {id}")), "OK");
        assert_eq!(reader.ask("GET k"), if nth == 0 { "nil" } else { "v" });
        assert_eq!(other.ask("QUIT"), "OK");
        assert_eq!(writer.ask("SET k v"), "OK");
        assert_eq!(reader.told(), format!(">[tracking-redir-broken {id}]"));
        assert_eq!(reader.ask("CLIENT TRACKING off"), "OK");
    }
}

/// Valkey tells its zone since 8.1, where it has one.
#[test]
fn hello_tells_the_zone() {
    for (target, tells) in [("valkey 9.1", true), ("valkey 8.0", false)] {
        let server = Server::start(&["--target", target]);
        let mut one = server.client();
        assert!(!one.ask("HELLO 3").contains("availability_zone"));
        assert_eq!(one.ask("CONFIG SET availability-zone north"), "OK");
        assert_eq!(one.ask("HELLO 3").contains(" availability_zone=north"), tells, "{target}");
    }
}

/// HSETEX FNX keeps a hash whose only field has expired, and so says nothing of a deleted key.
#[test]
fn fields_that_expired_are_set_anew_without_a_deletion() {
    let server = Server::start(&["--target", "redis 8.0"]);
    let (mut one, mut listener) = (server.client(), server.client());
    assert_eq!(one.ask("CONFIG SET notify-keyspace-events Khg"), "OK");
    assert_eq!(one.ask("DEBUG SET-ACTIVE-EXPIRE 0"), "OK");
    assert_eq!(one.ask("HSET h f v"), "1");
    assert_eq!(one.ask("HPEXPIRE h 1 FIELDS 1 f"), "[1]");
    assert_eq!(listener.ask("SUBSCRIBE __keyspace@0__:h"), "[subscribe __keyspace@0__:h 1]");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(one.ask("HSETEX h FNX EX 1000 FIELDS 1 f w"), "1");
    for event in ["hexpired", "hset", "hexpire"] {
        assert_eq!(listener.told(), format!("[message __keyspace@0__:h {event}]"));
    }
    assert_eq!(one.ask("HPEXPIRE h 1 FIELDS 1 f"), "[1]");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(one.ask("HSETEX h FXX EX 1000 FIELDS 1 f w"), "0");
    for event in ["hexpire", "hexpired", "del"] {
        assert_eq!(listener.told(), format!("[message __keyspace@0__:h {event}]"));
    }
}

#[test]
fn scripts_publish_and_write_for_others() {
    let server = Server::start(&[]);
    let (mut one, mut two, mut three) = (server.client(), server.client(), server.client());
    one.send("BLPOP jobs 0");
    assert_eq!(two.ask("SUBSCRIBE news"), "[subscribe news 1]");
    three.wait_for_blocked(1);
    let script = "redis.call('publish','news','hi');redis.call('rpush',KEYS[1],'a','b');return{KEYS[1],ARGV[1]}";
    assert_eq!(three.ask(&format!("EVAL {script} 1 jobs x")), "[jobs x]");
    assert_eq!(two.told(), "[message news hi]");
    assert_eq!(one.told(), "[jobs a]");
    assert_eq!(three.ask("LRANGE jobs 0 -1"), "[b]");
}

#[test]
fn versions_differ_as_the_servers_do() {
    for (target, server, monitor) in [("redis 6.2", "redis", "(P)"), ("valkey 9.1", "valkey", "(P|S)")] {
        let process = Server::start(&["--target", target]);
        let mut client = process.client();
        assert!(client.ask("HELLO").starts_with(&format!("[server {server} version ")), "{target}");
        client.ask("SUBSCRIBE a");
        assert!(client.ask("GET a").contains(monitor), "{target}");
    }
}

#[test]
fn what_breaks_the_protocol_is_told_and_ends_the_connection() {
    let server = Server::start(&[]);
    let long = [b'a'; 70_000];
    for (sent, said) in [
        (&b"*1\r\n$-5\r\n"[..], "invalid bulk length"),
        (b"*1\r\n$9999999999\r\n", "invalid bulk length"),
        (b"*9999999999\r\n", "invalid multibulk length"),
        (b"*1\r\n:1\r\n", "expected '$', got ':'"),
        (b"GET 'a\r\n", "unbalanced quotes in request"),
        (&long, "too big inline request"),
    ] {
        let mut client = server.client();
        client.raw(b"PING\r\n");
        client.raw(sent);
        assert_eq!(client.told(), "PONG");
        assert_eq!(client.told(), format!("-ERR Protocol error: {said}"));
        assert_eq!(client.told(), "closed");
    }
    // Half a command, and the client goes or stays: nobody else minds.
    let mut half = server.client();
    half.raw(b"*2\r\n$3\r\nGET\r\n$500000000\r\nabc");
    let mut many = server.client();
    many.raw(b"*2000000000\r\n$1\r\na\r\n");
    let mut http = server.client();
    http.raw(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(http.told(), "closed");
    assert_eq!(server.client().ask("PING"), "PONG");
    drop(half);
    assert_eq!(server.client().ask("PING"), "PONG");
}

#[test]
fn inline_commands_are_split_as_the_target_does() {
    for (target, said) in [("redis 8.2", "-ERR Protocol error: unbalanced quotes in request"), ("valkey 9.0", "ab")] {
        let server = Server::start(&["--target", target]);
        let mut client = server.client();
        client.raw(b"ECHO \"a\"b\r\n");
        assert_eq!(client.told(), said, "{target}");
    }
}

#[test]
fn thousands_of_clients() {
    // Each connection takes a descriptor here and one there.
    let most = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024);
    let count = (most.saturating_sub(200) as usize).min(10_000);
    let server = Server::start(&[]);
    let mut all: Vec<Client> = (0..count).map(|_| server.client()).collect();
    for client in &mut all {
        client.send("INCR n");
    }
    for client in &mut all {
        assert!(client.told().parse::<usize>().is_ok());
    }
    if count == 10_000 {
        assert_eq!(server.client().told(), "-ERR max number of clients reached");
    }
    assert_eq!(all[0].ask("GET n"), count.to_string());
}

#[cfg(unix)]
#[test]
fn it_ends_when_told_to() {
    let mut server = Server::start(&[]);
    let mut client = server.client();
    assert_eq!(client.ask("PING"), "PONG");
    let killed = std::process::Command::new("kill").arg(server.child.id().to_string()).status();
    assert!(killed.is_ok_and(|status| status.success()));
    assert!(server.child.wait().is_ok_and(|status| status.code() == Some(0)));
    assert_eq!(client.told(), "closed");

    let mut server = Server::start(&[]);
    assert_eq!(server.client().ask("SHUTDOWN NOSAVE"), "closed");
    assert!(server.child.wait().is_ok_and(|status| status.code() == Some(0)));
}
