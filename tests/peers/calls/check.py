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
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
JARS = ["redis.clients:jedis:5.1.0", "org.apache.commons:commons-pool2:2.12.0", "org.slf4j:slf4j-api:1.7.36", "org.json:json:20231013", "com.google.code.gson:gson:2.10.1"]
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
    reports = "\n".join(f"report({line}, ({call.strip()}).Err())" for line, call in calls)
    folder = pathlib.Path(packages) / "calls-go"
    folder.mkdir(exist_ok=True)
    (folder / "main.go").write_text(f"{setup}\n{reports}\n}}\n")
    run = lambda *words: subprocess.run(["go", *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if not (folder / "go.sum").exists():
        for words in (["mod", "init", "calls"], ["get", "github.com/redis/go-redis/v9@v9.7.0"]):
            done = run(*words)
            if done.returncode != 0:
                sys.exit(f"go {' '.join(words)}: {done.stderr}")
    done = run("run", ".", port)
    if done.returncode != 0:
        sys.exit(f"{path.name}: {done.stderr}")
    return {int(line) for line in done.stdout.split()}


def java(path, port, packages):
    setup, calls = split(path.read_text(), "// calls")
    tries = "\n".join(f"try {{ {call} }} catch (Exception e) {{ System.out.println({line}); }}" for line, call in calls)
    jars = pathlib.Path(packages) / "calls-jars"
    jars.mkdir(exist_ok=True)
    for name in JARS:
        group, artifact, version = name.split(":")
        jar = jars / f"{artifact}-{version}.jar"
        if not jar.exists():
            url = f"https://repo1.maven.org/maven2/{group.replace('.', '/')}/{artifact}/{version}/{jar.name}"
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
                jar.write_bytes(answer.read())
    return told(path, ["java", "-cp", f"{jars}/*", port], f"{setup}\n{tries}\njedis.close(); }} }}\n")


def told(path, words, text):
    """The lines that a program tells."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / path.name
        program.write_text(text)
        done = subprocess.run([*words[:-1], str(program), words[-1]], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        sys.exit(f"{path.name}: {done.stderr}{done.stdout}")
    return {int(line) for line in done.stdout.split()}


def ruby(path, port):
    setup, calls = split(path.read_text(), "# calls")
    tries = "\n".join(f"begin; {call}; rescue StandardError; puts {line}; end" for line, call in calls)
    return told(path, ["ruby", port], f"{setup}\n{tries}\n")


def php(path, port):
    setup, calls = split(path.read_text(), "// calls")
    # The client keeps the error of a script and gives false.
    test = "if ($r->getLastError() !== null) echo {0}, PHP_EOL;"
    tries = "\n".join(
        f"$r->clearLastError(); try {{ {call} {test.format(line)} }} catch (Throwable $e) {{ echo {line}, PHP_EOL; }}"
        for line, call in calls
    )
    return told(path, ["php", port], f"{setup}\n{tries}\n")


def failing(path, port, packages):
    """The lines whose call fails."""
    if path.suffix in (".go", ".java", ".mjs"):
        return {".go": go, ".java": java, ".mjs": node}[path.suffix](path, port, packages)
    return {".py": python, ".rb": ruby, ".php": php}[path.suffix](path, port)


def main():
    redlua, port, packages = sys.argv[1:4]
    programs = [path for path in HERE.rglob("*") if path.suffix in (".py", ".mjs", ".go", ".rb", ".php", ".java") and path.name != "check.py"]
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
            print(f"{path.name}:{line}: {what}: {lines.get(line, '').strip()}")
    print(f"{calls} calls with {len(programs)} clients on a real server: {found} called errors, {wrong} wrong")
    sys.exit(1 if wrong or found == 0 else 0)


main()
