//! `redlua run --on` on one server.

use serde_json::Value;
use tests::{
    folder,
    real::{RealServer, wait_for},
    redlua, run,
};

/// Password of the tests; nothing that the program writes may have it.
const PASSWORD: &str = "s3cret-word";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_same_outcome_as_embedded() {
    let scripts = folder(&[
        ("nested.lua", "return {1, false, {err = 'MY own'}, {ok = 'fine'}, {'a', {}}}\n"),
        ("double.lua", "redis.setresp(3) return {double = 0.1 + 0.2}\n"),
        ("arguments.lua", "return {KEYS[1], ARGV[1], ARGV[2]}\n"),
        ("status.lua", "return redis.status_reply('PONG')\n"),
        ("own.lua", "return redis.error_reply('MY own')\n"),
        ("raised.lua", "local t\n\nreturn t.x\n"),
        ("pcall.lua", "return redis.pcall('HGET', 'a')\n"),
        ("part.lua", "local function broken(x)\n  return x.field.other\nend\n"),
        ("main.lua", "-- a script\n--- @include \"part\"\nlocal t = broken({})\nreturn t\n"),
        ("app.py", "import redis\n\nTAKE = r.register_script(\"\"\"\nlocal t\nreturn t.x\n\"\"\")\n"),
        ("syntax.lua", "local a = 1\nreturn retrun 1\n"),
    ]);
    for (name, target) in [("redis-7.0", "redis 7.0"), ("redis-8.2", "redis 8.2"), ("valkey-9.1", "valkey 9.1")] {
        let real = RealServer::start(name, &[]);
        for script in [
            "nested.lua",
            "arguments.lua",
            "status.lua",
            "own.lua",
            "raised.lua",
            "pcall.lua",
            "main.lua",
            "app.py",
            "syntax.lua",
        ] {
            for resp3 in [false, true] {
                let mut words = vec!["run", "--json", script, "k", ",", "\u{fc}", ""];
                if resp3 {
                    words.insert(1, "--resp3");
                }
                let embedded = run(scripts.path(), &[&words[..2], &["--target", target], &words[2..]].concat());
                let url = real.url();
                let on = run(scripts.path(), &[&words[..2], &["--on", &url], &words[2..]].concat());
                assert_eq!(on.status, embedded.status, "{name} {script}: {}{}", on.stdout, on.stderr);
                let (on, embedded) = (json(&on.stdout), json(&embedded.stdout));
                for field in ["reply", "resp"] {
                    assert_eq!(on[field], embedded[field], "{name} {script}");
                }
                for field in ["line", "path", "message"] {
                    assert_eq!(on["error"][field], embedded["error"][field], "{name} {script}");
                }
                for absent in ["commands", "changes", "log", "published"] {
                    assert!(on.get(absent).is_none(), "{on}");
                }
            }
        }
        let url = real.url();
        let double = run(scripts.path(), &["run", "--on", &url, "--resp", "3", "double.lua"]);
        assert!(double.stdout.starts_with("(double) 0.30000000000000004\n"), "{}", double.stdout);
        let shown = run(scripts.path(), &["run", "--on", &url, "main.lua"]);
        assert!(
            shown.stdout.contains("part.lua:2") && shown.stdout.contains("return x.field.other"),
            "{}",
            shown.stdout
        );
        let shown = run(scripts.path(), &["run", "--on", &url, "app.py"]);
        assert!(shown.stdout.contains("app.py:5"), "{}", shown.stdout);
    }
}

#[test]
fn without_consent_nothing_is_written() {
    let scripts = folder(&[
        ("set.lua", "local a\n\nredis.call('SET', KEYS[1], ARGV[1])\nreturn 'done'\n"),
        ("get.lua", "return redis.call('GET', KEYS[1])\n"),
        ("shebang.lua", "#!lua\nreturn redis.call('GET', KEYS[1])\n"),
    ]);
    for name in ["redis-6.2", "redis-7.0", "redis-8.2", "valkey-9.1"] {
        let real = RealServer::start(name, &[]);
        let url = real.url();
        let refused = run(scripts.path(), &["run", "--on", &url, "set.lua", "k", ",", "v"]);
        assert_eq!(refused.status, 1, "{}", refused.stderr);
        assert!(refused.stderr.contains("--write"), "{name}: {}", refused.stderr);
        assert_eq!(real.cli(&["DBSIZE"]), "0");
        let read = run(scripts.path(), &["run", "--on", &url, "get.lua", "k"]);
        assert_eq!((read.status, read.stdout.lines().next()), (0, Some("(nil)")), "{name}: {}", read.stderr);
        let written = run(scripts.path(), &["run", "--on", &url, "--write", "set.lua", "k", ",", "v"]);
        assert_eq!((written.status, real.cli(&["GET", "k"]).as_str()), (0, "v"), "{}", written.stderr);
        let shebang = run(scripts.path(), &["run", "--on", &url, "shebang.lua", "k"]);
        assert_eq!(shebang.status, 1);
        let wanted = if name == "redis-6.2" { "is Redis 6.2" } else { "flags=no-writes" };
        assert!(shebang.stderr.contains(wanted), "{name}: {}", shebang.stderr);
    }
}

#[test]
fn the_line_of_a_refused_write_is_that_of_the_file() {
    let scripts = folder(&[
        ("part.lua", "local function put(k)\n  redis.call('SET', k, 1)\nend\n"),
        ("main.lua", "-- a script\n--- @include \"part\"\nput(KEYS[1])\n"),
    ]);
    let real = RealServer::start("redis-7.0", &[]);
    let refused = run(scripts.path(), &["run", "--on", &real.url(), "main.lua", "k"]);
    assert!(refused.stderr.contains("part.lua:2 writes; nothing was written"), "{}", refused.stderr);
}

#[test]
fn functions_run_only_with_the_same_library() {
    let library = "#!lua name=shop\nredis.register_function{function_name='peek', flags={'no-writes'}, \
                   callback=function(keys) return redis.call('GET', keys[1]) end}\n\
                   redis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)\n";
    let broken = "#!lua name=broken\nredis.call('GET', 'a')\n";
    let other = "#!lua name=other\nredis.register_function('peek', function() return 1 end)\n";
    let scripts = folder(&[("shop.lua", library), ("broken.lua", broken), ("other.lua", other)]);
    for name in ["redis-7.0", "valkey-9.1"] {
        let real = RealServer::start(name, &[]);
        let url = real.url();
        let on = |more: &[&str]| run(scripts.path(), &[&["run", "--on", url.as_str()][..], more].concat());
        let refused = on(&["--function", "peek", "shop.lua", "k"]);
        assert_eq!(refused.status, 1);
        assert!(
            refused.stderr.contains("has no library shop") && refused.stderr.contains("--write"),
            "{}",
            refused.stderr
        );
        assert_eq!(real.cli(&["FUNCTION", "LIST"]), "");
        let loaded = on(&["--write", "--function", "put", "shop.lua", "k", ",", "v"]);
        assert_eq!(loaded.status, 0, "{}", loaded.stderr);
        assert!(loaded.stderr.contains("was loaded"), "{}", loaded.stderr);
        let read = on(&["--function", "peek", "shop.lua", "k"]);
        assert_eq!((read.status, read.stdout.lines().next()), (0, Some("\"v\"")), "{}", read.stderr);
        let writes = on(&["--function", "put", "shop.lua", "k", ",", "w"]);
        assert!(writes.status == 1 && writes.stderr.contains("--write"), "{}{}", writes.stdout, writes.stderr);
        assert_eq!(real.cli(&["GET", "k"]), "v");
        std::fs::write(scripts.path().join("shop.lua"), format!("{library}-- changed\n")).expect("a library");
        let differs = on(&["--function", "peek", "shop.lua", "k"]);
        assert!(differs.status == 1 && differs.stderr.contains("is not this one"), "{}", differs.stderr);
        let replaced = on(&["--write", "--json", "--function", "put", "shop.lua", "k", ",", "x"]);
        assert_eq!(json(&replaced.stdout)["library"], "replaced", "{}", replaced.stderr);
        std::fs::write(scripts.path().join("shop.lua"), library).expect("a library");
        let taken = on(&["--write", "--function", "peek", "other.lua"]);
        assert!(taken.status == 1 && taken.stderr.contains("has the library shop already"), "{}", taken.stderr);
        let broken = on(&["--write", "--function", "f", "broken.lua"]);
        assert!(broken.status == 1 && broken.stderr.contains("refuses the library (line 2)"), "{}", broken.stderr);
    }
    let old = RealServer::start("redis-6.2", &[]);
    let refused = run(scripts.path(), &["run", "--on", &old.url(), "--function", "peek", "shop.lua", "k"]);
    assert!(refused.stderr.contains("is Redis 6.2.14: functions came with Redis 7.0"), "{}", refused.stderr);
}

#[test]
fn servers_of_the_settings_and_their_passwords() {
    let real = RealServer::start("redis-7.0", &["--requirepass", PASSWORD]);
    let settings = format!(
        "[servers.prod]\nurl = 'redis://127.0.0.1:{0}'\npassword-env = 'PROD_PASSWORD'\nconfirm = 'type its name'\n\
         [servers.dev]\nurl = 'redis://127.0.0.1:{0}'\npassword-command = 'cat word'\n[servers.plain]\nurl = 'redis://127.0.0.1:{0}'\n",
        real.port
    );
    let scripts =
        folder(&[("a.lua", "return 1\n"), ("redlua.toml", &settings), ("word", &format!("{PASSWORD}\nmore\n"))]);
    let on = |name: &str, variable: Option<&str>, more: &[&str]| {
        let mut command = redlua();
        command.current_dir(scripts.path()).args(["run", "--on", name]).args(more).arg("a.lua");
        if let Some(variable) = variable {
            command.env(variable, PASSWORD);
        }
        let output = command.output().expect("redlua");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains(PASSWORD), "{text}");
        (output.status.code(), text)
    };
    assert_eq!(on("prod", Some("PROD_PASSWORD"), &[]).0, Some(0));
    assert_eq!(on("dev", None, &[]).0, Some(0));
    assert_eq!(on("plain", Some("REDISCLI_AUTH"), &[]).0, Some(0));
    let (code, text) = on("prod", None, &[]);
    assert!(code == Some(2) && text.contains("no password for prod from password-env PROD_PASSWORD"), "{text}");
    let (code, text) = on("plain", None, &[]);
    assert!(code == Some(2) && text.contains("plain wants a password"), "{text}");
    let (code, text) = on("prdo", None, &[]);
    assert!(code == Some(2) && text.contains("there is no server prdo: did you mean prod?"), "{text}");
    let (code, text) = on("prod", Some("PROD_PASSWORD"), &["--write"]);
    assert!(code == Some(2) && text.contains("--confirm prod"), "{text}");
    assert_eq!(on("prod", Some("PROD_PASSWORD"), &["--write", "--confirm", "prod"]).0, Some(0));
    for url in
        [format!("redis://:{PASSWORD}@127.0.0.1:1"), format!("{PASSWORD}@host"), format!("redis://{PASSWORD}/x@h:1")]
    {
        let (code, _) = on(&url, None, &[]);
        assert_eq!(code, Some(2));
    }
}

#[test]
fn a_script_that_takes_too_long_is_ended() {
    let scripts = folder(&[
        ("loop.lua", "while true do end\n"),
        (
            "write.lua",
            "redis.call('SET', KEYS[1], 1)\nlocal t = redis.call('TIME')[1] + 3\nwhile redis.call('TIME')[1] + 0 < t do end\n",
        ),
    ]);
    for name in ["redis-6.2", "redis-7.0", "valkey-9.1"] {
        let real = RealServer::start(name, &["--lua-time-limit", "100"]);
        let url = real.url();
        let ended = run(scripts.path(), &["run", "--on", &url, "--write", "--time", "300ms", "loop.lua"]);
        assert_eq!(ended.status, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains("the server ended it, and it had written nothing"), "{name}: {}", ended.stderr);
        assert_eq!(real.cli(&["PING"]), "PONG");
        let ended =
            run(scripts.path(), &["run", "--on", &url, "--write", "--time", "300ms", "--json", "write.lua", "k"]);
        assert_eq!(json(&ended.stdout)["error"]["wrote"], true, "{name}: {}", ended.stdout);
    }
}

#[test]
fn a_function_that_is_interrupted_is_ended() {
    let library = "#!lua name=l\nredis.register_function{function_name='f', flags={'no-writes'}, callback=function() while true do end end}\n";
    let scripts = folder(&[("l.lua", library)]);
    let real = RealServer::start("redis-7.0", &["--busy-reply-threshold", "50"]);
    let mut command = redlua();
    command.current_dir(scripts.path()).args(["run", "--on", &real.url(), "--write", "l.lua"]);
    let child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("redlua");
    wait_for("the function", || real.cli(&["PING"]).starts_with("BUSY").then_some(()));
    tests::real::signal(child.id(), "INT");
    let output = child.wait_with_output().expect("redlua");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && text.contains("was interrupted: the server ended it"), "{text}");
    assert_eq!(real.cli(&["PING"]), "PONG");
}

#[test]
fn a_script_of_somebody_else_is_not_ended() {
    let real = RealServer::start("redis-7.0", &["--busy-reply-threshold", "1000"]);
    let server = remote::Server::new(real.url().parse().expect("an address"));
    let mut session = remote::Session::open(&server).expect("a session");
    let mut other = remote::Connection::open(&server).expect("a connection");
    let code = "local t = redis.call('TIME')[1] + 4\nwhile redis.call('TIME')[1] + 0 < t do end return 'whole'";
    std::thread::scope(|scope| {
        let other = scope.spawn(move || other.call_for(&["EVAL", code, "0"], tests::real::LONGEST));
        let mut refused = 0;
        while !other.is_finished() {
            let invocation = remote::Invocation {
                entry: remote::Entry::Script(b"return 1".to_vec()),
                keys: Vec::new(),
                args: Vec::new(),
                write: true,
                proved_read_only: false,
                time: std::time::Duration::from_millis(50),
                replicas: false,
            };
            let outcome = session.run(&invocation, &remote::Stop::default()).expect("an outcome");
            match outcome.result {
                remote::Ran::Replied { reply, .. } if reply.is_error() => refused += 1,
                remote::Ran::Replied { .. } | remote::Ran::Stopped(..) => {}
            }
        }
        assert_eq!(other.join().expect("a reply"), Ok(protocol::Reply::bulk("whole")));
        assert!(refused > 0, "the other script was never met");
    });
}

#[test]
fn a_server_that_dies_in_mid_run() {
    let scripts = folder(&[("loop.lua", "redis.call('SET', 'a', 1) while true do end\n")]);
    let mut real = RealServer::start("redis-7.0", &["--busy-reply-threshold", "50"]);
    let mut command = redlua();
    command.current_dir(scripts.path()).args(["run", "--on", &real.url(), "--write", "loop.lua"]);
    let child = command.stderr(std::process::Stdio::piped()).spawn().expect("redlua");
    wait_for("the script", || real.cli(&["PING"]).starts_with("BUSY").then_some(()));
    real.kill();
    let output = child.wait_with_output().expect("redlua");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("went away while the script ran"), "{text}");
}

#[test]
fn what_a_script_cannot_do_without_is_asked_for_before_it_writes() {
    let scripts = folder(&[("put.lua", "redis.call('INCR', KEYS[1])\nreturn redis.call('SET', KEYS[2], ARGV[1])\n")]);
    let real = RealServer::start("redis-7.0", &[]);
    let url = real.url();
    let on =
        |more: &[&str]| run(scripts.path(), &[&["run", "--write", "--on", url.as_str(), "put.lua"][..], more].concat());
    let lacks = on(&["a"]);
    assert!(
        lacks.status == 1 && lacks.stderr.contains("the script needs 2 keys and got 1 key: nothing was sent"),
        "{}",
        lacks.stderr
    );
    let comma = on(&["a", "b", "c"]);
    assert!(
        comma.stderr.contains("needs 1 argument and got no arguments") && comma.stderr.contains("lone comma"),
        "{}",
        comma.stderr
    );
    assert_eq!(real.cli(&["DBSIZE"]), "0");
    assert_eq!(on(&["a", "b", ",", "c"]).status, 0);
}
