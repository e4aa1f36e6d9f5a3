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

#[test]
fn files_of_other_languages() {
    let folder = folder();
    let path = folder.path();
    let script = "r.eval(\"return redis.call('GETT', KEYS[1])\", 1, 'a')\n";
    let padding = |text: &str, bytes: usize| text.repeat(bytes / text.len());
    write(path, "bom.py", format!("\u{FEFF}{script}").as_bytes());
    write(path, "crlf.py", script.replace('\n', "\r\n").repeat(2).as_bytes());
    write(path, "latin1.py", &[b"x = '\xe9\xff'; ", script.as_bytes()].concat());
    let wide: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    write(path, "utf16.py", &[b"\xff\xfe", &*wide].concat());
    write(path, "binary.py", &[&(0..=255).collect::<Vec<u8>>()[..], script.as_bytes()].concat());
    write(path, "half.py", format!("S = '''\n{script}T = \"return redis.call('GETT')\"\n").as_bytes());
    write(path, "template.js", b"const s = `{% if a %}\nreturn redis.call('GETT', KEYS[1])\n`;\nr.eval(s, 1, 'k');\n");
    write(path, "deep.js", format!("r.eval(`{}", "${`".repeat(50_000)).as_bytes());
    // Generated and vendored code is searched where it is named alone.
    write(path, "minified.js", format!("{}{script}", padding("var a=1;", 6_000)).as_bytes());
    write(path, "large.py", format!("{}{script}", padding("x = 1\n", 2_200_000)).as_bytes());
    let found = findings(path, &["."]);
    assert_eq!(
        found,
        [
            "bom.py:1:28 unknown-command",
            "crlf.py:1:27 unknown-command",
            "crlf.py:2:27 unknown-command",
            "latin1.py:1:37 unknown-command",
            Z,
        ]
    );
    assert_eq!(findings(path, &["minified.js"]), ["minified.js:1:6027 unknown-command"]);
    assert_eq!(findings(path, &["large.py"]), ["large.py:366667:27 unknown-command"]);
    write(path, "line.py", format!("x = '{}'; {script}", padding("a", 1_000_000)).as_bytes());
    assert_eq!(findings(path, &["line.py"]), ["line.py:1:1000035 unknown-command"]);
    for name in ["bom.py", "crlf.py", "latin1.py"] {
        let before = fs::read(path.join(name)).unwrap_or_default();
        run(path, &["check", "--fix", "--unsafe", name]);
        let after = fs::read(path.join(name)).unwrap_or_default();
        // Nothing but these bytes.
        let mut expected = before.clone();
        while let Some(at) = expected.windows(4).position(|it| it == b"GETT") {
            expected.remove(at + 3);
        }
        assert!(expected != before && after == expected, "{name}: {}", String::from_utf8_lossy(&after));
    }
}
