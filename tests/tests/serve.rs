//! `redlua serve` over TCP, as clients and as enemies see it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use protocol::{Reply, resp};
use redlua_tests::redlua;

/// A server that ends with its test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let mut child = match redlua().args(["serve", "--port", "0"]).args(args).stdout(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => panic!("{error}"),
        };
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).ok();
        }
        let Some(address) = line.trim_end().strip_prefix("ready ") else { panic!("not ready: {line:?}") };
        Self { child, address: address.to_owned() }
    }

    fn client(&self) -> Client {
        match TcpStream::connect(&self.address) {
            Ok(stream) => {
                stream.set_read_timeout(Some(Duration::from_secs(20))).ok();
                Client { stream, buffer: Vec::new() }
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).ok();
    }

    fn send(&mut self, command: &str) {
        let mut out = Vec::new();
        resp::encode_command(&command.split(' ').collect::<Vec<_>>(), &mut out);
        self.raw(&out);
    }

    /// The next reply; none if the server has closed the connection.
    fn read(&mut self) -> Option<Reply> {
        loop {
            match resp::decode(&self.buffer) {
                Ok(Some((reply, used))) => {
                    self.buffer.drain(..used);
                    return Some(reply);
                }
                Ok(None) => {}
                Err(error) => panic!("{error}: {:?}", self.buffer),
            }
            let mut chunk = [0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("no reply"),
                Err(_) => return None,
            }
        }
    }

    /// Sends a command; its reply in short.
    fn ask(&mut self, command: &str) -> String {
        self.send(command);
        self.told()
    }

    /// Returns once so many clients wait in a blocking command.
    fn wait_for_blocked(&mut self, count: usize) {
        let (begin, wanted) = (Instant::now(), format!("blocked_clients:{count} "));
        while !self.ask("INFO clients").replace(['\r', '\n'], " ").contains(&wanted) {
            assert!(begin.elapsed() < Duration::from_secs(20), "they do not wait");
        }
    }

    /// The next reply in short.
    fn told(&mut self) -> String {
        self.read().map_or_else(|| "closed".to_owned(), |reply| short(&reply))
    }
}

fn short(reply: &Reply) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match reply {
        Reply::Status(bytes) | Reply::Bulk(bytes) => text(bytes),
        Reply::Error(bytes) => format!("-{}", text(bytes)),
        Reply::Int(number) => number.to_string(),
        Reply::Nil | Reply::NilArray => "nil".to_owned(),
        Reply::Array(all) | Reply::Set(all) => format!("[{}]", all.iter().map(short).collect::<Vec<_>>().join(" ")),
        Reply::Push(all) => format!(">[{}]", all.iter().map(short).collect::<Vec<_>>().join(" ")),
        Reply::Map(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}={}", short(key), short(value))).collect();
            format!("{{{}}}", pairs.join(" "))
        }
        Reply::Double(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

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
        assert!(gone.elapsed() < Duration::from_secs(10), "a subscriber that has gone is still counted");
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

/// INFO counts calls that a script may not make as rejected since 7.0.
#[test]
fn calls_that_scripts_may_not_make_are_counted() {
    for (target, rejected) in [("redis 7.0", "1"), ("redis 6.2", "0")] {
        let server = Server::start(&["--target", target]);
        let mut one = server.client();
        assert!(one.ask("EVAL return(redis.call('SUBSCRIBE','a')) 0").starts_with('-'));
        let stats = one.ask("INFO commandstats");
        let line = stats.lines().find(|line| line.starts_with("cmdstat_subscribe:")).unwrap_or_default();
        let counted = line.contains(&format!("rejected_calls={rejected}"));
        assert!(counted || (rejected == "0" && line.is_empty()), "{target}: {stats}");
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
        assert!(begin.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(two.told(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
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

#[test]
fn info_tells_of_the_port_and_of_traffic() {
    let server = Server::start(&["--target", "valkey 8.1"]);
    let (mut one, mut two) = (server.client(), server.client());
    let port = server.address.rsplit(':').next().unwrap_or_default().to_owned();
    assert!(one.ask("INFO server").contains(&format!("\r\ntcp_port:{port}\r\n")));
    assert_eq!(one.ask("CONFIG GET port"), format!("[port {port}]"));
    two.send("BLPOP nothing 0");
    two.raw(b"");
    let field = |client: &mut Client, name: &str| -> i64 {
        let text = client.ask("INFO everything");
        let value = text.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.and_then(|value| value.parse().ok()).unwrap_or(-1)
    };
    one.wait_for_blocked(1);
    assert_eq!(field(&mut one, "total_blocking_keys"), 1);
    assert_eq!(field(&mut one, "connected_clients"), 2);
    assert_eq!(one.ask("CONFIG RESETSTAT"), "OK");
    assert_eq!(one.ask("SET a REP"), "OK");
    assert!((1..200).contains(&field(&mut one, "total_net_input_bytes")));
    assert_eq!(field(&mut one, "total_connections_received"), 0);
    let rates = one.ask("INFO latencystats");
    assert!(rates.contains("\r\nlatency_percentiles_usec_set:p50="), "{rates}");
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
/// done once. `REDLUA_SOAK_JOBS` makes it longer.
#[test]
fn workers_of_all_kinds_share_a_server() {
    const KINDS: [&str; 3] = ["stream", "list", "zset"];
    let jobs = soak_size("REDLUA_SOAK_JOBS", 300);
    let workers = soak_size("REDLUA_SOAK_WORKERS", 17);
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
                for _ in 0..jobs / 4 {
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

/// Clients find forms in these lists by their first line.
#[test]
fn help_lists_the_forms_of_subcommands() {
    let server = Server::start(&["--target", "valkey 9.1"]);
    let mut one = server.client();
    let containers = "ACL CLIENT CLUSTER COMMAND COMMANDLOG CONFIG DEBUG FUNCTION LATENCY MEMORY OBJECT PUBSUB SCRIPT SLOWLOG XGROUP XINFO";
    for container in containers.split(' ') {
        let told = one.ask(&format!("{container} HELP"));
        let begin = format!("[{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are: ");
        assert!(told.starts_with(&begin) && told.contains(" HELP "), "{told}");
    }
    assert!(one.ask("FUNCTION HELP").contains(" LOAD [REPLACE] <FUNCTION CODE> "));
    assert!(one.ask("SCRIPT HELP").contains(" SHOW <sha1> "));
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

/// CLIENT INFO counts what is queued, and what EXEC runs. Valkey 8.1 counts zero instead of -1 after the first MULTI or WATCH.
#[test]
fn client_info_counts_commands_of_transactions() {
    for (target, after) in [("redis 6.2", "-1"), ("redis 8.6", "-1"), ("valkey 8.0", "-1"), ("valkey 8.1", "0")] {
        let server = Server::start(&["--target", target]);
        let field = |told: &str, name: &str| {
            let value = told.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_default().to_owned()
        };
        let multi = |client: &mut Client| field(&client.ask("CLIENT INFO"), "multi");
        for first in ["MULTI|DISCARD", "MULTI|EXEC", "MULTI|RESET", "WATCH k|UNWATCH"] {
            let mut one = server.client();
            assert_eq!(multi(&mut one), "-1", "{target}");
            first.split('|').for_each(|call| drop(one.ask(call)));
            assert_eq!(multi(&mut one), after, "{target}: {first}");
        }
        let (mut one, mut two) = (server.client(), server.client());
        for call in ["MULTI", "CLIENT INFO", "PING"] {
            one.ask(call);
        }
        assert!(two.ask("CLIENT LIST").contains(" multi=2 "), "{target}");
        let told = one.ask("EXEC");
        assert_eq!((field(&told, "multi"), field(&told, "flags")), ("2".to_owned(), "x".to_owned()), "{target}");
        assert_eq!(multi(&mut one), after, "{target}");
    }
}

/// LATENCY DOCTOR tells of spikes, also after monitoring has been disabled.
#[test]
fn latency_doctor_reports_what_was_seen() {
    let server = Server::start(&[]);
    let mut one = server.client();
    assert!(one.ask("LATENCY DOCTOR").contains("CONFIG SET latency-monitor-threshold"));
    assert_eq!(one.ask("CONFIG SET latency-monitor-threshold 10"), "OK");
    assert!(one.ask("LATENCY DOCTOR").starts_with("No latency spike"));
    assert_eq!(one.ask("DEBUG SLEEP 0.02"), "OK");
    assert!(one.ask("LATENCY DOCTOR").contains("\n\n1. command: 1 latency spikes (average "));
    assert_eq!(one.ask("CONFIG SET latency-monitor-threshold 0"), "OK");
    let told = one.ask("LATENCY DOCTOR");
    assert!(told.contains("\n\n1. command: 1 latency spikes") && told.contains("slowlog-log-slower-than"), "{told}");
    assert_eq!(one.ask("LATENCY RESET"), "1");
    assert!(one.ask("LATENCY DOCTOR").contains("CONFIG SET latency-monitor-threshold"));
}
