#!/usr/bin/env python3
"""Runs each call of the programs beside it with the real client against a real server, and holds redlua's findings against
what happens: a finding where the call fails, none where it runs.

    check.py REDLUA PORT NODE_PACKAGES
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Maven adds what these need.
JARS = [
    "redis.clients:jedis:5.1.0",
    "io.lettuce:lettuce-core:6.5.5.RELEASE",
    "org.springframework.data:spring-data-redis:3.4.5",
    "org.redisson:redisson:3.45.0",
    "org.slf4j:slf4j-nop:2.0.17",
]
CRATES = {
    "redis_rs": 'redis = { version = "=1.2.0", default-features = false, features = ["script"] }',
    "fred": 'fred = { version = "=10.1.0", default-features = false, features = ["i-std", "i-scripts", "sha-1"] }\ntokio = { version = "1", features = ["rt", "macros"] }',
}
MODULES = {
    "go_redis": "github.com/redis/go-redis/v9@v9.7.0",
    "rueidis": "github.com/redis/rueidis@v1.0.79",
    "redigo": "github.com/gomodule/redigo@v1.9.3",
}
CODES = {"call-arity", "unknown-function", "write-in-read-only"}


def split(text, mark):
    """The setup of a program, and its calls with their lines."""
    lines = text.splitlines()
    start = next(at for at, line in enumerate(lines) if line.strip() == mark)
    calls = [(at + 1, line) for at, line in enumerate(lines) if at > start and line.strip().strip("}")]
    return "\n".join(lines[: start + 1]), calls


def findings(redlua, path):
    done = subprocess.run([redlua, "check", "--format", "json", path.name], cwd=path.parent, capture_output=True, text=True)
    return {it["start"]["line"] for it in json.loads(done.stdout)["diagnostics"] if it["code"] in CODES}


def python(path, port):
    """The lines whose call fails."""
    setup, calls = split(path.read_text(), "# calls")
    sys.argv = [str(path), port]
    names = {}
    exec(compile(setup, str(path), "exec"), names)  # noqa: S102
    failed = set()
    for line, call in calls:
        try:
            eval(call, names)  # noqa: S307
        except Exception:
            failed.add(line)
    return failed


def node(path, port, packages):
    """The lines whose call fails."""
    setup, calls = split(path.read_text(), "// calls")
    tries = "\n".join(f"try {{ {call} }} catch {{ console.log({line}); }}" for line, call in calls)
    program = pathlib.Path(packages) / f"calls-{path.name}"
    program.write_text(f"{setup}\n{tries}\nawait redis.quit();\n")
    try:
        done = subprocess.run(["node", str(program), port], capture_output=True, text=True, timeout=60, check=False)
    finally:
        program.unlink()
    if done.returncode != 0:
        sys.exit(f"{path.name}: {done.stderr}")
    return {int(line) for line in done.stdout.split()}


def go(path, port, packages):
    """The lines whose call fails."""
    setup, calls = split(path.read_text(), "// calls")
    reports = "\n".join(f"report({line})({call.strip()})" for line, call in calls)
    folder = pathlib.Path(packages) / f"calls-{path.parent.name}"
    folder.mkdir(exist_ok=True)
    (folder / "main.go").write_text(f"{setup}\n{reports}\n}}\n")
    run = lambda *words: subprocess.run(["go", *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if not (folder / "go.sum").exists():
        for words in (["mod", "init", "calls"], ["get", MODULES[path.parent.name]]):
            done = run(*words)
            if done.returncode != 0:
                sys.exit(f"go {' '.join(words)}: {done.stderr}")
    return lines_of(path, run("run", ".", port))


def rust(path, port, packages):
    """The lines whose call fails."""
    setup, calls = split(path.read_text(), "// calls")
    reports = "\n".join(f"report({line}, {call.strip()});" for line, call in calls)
    folder = pathlib.Path(packages) / f"calls-{path.parent.name}"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "main.rs").write_text(f"{setup}\n{reports}\n}}\n")
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "calls"\nedition = "2024"\n[dependencies]\n{CRATES[path.parent.name]}\n[workspace]\n'
    )
    return lines_of(path, subprocess.run(["cargo", "run", "--quiet", "--", port], cwd=folder, capture_output=True, text=True, timeout=300, check=False))


def java(path, port, packages):
    """The lines whose call fails."""
    setup, calls = split(path.read_text(), "// calls")
    tries = "\n".join(f"try {{ {call} }} catch (Exception e) {{ System.out.println({line}); }}" for line, call in calls)
    jars = pathlib.Path(packages) / "calls-jars"
    wanted = "\n".join(JARS)
    installed = jars / "installed"
    if not installed.exists() or installed.read_text() != wanted:
        shutil.rmtree(jars, ignore_errors=True)
        jars.mkdir()
        names = [name.split(":") for name in JARS]
        needs = "".join(
            f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"
            for group, artifact, version in names
        )
        head = "<modelVersion>4.0.0</modelVersion><groupId>calls</groupId><artifactId>calls</artifactId><version>1</version>"
        (jars / "pom.xml").write_text(f"<project>{head}<dependencies>{needs}</dependencies></project>")
        words = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=."]
        done = subprocess.run(words, cwd=jars, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            sys.exit(f"mvn: {done.stdout}{done.stderr}")
        installed.write_text(wanted)
    return told(path, ["java", "-cp", f"{jars}/*", port], f"{setup}\n{tries}\nSystem.exit(0); }} }}\n")


def told(path, words, text):
    """The lines that a program tells."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / path.name
        program.write_text(text)
        done = subprocess.run([*words[:-1], str(program), words[-1]], capture_output=True, text=True, timeout=60, check=False)
    return lines_of(path, done)


def lines_of(path, done):
    """The lines that a program has written."""
    if done.returncode != 0:
        sys.exit(f"{path}: {done.stderr}{done.stdout}")
    return {int(line) for line in done.stdout.split()}


def ruby(path, port):
    setup, calls = split(path.read_text(), "# calls")
    tries = "\n".join(f"begin; {call}; rescue StandardError; puts {line}; end" for line, call in calls)
    return told(path, ["ruby", port], f"{setup}\n{tries}\n")


def php(path, port):
    setup, calls = split(path.read_text(), "// calls")
    # phpredis keeps the error of a script and gives false.
    keeps = path.name == "phpredis.php"
    before = "$r->clearLastError();" if keeps else ""
    test = "if ($r->getLastError() !== null) echo {0}, PHP_EOL;" if keeps else ""
    tries = "\n".join(
        f"{before} try {{ {call} {test.format(line)} }} catch (Throwable $e) {{ echo {line}, PHP_EOL; }}" for line, call in calls
    )
    return told(path, ["php", port], f"{setup}\n{tries}\n")


def failing(path, port, packages):
    """The lines whose call fails."""
    if path.suffix in (".go", ".java", ".mjs", ".rs"):
        return {".go": go, ".java": java, ".mjs": node, ".rs": rust}[path.suffix](path, port, packages)
    return {".py": python, ".rb": ruby, ".php": php}[path.suffix](path, port)


def main():
    redlua, port, packages = sys.argv[1:4]
    programs = [path for path in HERE.rglob("*") if path.suffix in (".py", ".mjs", ".go", ".rb", ".php", ".java", ".rs") and path.name != "check.py"]
    wrong = calls = found = 0
    for path in sorted(programs):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / path.name
            shutil.copy(path, copy)
            errors = findings(os.path.abspath(redlua), copy)
        failed = failing(path, port, packages)
        mark = "# calls" if path.suffix in (".py", ".rb") else "// calls"
        lines = dict(split(path.read_text(), mark)[1])
        calls, found = calls + len(lines), found + len(errors)
        for line in sorted(errors ^ failed):
            wrong += 1
            what = "fails, and redlua says nothing" if line in failed else "runs, and redlua calls it an error"
            print(f"{path.relative_to(HERE)}:{line}: {what}: {lines.get(line, '').strip()}")
    print(f"{calls} calls with {len(programs)} clients on a real server: {found} called errors, {wrong} wrong")
    sys.exit(1 if wrong or found == 0 else 0)


main()
