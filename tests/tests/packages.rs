//! The scripts of other people's packages, as `tests/setup/packages.sh` installs them: what is found in them was read,
//! one by one, and is written down in `tests/reviewed/`.

use std::fmt::Write as _;

use tests::{cache, check_json, root};

/// Package, folder of its scripts, and how many scripts are there.
const PACKAGES: &[(&str, &str, u64)] = &[
    ("bullmq", "package/dist/cjs/commands", 136),
    ("bull", "package/lib/commands", 34),
    ("bee-queue", "package/lib/lua", 5),
    ("groupmq", "package/dist/lua", 30),
    ("bottleneck", "package/src/redis", 22),
    ("redis-smq", "package/dist/cjs", 13),
    ("limits", "limits", 6),
    ("walrus", "walrus", 11),
    ("dramatiq", "dramatiq", 2),
    ("django-cacheops", "cacheops", 4),
    ("throttled-py", "throttled", 6),
    ("streaq", "streaq", 1),
    ("apalis-redis", "lua", 19),
    ("busmq", "package/lib/lua", 4),
    ("ratelimit.js", "package/lua", 4),
    ("sliding-window-rate-limiter", "package/src/redis", 3),
    ("redis-filtered-sort", "package/lua", 3),
    ("db-objects-redis", "package/build/cjs", 21),
    ("owl", "package/dist", 6),
    ("redis-gcra", "package/lib", 1),
    ("node-resque", "package/lua", 1),
    ("node-redis-warlock", "package/lib/lua", 2),
    ("murlock", "package/dist/lua", 2),
    ("spinach", "spinach", 9),
    ("omniq", "omniq", 15),
    ("limitlion", "limitlion", 3),
    ("redis-limiters", "redis_limiters", 2),
    ("redis-throttled-queue", "redis_throttled_queue", 1),
    ("reqless", "reqless/lua", 2),
    ("flux-limiter", "flux/lua", 4),
    ("coredis", "coredis", 2),
    ("sharq", "package/sharq", 6),
    ("tasktiger", "package/tasktiger", 2),
];

/// Packages of other languages: the folder, and how many scripts are in its strings and Lua files.
const HOSTS: &[(&str, &str, u64)] = &[
    ("redlock-universal", "package/dist", 10),
    ("ratelimit", "package/dist", 28),
    ("redis-worker", "package/dist", 84),
    ("rate-limiter-flexible", "package/lib", 6),
    ("redis-semaphore", "package/lib", 7),
    ("rsmq", "package", 3),
    ("kue", "package/lib", 1),
    ("redis", "redis", 6),
    ("rq", "rq", 9),
    ("huey", "huey", 3),
    ("kombu", "kombu", 2),
    ("celery-redbeat", "redbeat", 1),
    ("python-redis-lock", "redis_lock", 4),
    ("channels-redis", "channels_redis", 3),
    ("saq", "saq", 3),
    ("asynq", "package/internal/rdb", 49),
    ("redislock", "package", 4),
    ("rueidis", "package", 10),
    ("redisson", "package", 459),
    ("spring-integration-redis", "package", 6),
    ("rslock", "package/src", 2),
];

#[test]
fn findings_are_those_that_were_judged() {
    let mut wrong = String::new();
    let lua = PACKAGES.iter().map(|it| (it, false));
    for ((package, folder, scripts), is_host) in lua.chain(HOSTS.iter().map(|it| (it, true))) {
        let folder = cache().join("packages").join(package).join(folder);
        assert!(folder.is_dir(), "{} is missing: run tests/setup/packages.sh", folder.display());
        let (json, _) = check_json(&folder, &["."]);
        let count = |key: &str| json["summary"][key].as_u64().unwrap_or(0);
        if is_host {
            assert_eq!(count("scripts"), *scripts, "{package}");
        } else {
            assert!(count("files") >= *scripts, "{package}: {} of {scripts} scripts found", count("files"));
        }
        let mut found = String::new();
        for it in json["diagnostics"].as_array().into_iter().flatten().filter(|it| it["level"] != "hint") {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            let start = &it["start"];
            writeln!(
                found,
                "{}:{}:{} {}[{}] {}",
                text("path"),
                start["line"],
                start["column"],
                text("level"),
                text("code"),
                text("message")
            )
            .ok();
        }
        let file = root().join("tests/reviewed").join(format!("{package}.txt"));
        let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
        let judged: String = reviewed
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| format!("{line}\n"))
            .collect();
        if found != judged {
            write!(wrong, "{package}\nfound:\n{found}\njudged in {}:\n{judged}\n", file.display()).ok();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// BullMQ and Bull publish each script a second time with its includes pasted by their own loader. What we find out
/// about a script through its includes must be what we find in the pasted text.
#[test]
fn includes_say_what_the_pasted_scripts_say() {
    let mut compared = 0;
    for (package, scripts, pasted, count) in [
        ("bullmq", "package/dist/esm/commands", "package/dist/esm/scripts", 64),
        ("bull", "package/lib/commands", "package/lib/scripts", 26),
    ] {
        let package = cache().join("packages").join(package);
        let flat = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(package.join(pasted)).expect("the pasted scripts").flatten() {
            let name = entry.file_name().to_string_lossy().replace(".js", ".lua");
            let text = std::fs::read_to_string(entry.path()).expect("a script");
            let body = text.split_once("const content = `").and_then(|(_, rest)| rest.rsplit_once("`;"));
            if let Some((body, _)) = body {
                let body = body.replace("\\`", "`").replace("\\$", "$").replace("\\\\", "\\");
                std::fs::write(flat.path().join(name), body).expect("a copy");
            }
        }
        let told = |folder: &std::path::Path| {
            let (json, _) = check_json(folder, &["."]);
            let mut told = std::collections::BTreeSet::new();
            for it in json["diagnostics"].as_array().into_iter().flatten() {
                let code = it["code"].as_str().unwrap_or_default();
                let path = it["path"].as_str().unwrap_or_default();
                // What concerns a script as a whole; the rest is told in the file where it stands.
                if ["unused-key", "unused-argument", "key-out-of-range"].contains(&code) && !path.contains("includes/")
                {
                    told.insert(format!("{path} {code} {}", it["message"]));
                }
                assert_ne!(code, "undefined-global", "{it}");
            }
            (told, json["summary"]["scripts"].as_u64().unwrap_or(0))
        };
        let (by_include, _) = told(&package.join(scripts));
        let (by_paste, pasted) = told(flat.path());
        assert_eq!(by_include, by_paste);
        assert_eq!(pasted, count);
        compared += pasted;
    }
    assert_eq!(compared, 90);
}

/// BullMQ and Bull ship their scripts with the includes pasted by a loader of their own: our texts have the same code.
#[test]
fn shipped_scripts_are_fresh() {
    for (package, scripts, shipped, count) in [
        ("bullmq", "package/dist/esm/commands", "package/dist/esm/scripts", 64),
        ("bull", "package/lib/commands", "package/lib/scripts", 26),
    ] {
        let done = tests::run(&cache().join("packages").join(package), &["bundle", scripts, "--check", shipped]);
        assert_eq!((done.status, done.stdout.as_str()), (0, ""), "{package}");
        assert!(done.stderr.contains(&format!("{count} scripts, all fresh")), "{package}: {}", done.stderr);
    }
}
