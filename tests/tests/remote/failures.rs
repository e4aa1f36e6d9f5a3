//! What servers refuse, each provoked, and what the user reads.

use std::process::Stdio;

use protocol::Reply;
use remote::Connection;
use tests::{
    Run, folder,
    real::{LONGEST, RealServer, cli, free_port, wait_for},
    redlua, run,
};

const SET: (&str, &str) = ("set.lua", "local a\nreturn redis.call('SET', KEYS[1], ARGV[1])\n");
const GET: (&str, &str) = ("get.lua", "return redis.call('GET', KEYS[1])\n");
const SHEBANG: (&str, &str) = ("shebang.lua", "#!lua\nreturn redis.call('GET', KEYS[1])\n");

/// The servers on which what depends on the version is provoked.
const SERVERS: [&str; 4] = ["redis-6.2", "redis-7.0", "redis-8.2", "valkey-9.1"];

/// Runs a script of a folder on a URL.
fn on(url: &str, more: &[&str]) -> Run {
    let scripts = folder(&[SET, GET, SHEBANG]);
    run(scripts.path(), &[&["run", "--on", url][..], more].concat())
}

/// Runs with consent, and sees that it fails with a text.
fn refused(url: &str, more: &[&str], wanted: &str) {
    let done = on(url, &[&["--write"][..], more].concat());
    assert!(done.status == 1 && done.stderr.contains(wanted), "{} {}{}", done.status, done.stdout, done.stderr);
}

#[test]
fn permissions_inside_of_scripts() {
    for name in SERVERS {
        let real = RealServer::start(name, &[]);
        let user = ["ACL", "SETUSER", "bob", "on", ">x", "~*", "+eval", "+get", "+hello", "+info"];
        assert_eq!(real.cli(&user), "OK");
        assert_eq!(real.cli(&["ACL", "SETUSER", "key", "on", ">x", "~a:*", "+@all"]), "OK");
        let bob = format!("redis://bob:x@127.0.0.1:{}", real.port);
        refused(&bob, &["set.lua", "k", ",", "v"], "user bob may not call");
        refused(&bob, &["set.lua", "k", ",", "v"], "line 2");
        let key = format!("redis://key:x@127.0.0.1:{}", real.port);
        refused(&key, &["set.lua", "b", ",", "v"], "user key may not touch");
        let undeclared = folder(&[("u.lua", "return redis.call('GET', 'b')\n")]);
        let done = run(undeclared.path(), &["run", "--write", "--on", &key, "u.lua"]);
        assert!(
            done.stderr.contains("user key may not touch") && done.stderr.contains("line 1"),
            "{name}: {}",
            done.stderr
        );
    }
}

#[test]
fn a_busy_server() {
    for name in SERVERS {
        let real = RealServer::start(name, &["--lua-time-limit", "50"]);
        let server = remote::Server::new(real.url().parse().expect("an address"));
        let mut other = Connection::open(&server).expect("a connection");
        std::thread::scope(|scope| {
            let other = scope.spawn(move || other.call_for(&["EVAL", "while true do end", "0"], LONGEST));
            wait_for("BUSY", || real.cli(&["GET", "a"]).starts_with("BUSY").then_some(()));
            refused(&real.url(), &["get.lua", "k"], "is busy with another script: SCRIPT KILL");
            assert_eq!(real.cli(&["SCRIPT", "KILL"]), "OK");
            assert!(other.join().expect("a thread").is_ok_and(|reply| reply.is_error()));
        });
    }
    let real = RealServer::start("redis-7.0", &["--busy-reply-threshold", "50"]);
    let library = "#!lua name=l\nredis.register_function('spin', function() while true do end end)";
    assert_eq!(real.cli(&["FUNCTION", "LOAD", library]), "l");
    std::thread::scope(|scope| {
        let port = real.port;
        scope.spawn(move || cli(port, &["FCALL", "spin", "0"]));
        wait_for("BUSY", || real.cli(&["GET", "a"]).starts_with("BUSY").then_some(()));
        refused(&real.url(), &["get.lua", "k"], "another script (spin, for ");
        assert_eq!(real.cli(&["FUNCTION", "KILL"]), "OK");
    });
}

#[test]
fn a_server_that_loads_its_data() {
    // 6.2 cannot be slowed down so that it listens meanwhile.
    for name in ["redis-7.0", "valkey-9.1"] {
        let mut first = RealServer::start(name, &[]);
        first.cli(&["EVAL", "for i = 1, 20000 do redis.call('SET', 'k' .. i, i) end", "0"]);
        assert_eq!(first.cli(&["SAVE"]), "OK");
        let dump = std::fs::read(first.folder().join("dump.rdb")).expect("a dump");
        first.kill();
        let files = tempfile::tempdir().expect("a folder");
        std::fs::write(files.path().join("dump.rdb"), dump).expect("a dump");
        let slow = ["--key-load-delay", "300", "--loading-process-events-interval-bytes", "1024"];
        let real = RealServer::launch(name, files, &slow);
        let loading = wait_for("LOADING", || {
            let done = on(&real.url(), &["--write", "--time", "200ms", "get.lua", "k7"]);
            (done.status == 1).then_some(done)
        });
        assert!(loading.stderr.contains("is still loading its data"), "{name}: {}{}", loading.stdout, loading.stderr);
        let done = on(&real.url(), &["--write", "--time", "60s", "get.lua", "k7"]);
        assert!(done.stdout.starts_with("\"7\"\n"), "{name}: {}{}", done.stdout, done.stderr);
        assert!(done.stderr.contains("by its own account; waiting"), "{}", done.stderr);
    }
}

#[test]
fn replicas() {
    for name in SERVERS {
        let mut master = RealServer::start(name, &[]);
        let real = RealServer::start(name, &[]);
        let port = master.port.to_string();
        assert_eq!(real.cli(&["REPLICAOF", "127.0.0.1", &port]), "OK");
        wait_for("the link", || real.cli(&["INFO", "replication"]).contains("master_link_status:up").then_some(()));
        refused(&real.url(), &["set.lua", "k", ",", "v"], &format!("is a replica of 127.0.0.1:{port}"));
        assert_eq!(on(&real.url(), &["get.lua", "k"]).status, 0, "{name}");
        if name != "redis-6.2" {
            refused(&real.url(), &["shebang.lua", "k"], "is a replica of");
            let library = folder(&[("l.lua", "#!lua name=l\nredis.register_function('f', function() return 1 end)\n")]);
            let done = run(library.path(), &["run", "--write", "--on", &real.url(), "l.lua"]);
            assert!(done.status == 1 && done.stderr.contains("is a replica"), "{}", done.stderr);
        }
        assert_eq!(real.cli(&["CONFIG", "SET", "replica-serve-stale-data", "no"]), "OK");
        master.kill();
        wait_for("MASTERDOWN", || real.cli(&["GET", "a"]).starts_with("MASTERDOWN").then_some(()));
        refused(&real.url(), &["get.lua", "k"], &format!("is a replica of 127.0.0.1:{port} and has lost"));
    }
}

#[test]
fn memory_snapshots_and_replicas_that_lack() {
    for name in SERVERS {
        let real = RealServer::start(name, &[]);
        real.cli(&["EVAL", "for i = 1, 40 do redis.call('SET', i, string.rep('x', 100000)) end", "0"]);
        assert_eq!(real.cli(&["CONFIG", "SET", "maxmemory", "1000000"]), "OK");
        refused(&real.url(), &["set.lua", "k", ",", "v"], " of 1000000 bytes): flags=allow-oom");
        assert_eq!(real.cli(&["CONFIG", "SET", "maxmemory", "0"]), "OK");
        // A snapshot cannot replace a folder.
        assert_eq!(real.cli(&["CONFIG", "SET", "save", "900 1"]), "OK");
        std::fs::create_dir_all(real.folder().join("dump.rdb/x")).expect("a folder");
        assert!(real.cli(&["BGSAVE"]).starts_with("Background"));
        wait_for("MISCONF", || real.cli(&["SET", "a", "1"]).starts_with("MISCONF").then_some(()));
        refused(&real.url(), &["set.lua", "k", ",", "v"], "cannot save its snapshot");
        if name != "redis-6.2" {
            refused(&real.url(), &["shebang.lua", "k"], "cannot save its snapshot");
        }
        let lone = RealServer::start(name, &["--min-replicas-to-write", "1"]);
        refused(&lone.url(), &["set.lua", "k", ",", "v"], "too few replicas");
    }
}

#[test]
fn a_script_that_is_too_large() {
    let long = format!("return 1 --{}\n", "x".repeat(2_000_000));
    let scripts = folder(&[("long.lua", &long)]);
    for name in SERVERS {
        let real = RealServer::start(name, &["--proto-max-bulk-len", "1mb"]);
        let done = run(scripts.path(), &["run", "--write", "--on", &real.url(), "long.lua"]);
        assert!(
            done.status == 1 && done.stderr.contains("proto-max-bulk-len"),
            "{name}: {}{}",
            done.stdout,
            done.stderr
        );
    }
}

#[test]
fn a_function_that_is_not_there() {
    let library = "#!lua name=l\nlocal names = {'a', 'b'}\nfor n = 1, 2 do redis.register_function(names[n], function() return 1 end) end\n";
    let scripts = folder(&[("l.lua", library)]);
    let real = RealServer::start("redis-7.0", &[]);
    let done = run(scripts.path(), &["run", "--write", "--on", &real.url(), "--function", "c", "l.lua"]);
    assert!(done.status == 1 && done.stderr.contains("registers no function c"), "{}{}", done.stdout, done.stderr);
}

#[test]
fn the_other_servers_of_the_settings_are_named() {
    let port = free_port();
    let settings =
        format!("[servers.gone]\nurl = 'redis://127.0.0.1:{port}'\n[servers.local]\nurl = 'redis://localhost'\n");
    let scripts = folder(&[GET, ("redlua.toml", &settings)]);
    let done = run(scripts.path(), &["run", "--on", "gone", "get.lua", "k"]);
    assert!(done.status == 2 && done.stderr.contains("[servers] has local too"), "{}", done.stderr);
}

/// Password of the test; neither outputs nor the list of processes may have it.
const PASSWORD: &str = "s3cret-in-no-list";

#[test]
fn passwords_are_in_no_list_of_processes_and_no_output() {
    let real = RealServer::start("redis-7.0", &["--busy-reply-threshold", "50"]);
    assert_eq!(real.cli(&["CONFIG", "SET", "requirepass", PASSWORD]), "OK");
    let settings = format!(
        "[servers.env]\nurl = 'redis://127.0.0.1:{0}'\npassword-env = 'WORD'\n[servers.command]\nurl = 'redis://127.0.0.1:{0}'\n\
         password-command = 'cat word'\n",
        real.port
    );
    let scripts = folder(&[("spin.lua", "while true do end\n"), ("redlua.toml", &settings), ("word", PASSWORD)]);
    let mut server = remote::Server::new(real.url().parse().expect("an address"));
    server.address.password = Some(remote::Secret::new(PASSWORD));
    let mut watcher = Connection::open(&server).expect("a connection");
    for name in ["env", "command"] {
        let mut command = redlua();
        command.current_dir(scripts.path()).args(["run", "--trace", "--json", "--on", name, "spin.lua"]);
        command.env("WORD", PASSWORD).env("RUST_BACKTRACE", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("redlua");
        wait_for("the script", || {
            matches!(watcher.call(&["PING"]), Ok(Reply::Error(text)) if text.starts_with(b"BUSY")).then_some(())
        });
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            assert!(!line.contains(PASSWORD), "{line}");
        }
        tests::real::signal(child.id(), "INT");
        let output = child.wait_with_output().expect("redlua");
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8_lossy(&text).into_owned();
            assert!(!text.contains(PASSWORD), "{text}");
        }
    }
}
