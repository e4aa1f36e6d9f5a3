#!/usr/bin/env python3
"""Times an edit in workspaces of several sizes, in turn on the same machine: from the edit to its findings and to completion.

    tests/bench/workspace.py [FILES…]      10, 5,000 and 50,000 files if no count is named; EDITS=100 edits each

A workspace has 200 files a folder. At most 1,000 of them are scripts, of which every fourth includes one shared file; the others
are Lua of other programs. REDLUA names the program; several, separated by colons, are timed in turn.
"""
import os, pathlib, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/places"))
from client import SERVERS, Client

EDITS = int(os.environ.get("EDITS", "100"))

SCRIPT = """\
local key, now = KEYS[1], tonumber(ARGV[1])
local limit = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', key, '-inf', now - 60)
local count = redis.call('ZCARD', key)
if count >= limit then
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return { 0, oldest[2] or '' }
end
for n = 1, 3 do
  redis.call('ZADD', key, now, now .. ':' .. n)
end
redis.call('EXPIRE', key, 60)
return { 1, count + 1 }
"""
PLAIN = """\
local M = {}
local util = require('app.util%d')

function M.setup(options)
  M.options = util.merge(M.defaults, options or {})
  for name, handler in pairs(M.options.handlers) do
    vim.register(name, function(event) return handler(event, M.options) end)
  end
end

function M.close(window)
  if window and window:is_open() then window:close() end
end

return M
"""
SHARED = "local function trim(key)\n  redis.call('ZREMRANGEBYRANK', key, 0, -101)\nend\n"


def workspace(folder, files):
    """Writes a workspace; returns the script that is edited, and the last one."""
    scripts = min(1000, max(files // 5, 4))
    every = max(files // scripts, 1)
    (folder / "shared.lua").write_text(SHARED)
    for n in range(files):
        place = folder / f"part{n // 200}"
        place.mkdir(exist_ok=True)
        if n % every == 0:
            text = SCRIPT
            if n // every % 4 == 0:
                text = "--- @include \"../shared\"\n" + text.replace("return { 1", "trim(key)\nreturn { 1")
            last = place / f"script{n}.lua"
            last.write_text(text)
        else:
            (place / f"module{n}.lua").write_text(PLAIN % n)
    return folder / "part0" / "script0.lua", last


def percent(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def edits(client, script, last):
    """Waits for the findings of the last script, for till then files are read. Types a word at the end letter by letter, asks for completion behind it, and waits for the findings."""
    client.wait(lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == last.as_uri(), 300)
    uri, text = script.as_uri(), script.read_text()
    client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "lua", "version": 1, "text": text}})
    found = lambda version: lambda m: (m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri
                                       and m["params"].get("version", version) == version)
    client.wait(found(1), 120)
    lines, version, times = text.count("\n"), 1, {"findings": [], "completion": []}
    for nth in range(EDITS):
        version += 1
        start = {"line": lines - 1, "character": 0}
        word = "coun" if nth % 2 == 0 else ""
        end = start if nth % 2 == 0 else {"line": lines - 1, "character": 4}
        while not client.messages.empty():
            client.messages.get()
        begin = time.perf_counter()
        change = {"range": {"start": start, "end": end}, "text": word}
        client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]})
        client.number += 1
        place = {"textDocument": {"uri": uri}, "position": {"line": lines - 1, "character": len(word)}}
        client.send({"id": client.number, "method": "textDocument/completion", "params": place})
        waits = {"completion": lambda m, n=client.number: m.get("id") == n and "method" not in m, "findings": found(version)}
        while waits:
            at, message = client.wait(lambda m: any(wait(m) for wait in waits.values()), 60)
            for what in [what for what, wait in waits.items() if wait(message)]:
                times[what].append(at - begin)
                del waits[what]
    return times


def main():
    counts = [int(word) for word in sys.argv[1:]] or [10, 5000, 50000]
    programs = os.environ["REDLUA"].split(":") if os.environ.get("REDLUA") else [SERVERS["redlua"][0]]
    for files in counts:
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work)
            script, last = workspace(folder, files)
            for program in programs:
                begin = time.perf_counter()
                client = Client([program, "lsp"], folder)
                times = edits(client, script, last)
                told = ", ".join(f"{what} p50 {percent(of, .5):.1f} ms, p95 {percent(of, .95):.1f} ms" for what, of in times.items())
                print(f"{files} files, {program}: {told}, peak memory {client.memory():.0f} MiB, {time.perf_counter() - begin:.1f} s in all", flush=True)
                client.process.kill()


main()
