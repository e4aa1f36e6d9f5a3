//! The scripts of other people's packages, as `tests/setup/packages.sh` installs them: what is found in them was read,
//! one by one, and is written down in `tests/reviewed/`.

use std::fmt::Write as _;

use redlua_tests::{cache, check_json, root};

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
];

#[test]
fn findings_are_those_that_were_judged() {
    let mut wrong = String::new();
    for (package, folder, scripts) in PACKAGES {
        let folder = cache().join("packages").join(package).join(folder);
        assert!(folder.is_dir(), "{} is missing: run tests/setup/packages.sh", folder.display());
        let (json, _) = check_json(&folder, &["."]);
        let files = json["summary"]["files"].as_u64().unwrap_or(0);
        assert!(files >= *scripts, "{package}: {files} of {scripts} scripts found");
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
