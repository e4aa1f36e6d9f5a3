#!/usr/bin/env python3
"""Writes the table of what plain Lua linters and redlua say of classic mistakes into the README, between its marks.

Each script in mistakes/ has one mistake, on the line that ends in `--!`; its first comment names it. A tool finds it when it
reports anything on that line. The linters know the globals of the sandbox, as far as they can be told, and show all that they
find. A clean script beside the others shows that: a finding there is a fault of the settings here, and ends the run.

  table.py [--check]   writes the table; with --check fails where it is not what the tools say

Needs the linters (tests/setup/peers.sh luacheck selene emmylua_check) and target/debug/redlua, or REDLUA.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
README = ROOT / "README.md"
PEERS = pathlib.Path(os.environ.get("REDLUA_CACHE", pathlib.Path.home() / ".cache/redlua")) / "peers/bin"
REDLUA = os.environ.get("REDLUA", ROOT / "target/debug/redlua")
BEGIN, END = "<!-- tests/compare/table.py -->\n", "<!-- end -->\n"

GLOBALS = ["redis", "KEYS", "ARGV", "cjson", "cmsgpack", "struct", "bit"]
# Of Lua 5.1 the sandbox lacks these.
REMOVED = ["io", "package", "module", "require", "dofile", "loadfile", "print"]
REMOVED += [f"os.{name}" for name in ("date", "difftime", "execute", "exit", "getenv", "remove", "rename", "setlocale", "time", "tmpname")]
SELENE = "---\nbase: lua51\nglobals:\n" + "".join(f"  {name}:\n    any: true\n" for name in GLOBALS)
SELENE += "".join(f"  {name}:\n    removed: true\n" for name in REMOVED)
EMMY = "---@meta\n" + "".join(f"---@type any\n{name} = nil\n" for name in GLOBALS)
CLEAN = "local value = redis.call('GET', KEYS[1])\nif not value then\n  return 0\nend\nreturn value\n"


def output(*command, cwd):
    run = subprocess.run([str(it) for it in command], cwd=cwd, capture_output=True, text=True, timeout=120)
    if run.returncode not in (0, 1, 2):
        sys.exit(f"table.py: {command[0]} ended with {run.returncode}: {run.stderr}")
    return run.stdout


def redlua(folder):
    told = json.loads(output(REDLUA, "check", "--format", "json", ".", cwd=folder))
    return {(it["path"], it["start"]["line"]) for it in told["diagnostics"]}


def luacheck(folder):
    names = ["--read-globals", *GLOBALS, "--not-globals", *REMOVED]
    told = output("luacheck", "--std", "lua51", "--codes", "--formatter", "plain", ".", *names, cwd=folder)
    return {(path, int(line)) for path, line in re.findall(r"^(?:\./)?(.+?):(\d+):", told, re.M)}


def selene(folder):
    told = output(PEERS / "selene", "--display-style", "json2", ".", cwd=folder)
    found = set()
    for line in told.splitlines():
        it = json.loads(line)
        if it.get("type") == "Diagnostic":
            span = it["primary_label"]
            path = os.path.normpath(span["filename"])
            found.add((path, span["span"]["start_line"] + 1))
    return found


def emmylua(folder):
    told = json.loads(output(PEERS / "emmylua_check", "--output-format", "json", ".", cwd=folder) or "[]")
    found = set()
    for file in told:
        for it in file["diagnostics"]:
            found.add((os.path.relpath(file["file"], folder), it["range"]["start"]["line"] + 1))
    return found


TOOLS = {"luacheck": luacheck, "selene": selene, "EmmyLua": emmylua, "redlua": redlua}


def table():
    scripts = sorted((HERE / "mistakes").glob("*.lua"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "redlua.toml").write_text('target = "redis 7.2"\ncluster = true\n')
        (folder / "selene.toml").write_text('std = "redis"\n')
        (folder / "redis.yml").write_text(SELENE)
        (folder / "definitions").mkdir()
        (folder / "definitions/redis.lua").write_text(EMMY)
        emmyrc = {"runtime": {"version": "Lua5.1"}, "workspace": {"library": ["./definitions"], "ignoreDir": ["definitions"]}}
        (folder / ".emmyrc.json").write_text(json.dumps(emmyrc))
        for script in scripts:
            (folder / script.name).write_text(script.read_text())
        (folder / "clean.lua").write_text(CLEAN)
        found = {tool: ask(folder) for tool, ask in TOOLS.items()}
    for tool, places in found.items():
        if wrong := [place for place in places if place[0] == "clean.lua"]:
            sys.exit(f"table.py: {tool} finds something in a clean script: {wrong}")
    rows = [f"| a script has | {' | '.join(TOOLS)} |", "| --- |" + " :-: |" * len(TOOLS)]
    for script in scripts:
        lines = script.read_text().splitlines()
        title = next(line[3:] for line in lines if line.startswith("-- "))
        at = next(number for number, line in enumerate(lines, 1) if line.endswith("--!"))
        marks = ["✓" if (script.name, at) in found[tool] else "–" for tool in TOOLS]
        rows.append(f"| {title} | {' | '.join(marks)} |")
    return "\n".join(rows) + "\n"


def main():
    text = README.read_text()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    new = table()
    if "--check" in sys.argv:
        if new != old:
            sys.exit(f"table.py: the table in README.md is old: run tests/compare/table.py\n{new}")
    else:
        README.write_text(before + BEGIN + new + END + after)
    print(new, end="")


main()
