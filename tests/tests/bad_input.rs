//! Input that no script should be: each gives a clear message, and the other files are checked all the same.

use std::{fs, path::Path};

use tests::{check_json, run};

/// A folder with one good script and one with a mistake that must be found whatever is beside it.
fn folder() -> tempfile::TempDir {
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => panic!("{error}"),
    };
    write(folder.path(), "a.lua", b"return redis.call('GET', KEYS[1])\n");
    write(folder.path(), "z.lua", b"return redis.call('GTE', KEYS[1])\n");
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    if let Err(error) = fs::write(folder.join(name), bytes) {
        panic!("{name}: {error}");
    }
}

/// The findings of a check, as `path:line:column code`.
fn findings(folder: &Path, args: &[&str]) -> Vec<String> {
    let (json, _) = check_json(folder, args);
    let list = json["diagnostics"].as_array().cloned().unwrap_or_default();
    list.iter()
        .filter(|it| it["level"] != "hint")
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            format!("{}:{}:{} {}", text("path"), it["start"]["line"], it["start"]["column"], text("code"))
        })
        .collect()
}

const Z: &str = "z.lua:1:19 unknown-command";

#[test]
fn broken_files() {
    let folder = folder();
    let path = folder.path();
    write(path, "broken.lua", b"redis.call('GET', KEYS[1]\nif x then\n");
    write(path, "bom.lua", b"\xEF\xBB\xBFreturn redis.call('GET', KEYS[1])\n");
    write(path, "crlf.lua", b"local x = 1\r\nreturn redis.call('GTE', KEYS[x])\r\n");
    write(path, "latin1.lua", b"-- caf\xe9\nreturn redis.call('GTE', '\xe9', KEYS[1])\n");
    write(path, "binary.lua", b"\x1bLua\x00\x01\x02redis.call");
    write(path, "parens.lua", format!("return redis.call({}", "(".repeat(10_000)).as_bytes());
    let found = findings(path, &["."]);
    for wanted in [Z, "bom.lua:1:1 syntax-error", "crlf.lua:2:19 unknown-command", "latin1.lua:2:19 unknown-command"] {
        assert!(found.iter().any(|it| it == wanted), "{wanted} in {found:#?}");
    }
    for file in ["broken.lua", "parens.lua"] {
        assert!(found.iter().any(|it| it.starts_with(file) && it.ends_with("syntax-error")), "{file} in {found:#?}");
    }
    assert!(!found.iter().any(|it| it.starts_with("binary.lua")), "{found:#?}");
    let named = run(path, &["check", "binary.lua"]);
    assert_eq!(named.status, 1, "{}", named.stdout);
}

#[test]
fn a_huge_file() {
    let folder = folder();
    write(folder.path(), "huge.lua", &b"return redis.call('GET', KEYS[1]) -- x\n".repeat(1_400_000));
    let done = run(folder.path(), &["check", "huge.lua"]);
    assert!(done.stdout.contains("larger than the 8 MiB"), "{}", done.stdout);
    assert!(findings(folder.path(), &["."]).contains(&Z.to_owned()));
}

#[test]
fn what_is_not_there_or_cannot_be_read() {
    let folder = folder();
    let path = folder.path();
    let done = run(path, &["check", "gone.lua", "z.lua"]);
    assert_eq!(done.status, 2);
    assert!(done.stderr.contains("gone.lua is not there"), "{}", done.stderr);
    assert!(done.stdout.contains("unknown-command"), "{}", done.stdout);
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        // A link to nowhere, a link that is a circle, and a folder that holds itself.
        for (from, to) in [("nowhere", "dead.lua"), ("circle.lua", "circle.lua"), (".", "self")] {
            if let Err(error) = symlink(from, path.join(to)) {
                panic!("{to}: {error}");
            }
        }
        assert_eq!(findings(path, &["."]), [Z]);
        // A pipe would make us wait for ever.
        let pipe = std::process::Command::new("mkfifo").arg(path.join("pipe.lua")).status();
        assert!(pipe.is_ok_and(|status| status.success()));
        let done = run(path, &["check", "pipe.lua"]);
        assert!(done.status == 2 && done.stderr.contains("no ordinary file"), "{}", done.stderr);
    }
}

#[test]
fn circles_of_includes() {
    let folder = folder();
    write(folder.path(), "b.lua", b"--- @include \"c\"\nreturn redis.call('GET', KEYS[1])\n");
    write(folder.path(), "c.lua", b"--- @include \"b\"\nlocal x = 1\n");
    let done = run(folder.path(), &["check"]);
    assert!(done.stdout.contains("this include leads back to where it came from"), "{}", done.stdout);
    assert!(findings(folder.path(), &["."]).contains(&Z.to_owned()));
}

#[test]
fn mistakes_in_the_settings() {
    let folder = folder();
    write(folder.path(), "redlua.toml", b"target = 'redis 7.0'\n\nclutser = true\n[lints]\nunknow-command = 'allow'\n");
    let done = run(folder.path(), &["check"]);
    assert_eq!(done.status, 2);
    assert!(done.stderr.contains("redlua.toml:3:1: unknown key `clutser`: did you mean `cluster`?"), "{}", done.stderr);
    assert!(done.stderr.contains("redlua.toml:5:1: there is no rule `unknow-command`"), "{}", done.stderr);
    assert!(done.stdout.contains("unknown-command"), "{}", done.stdout);
}

#[test]
fn plain_lua_is_left_alone() {
    let folder = folder();
    write(folder.path(), "plain.lua", b"print('hello')\nx = 1\n");
    assert_eq!(findings(folder.path(), &["."]), [Z]);
    assert_eq!(findings(folder.path(), &["plain.lua"]).len(), 2);
    write(folder.path(), "redlua.toml", b"[files]\ninclude = ['pl*.lua']\nexclude = ['z.lua']\n");
    assert_eq!(findings(folder.path(), &["."]).len(), 2);
}
