#!/usr/bin/env python3
"""Times language servers over stdio, in turn on the same machine: from an edit to its findings, from the start to the first
answer, and completion and hover, on BullMQ's scripts. Needs tests/setup/packages.sh and, for the peer, tests/setup/peers.sh.

    tests/bench/lsp.py [SERVER…]      redlua and emmylua_ls if none is named; EDITS=200 edits each
"""
import os, pathlib, queue, shutil, statistics, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/places"))
from client import CACHE, SERVERS, Client

EDITS = int(os.environ.get("EDITS", "200"))


def percent(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def edits(client, uri, text, name):
    """Types a misspelt name at the end and takes it back: each edit changes what is found."""
    client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "lua", "version": 1, "text": text}})
    lines = text.count("\n")
    found = lambda version: lambda m: (m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri
                                       and m["params"].get("version", version) == version)
    try:
        client.wait(found(1), 30)
    except queue.Empty:
        pass
    added, times = "undefined_name(1)\n", []
    for nth in range(EDITS):
        version = nth + 2
        start = {"line": lines, "character": 0}
        end = start if nth % 2 == 0 else {"line": lines + 1, "character": 0}
        change = {"range": {"start": start, "end": end}, "text": added if nth % 2 == 0 else ""}
        # Without versions in its answers a server's answer to the edit before must not be taken for this one's.
        while not client.messages.empty():
            client.messages.get()
        begin = time.perf_counter()
        client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]})
        try:
            at, _ = client.wait(found(version), 20)
        except queue.Empty:
            return f"{name}: no findings within 20 s"
        times.append(at - begin)
    return f"{name}: edit to findings p50 {percent(times, .5):.1f} ms, p95 {percent(times, .95):.1f} ms, max {max(times) * 1000:.1f} ms"


def main():
    package = CACHE / "packages/bullmq/package/dist/esm/commands"
    named = sys.argv[1:] or [name for name, command in SERVERS.items() if os.path.exists(command[0])]
    for name in named:
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work) / "bullmq"
            shutil.copytree(package, folder)
            script = folder / "moveToFinished-14.lua"
            if not script.exists():
                script = max(folder.glob("*.lua"), key=lambda it: it.stat().st_size)
            text = script.read_text()
            body = "".join(f"-- part {n}\n" + text.replace("-- Includes", "--") for n in range(2000))
            lines = body.split("\n")
            def sized(count):
                whole, out = [], 0
                block = "do\n" + "\n".join(line for line in text.split("\n") if not line.startswith("return") and "@include" not in line) + "\nend\n"
                while out < count:
                    whole.append(block)
                    out += block.count("\n")
                return "".join(whole)
            client = Client(SERVERS[name], folder)
            print(f"== {name}: answer to initialize after {client.first * 1000:.1f} ms")
            uri = script.as_uri()
            print("  " + edits(client, uri, text, f"{script.name} with its includes ({text.count(chr(10))} lines)"))
            for count in (500, 8000):
                big = folder / f"big{count}.lua"
                source = "local x = redis.call('GET', KEYS[1])\nif x then\n  redis.call('SET', KEYS[1], ARGV[1])\nend\n" * (count // 4)
                source = "".join(f"do\n  local v{n} = redis.call('HGET', KEYS[1], ARGV[{n % 9 + 1}])\n  if v{n} then\n    redis.call('ZADD', KEYS[2], v{n}, 'm{n}')\n  end\nend\n" for n in range(count // 6))
                print("  " + edits(client, big.as_uri(), source, f"{source.count(chr(10))} lines"))
            times = {"completion": [], "hover": []}
            for nth in range(50):
                for method in times:
                    begin = time.perf_counter()
                    at, _ = client.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": {"line": 60 + nth, "character": 12}})
                    times[method].append(at - begin)
            for method, list_ in times.items():
                print(f"  {method}: p50 {percent(list_, .5):.1f} ms, p95 {percent(list_, .95):.1f} ms")
            print(f"  peak memory {client.memory():.1f} MiB")
            client.process.kill()


main()
