//! Runs on a cluster.

use serde_json::Value;
use tests::{
    Run, folder,
    real::{Cluster, cli, wait_for},
    run,
};

const GET: (&str, &str) = ("get.lua", "return redis.call('GET', KEYS[1])\n");
const SET: (&str, &str) = ("set.lua", "return redis.call('SET', KEYS[1], ARGV[1])\n");

fn json(done: &Run) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", done.stdout, done.stderr))
}

#[test]
fn every_key_finds_its_node() {
    let two = ("two.lua", "return #KEYS\n");
    let undeclared = ("undeclared.lua", "return redis.call('GET', ARGV[1])\n");
    let scripts = folder(&[GET, SET, two, undeclared]);
    for name in ["redis-6.2", "redis-7.0", "valkey-9.1"] {
        let cluster = Cluster::start(name, &[], false);
        let url = cluster.url();
        let on = |more: &[&str]| run(scripts.path(), &[&["run", "--json", "--on", url.as_str()][..], more].concat());
        for key in ["foo", "bar", "baz", "{foo}x"] {
            let done = on(&["--write", "set.lua", key, ",", key]);
            assert_eq!(done.status, 0, "{name} {key}: {}{}", done.stdout, done.stderr);
            let owner = cluster.masters[cluster.owner(key)].port;
            assert_eq!(json(&done)["server"]["node"], format!("127.0.0.1:{owner}"), "{name}");
            assert_eq!(json(&on(&["get.lua", key]))["resp"], key, "{name}");
        }
        let crossed = on(&["two.lua", "a", "b"]);
        assert_eq!(crossed.status, 1);
        let told = json(&crossed)["error"]["message"].clone();
        assert!(
            told.as_str().is_some_and(|it| it.contains("KEYS[1] a is in slot 15495, KEYS[2] b in slot 3300")),
            "{told}"
        );
        assert_eq!(json(&on(&["two.lua", "{t}a", "{t}b"]))["resp"], 2);
        let other = ["foo", "bar", "baz"].into_iter().find(|key| cluster.owner(key) != cluster.owner("a"));
        let undeclared = on(&["--write", "undeclared.lua", "a", ",", other.expect("a key of another node")]);
        let advice = json(&undeclared)["advice"].clone();
        assert!(advice.as_str().is_some_and(|it| it.contains("declare it")), "{name}: {advice}");
        // A node of a cluster by redis:// says where to go.
        let far = ["foo", "bar", "baz"].into_iter().find(|key| cluster.owner(key) != 0).expect("a key");
        let plain = run(scripts.path(), &["run", "--on", &cluster.masters[0].url(), "get.lua", far, "--write"]);
        assert!(plain.status == 1 && plain.stderr.contains("redis-cluster://"), "{}", plain.stderr);
        let database = run(scripts.path(), &["run", "--on", &format!("{url}/1"), "get.lua", far]);
        assert!(database.status == 2 && database.stderr.contains("database 0 alone"), "{}", database.stderr);
    }
}

#[test]
fn slots_that_move() {
    let two = ("two.lua", "return #KEYS\n");
    let scripts = folder(&[GET, SET, two]);
    let cluster = Cluster::start("redis-7.0", &[], false);
    let url = cluster.url();
    let on = |more: &[&str]| run(scripts.path(), &[&["run", "--json", "--on", url.as_str()][..], more].concat());
    let owner = cluster.owner("foo");
    let (from, to) = (&cluster.masters[owner], &cluster.masters[(owner + 1) % 3]);
    let ids = [from.cli(&["CLUSTER", "MYID"]), to.cli(&["CLUSTER", "MYID"])];
    assert_eq!(on(&["--write", "set.lua", "foo", ",", "v"]).status, 0);
    assert_eq!(to.cli(&["CLUSTER", "SETSLOT", "12182", "IMPORTING", &ids[0]]), "OK");
    assert_eq!(from.cli(&["CLUSTER", "SETSLOT", "12182", "MIGRATING", &ids[1]]), "OK");
    let done = on(&["--write", "set.lua", "{foo}new", ",", "w"]);
    let told = json(&done);
    assert_eq!((&told["resp"], &told["redirections"][0]["by"]), (&Value::from("OK"), &Value::from("ASK")), "{told}");
    assert_eq!(told["server"]["node"], format!("127.0.0.1:{}", to.port));
    // One key here and one there: it is tried again until the time is over.
    let again = on(&["--time", "500ms", "two.lua", "foo", "{foo}new"]);
    assert_eq!(again.status, 1);
    assert!(json(&again)["advice"].as_str().is_some_and(|it| it.contains("slot 12182")), "{}", again.stdout);
    let url = cluster.url();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| run(scripts.path(), &["run", "--json", "--on", &url, "two.lua", "foo", "{foo}new"]));
        let moved = from.cli(&["MIGRATE", "127.0.0.1", &to.port.to_string(), "foo", "0", "5000"]);
        assert_eq!(moved, "OK");
        for node in [to, from] {
            assert_eq!(node.cli(&["CLUSTER", "SETSLOT", "12182", "NODE", &ids[1]]), "OK");
        }
        let done = waits.join().expect("a run");
        assert_eq!(json(&done)["resp"], 2, "{}", done.stderr);
    });
    // The first node may not have heard of it yet, and sends us on: MOVED.
    let done = on(&["get.lua", "foo"]);
    assert_eq!(json(&done)["resp"], "v", "{}", done.stderr);
}

#[test]
fn a_slot_that_has_moved() {
    let cluster = Cluster::start("redis-7.0", &[], false);
    let server = remote::Server::new(cluster.url().parse().expect("an address"));
    let mut session = remote::Session::open(&server).expect("a session");
    let owner = cluster.owner("foo");
    let (from, to) = (&cluster.masters[owner], &cluster.masters[(owner + 1) % 3]);
    let id = to.cli(&["CLUSTER", "MYID"]);
    for node in [to, from] {
        assert_eq!(node.cli(&["CLUSTER", "SETSLOT", "12182", "NODE", &id]), "OK");
    }
    let invocation = remote::Invocation {
        entry: remote::Entry::Script(b"return redis.call('INCR', KEYS[1])".to_vec()),
        keys: vec![b"foo".to_vec()],
        args: Vec::new(),
        write: true,
        proved_read_only: false,
        time: tests::real::LONGEST,
        replicas: false,
    };
    let outcome = session.run(&invocation, &remote::Stop::default()).expect("an outcome");
    let place = remote::Endpoint::Tcp("127.0.0.1".to_owned(), to.port);
    assert_eq!(
        (outcome.reply(), &outcome.redirections),
        (Some(&protocol::Reply::Int(1)), &vec![("MOVED", place.clone())])
    );
    assert_eq!(outcome.node, place);
    // A script that returns such errors by itself is not sent again.
    let mut forged = invocation;
    let errors = ["MOVED 1 127.0.0.1:1", "MOVED 12182 127.0.0.1:1", "ASK 12182 127.0.0.1:1", "TRYAGAIN x", "LOADING x"];
    for (nth, error) in (2..).zip(errors) {
        let code = format!("redis.call('INCR', KEYS[1]) return redis.error_reply('{error}')");
        forged.entry = remote::Entry::Script(code.into_bytes());
        forged.keys = vec![b"foo".to_vec(), b"{foo}x".to_vec()];
        let outcome = session.run(&forged, &remote::Stop::default()).expect("an outcome");
        assert_eq!(outcome.reply(), Some(&protocol::Reply::error(error)));
        assert_eq!(to.cli(&["GET", "foo"]), nth.to_string(), "{error}");
    }
    let stop = remote::Stop::default();
    stop.stop();
    let outcome = session.run(&forged, &stop).expect("an outcome");
    assert_eq!(outcome.result, remote::Ran::Stopped(remote::Why::Interrupted, remote::End::NotSent));
    assert_eq!(to.cli(&["GET", "foo"]), "6");
}

#[test]
fn tls_and_users() {
    for name in ["redis-7.0", "valkey-8.0"] {
        tls_and_users_of(name);
    }
}

fn tls_and_users_of(name: &str) {
    let scripts = folder(&[GET, SET]);
    let cluster = Cluster::start_tls(name, &[]);
    for master in &cluster.masters {
        let reader =
            ["ACL", "SETUSER", "reader", "on", ">readerpass", "~*", "+@read", "+eval_ro", "+cluster|slots", "+info"];
        assert_eq!(master.cli(&reader), "OK");
        let shards = ["ACL", "SETUSER", "shards", "on", ">x", "~*", "+@read", "+eval_ro", "+cluster|shards"];
        assert_eq!(master.cli(&shards), "OK");
        assert_eq!(master.cli(&["ACL", "SETUSER", "blind", "on", ">x", "~*", "+eval_ro"]), "OK");
        assert_eq!(master.cli(&["ACL", "SETUSER", "writer", "on", ">x", "~app:*", "+@all"]), "OK");
    }
    let certificates = cluster.certificates.as_ref().expect("certificates");
    let (ca, port) = (certificates.text("ca.crt"), cluster.tls_ports[0]);
    let on = |user: &str, more: &[&str]| {
        let url = format!("rediss-cluster://{user}@localhost:{port}");
        run(scripts.path(), &[&["run", "--cacert", ca.as_str(), "--on", url.as_str()][..], more].concat())
    };
    for key in ["foo", "bar", "baz"] {
        let done = on("default:", &["--write", "set.lua", key, ",", key]);
        assert_eq!(done.status, 0, "{key}: {}", done.stderr);
        for user in ["reader:readerpass", "shards:x"] {
            let done = on(user, &["get.lua", key]);
            assert!(done.stdout.starts_with(&format!("\"{key}\"\n")), "{user} {key}: {}{}", done.stdout, done.stderr);
        }
    }
    let blind = on("blind:x", &["get.lua", "foo"]);
    assert!(blind.status == 1 && blind.stderr.contains("+cluster|slots"), "{}", blind.stderr);
    let refused = on("reader:readerpass", &["--write", "get.lua", "foo"]);
    assert!(
        refused.stderr.contains("user reader may not call EVAL") && refused.stderr.contains("EVAL_RO"),
        "{}",
        refused.stderr
    );
    let key = on("writer:x", &["--write", "set.lua", "foo", ",", "1"]);
    assert!(key.status == 1 && key.stderr.contains("user writer may not touch the key foo"), "{}", key.stderr);
}

#[test]
fn libraries_are_on_every_master() {
    let library = "#!lua name=l\nredis.register_function{function_name='f', flags={'no-writes'}, callback=function(keys) return redis.call('GET', keys[1]) end}\n";
    let scripts = folder(&[("l.lua", library)]);
    let cluster = Cluster::start("redis-7.0", &[], false);
    let url = cluster.url();
    let on = |more: &[&str]| run(scripts.path(), &[&["run", "--on", url.as_str()][..], more].concat());
    assert_eq!(cluster.masters[1].cli(&["FUNCTION", "LOAD", library]), "l");
    let refused = on(&["l.lua", "foo"]);
    assert!(refused.status == 1 && refused.stderr.contains("--write"), "{}", refused.stderr);
    assert_eq!(on(&["--write", "l.lua", "foo"]).status, 0);
    for master in &cluster.masters {
        assert!(master.cli(&["FUNCTION", "LIST"]).contains("library_name"), "{}", master.port);
    }
    for key in ["foo", "bar", "baz"] {
        assert_eq!(on(&["l.lua", key]).status, 0);
    }
}

#[test]
fn replicas_and_a_failover() {
    let scripts = folder(&[GET, SET, ("spin.lua", "local key = KEYS[1] while true do end\n")]);
    let mut cluster = Cluster::start("redis-7.0", &["--busy-reply-threshold", "50"], true);
    let url = cluster.url();
    let on = |more: &[&str]| run(scripts.path(), &[&["run", "--json", "--on", url.as_str()][..], more].concat());
    // The seed stays; the master of another third goes.
    let key = ["foo", "bar", "baz"].into_iter().find(|key| cluster.owner(key) != 0).expect("a key");
    let owner = cluster.owner(key);
    assert_eq!(on(&["--write", "set.lua", key, ",", "v"]).status, 0);
    let replica = format!("127.0.0.1:{}", cluster.replicas[owner].port);
    wait_for("the copy", || (cli(cluster.replicas[owner].port, &["DBSIZE"]) == "1").then_some(()));
    let read = json(&on(&["--replicas", "get.lua", key]));
    assert_eq!((&read["resp"], &read["server"]["node"]), (&Value::from("v"), &Value::from(replica.as_str())));
    // A master that dies while a script runs: what became of the script is not known, and it is not sent again.
    let mut command = tests::redlua();
    command.current_dir(scripts.path()).args(["run", "--on", &url, "--write", "spin.lua", key]);
    let child = command.stderr(std::process::Stdio::piped()).spawn().expect("redlua");
    wait_for("the script", || cluster.masters[owner].cli(&["PING"]).starts_with("BUSY").then_some(()));
    cluster.masters[owner].kill();
    let output = child.wait_with_output().expect("redlua");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("went away while the script ran"), "{text}");
    // The cluster takes some seconds to elect the replica, and the run waits for it.
    let done = on(&["--write", "--time", "60s", "set.lua", key, ",", "w"]);
    let told = json(&done);
    assert!(told["server"]["node"] == replica.as_str() || told["advice"].is_string(), "{told}{}", done.stderr);
    let done = wait_for("the election", || {
        let done = on(&["--write", "set.lua", key, ",", "w"]);
        (done.status == 0).then_some(done)
    });
    assert_eq!(json(&done)["server"]["node"], replica.as_str());
}

#[test]
fn a_cluster_that_is_down() {
    let scripts = folder(&[GET]);
    let mut cluster = Cluster::start("redis-7.0", &[], false);
    let gone = cluster.owner("foo");
    let url = format!("redis-cluster://127.0.0.1:{}", cluster.masters[(gone + 1) % 3].port);
    cluster.masters[gone].kill();
    let port = cluster.masters[gone].port;
    let on = |key: &str| run(scripts.path(), &["run", "--time", "1s", "--on", &url, "get.lua", key]);
    let refused = on("foo");
    assert!(refused.stderr.contains(&format!("127.0.0.1:{port}")), "{}", refused.stderr);
    let other = ["bar", "baz", "foo2", "a"].into_iter().find(|key| cluster.owner(key) != gone).expect("a key");
    let down = wait_for("CLUSTERDOWN", || {
        let done = on(other);
        (done.status == 1).then_some(done)
    });
    assert!(down.stderr.contains("is down"), "{}", down.stderr);
    let none = run(scripts.path(), &["run", "--on", &format!("redis-cluster://127.0.0.1:{port}"), "get.lua", "a"]);
    assert!(none.status == 2 && none.stderr.contains("nothing listens"), "{}", none.stderr);
}

#[test]
fn no_cluster_there() {
    let scripts = folder(&[GET]);
    let real = tests::real::RealServer::start("redis-7.0", &[]);
    let done =
        run(scripts.path(), &["run", "--on", &format!("redis-cluster://127.0.0.1:{}", real.port), "get.lua", "a"]);
    assert!(done.status == 1 && done.stderr.contains("no node of a cluster"), "{}", done.stderr);
}
