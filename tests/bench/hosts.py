#!/usr/bin/env python3
"""Times redlua on files of other languages: from an edit to its findings in a TypeScript file of 5,000 lines with 60 scripts, in
a script and outside of all; completion outside; and `redlua check` of 10,000 such files, with and without scripts, against a
plain read of the same files, with the memory that it takes.

    tests/bench/hosts.py      EDITS=200 edits each; FILES=10000; REDLUA names the program, or several, separated by colons
"""
import os, pathlib, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/places"))
from client import SERVERS, Client

EDITS, FILES = int(os.environ.get("EDITS", "200")), int(os.environ.get("FILES", "10000"))

SCRIPT = """\
  this.redis.defineCommand("take{n}", {{
    numberOfKeys: 3,
    lua: `
local queueKey = KEYS[1]
local concurrencyKey = KEYS[2]
local envKey = KEYS[3]
local now = tonumber(ARGV[1])
local limit = tonumber(ARGV[2])

local current = tonumber(redis.call('SCARD', concurrencyKey) or '0')
if current >= limit then
  return nil
end
local messages = redis.call('ZRANGEBYSCORE', queueKey, '-inf', now, 'LIMIT', 0, {n} + 1)
local taken = {{}}
for i, messageId in ipairs(messages) do
  if redis.call('ZREM', queueKey, messageId) == 1 then
    redis.call('SADD', concurrencyKey, messageId)
    redis.call('SADD', envKey, messageId)
    table.insert(taken, messageId)
  end
end
redis.call('PEXPIRE', concurrencyKey, 60000)
return taken
`,
  }});
"""
CODE = """\
  /** Takes the messages of queue {n}; the caller's job is to acknowledge them. */
  async take{n}(queue: string, options: {{ limit?: number; at?: Date }} = {{}}): Promise<string[]> {{
    const limit = options.limit ?? {n};
    const key = `{{${{queue}}}}:messages:${{limit}}`;
    try {{
      const found = await this.client.zcard(key);
      if (found > 0 && /^[a-z]+$/.test(queue)) {{
        return this.items.filter((it) => it.queue === queue && it.limit <= limit).map((it) => it.id);
      }}
    }} catch (error) {{
      this.logger.error("cannot take", {{ queue, error, retry: limit / 2 }});
    }}
    return [];
  }}
"""


def typescript(lines, scripts):
    """A file of so many lines with so many scripts; all of them stand behind the code."""
    source = 'import { Redis } from "ioredis";\n\nexport class Queue {\n'
    code = max(0, lines - scripts * SCRIPT.count("\n") - 8) // CODE.count("\n")
    source += "".join(CODE.format(n=n) for n in range(code)) + "  register() {\n"
    return source + "".join(SCRIPT.format(n=n) for n in range(scripts)) + "  }\n}\n"


def percent(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def told(times):
    return f"p50 {percent(times, .5):.2f} ms, p95 {percent(times, .95):.2f} ms, max {max(times) * 1000:.2f} ms"


def edits(client, uri, text, line, words, first):
    """Types and takes back a word at the beginning of a line; each time waits for the findings."""
    times = []
    for nth in range(EDITS):
        version = first + nth
        start = {"line": line, "character": 0}
        end = start if nth % 2 == 0 else {"line": line, "character": len(words)}
        while not client.messages.empty():
            client.messages.get()
        begin = time.perf_counter()
        change = {"range": {"start": start, "end": end}, "text": words if nth % 2 == 0 else ""}
        client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]})
        at, _ = client.wait(lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri
                            and m["params"].get("version") == version, 20)
        times.append(at - begin)
    return times


def typing(program):
    with tempfile.TemporaryDirectory() as work:
        folder, text = pathlib.Path(work), typescript(5000, 60)
        file = folder / "queue.ts"
        file.write_text(text)
        client = Client([program, "lsp"], folder)
        uri = file.as_uri()
        client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "typescript", "version": 1, "text": text}})
        client.wait(lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"].get("version") == 1, 60)
        lines = text.split("\n")
        inside = [n for n, line in enumerate(lines) if line.startswith("local taken")][30]
        outside = lines.index("    return [];")
        print(f"  {len(lines)} lines, 60 scripts: edit in a script {told(edits(client, uri, text, inside, 'x = 1 ', 2))}")
        print(f"  outside {told(edits(client, uri, text, outside, 'foo; ', 2 + EDITS))}")
        for name, line in (("completion outside", outside), ("completion in a script", inside)):
            times = []
            for nth in range(EDITS):
                begin = time.perf_counter()
                at, answer = client.request("textDocument/completion", {"textDocument": {"uri": uri}, "position": {"line": line, "character": 4}})
                times.append(at - begin)
            print(f"  {name} {told(times)}")
        print(f"  peak memory {client.memory():.1f} MiB")
        client.process.kill()


def ran(command, folder):
    """Seconds and MiB of the shortest of several runs."""
    best, memory = None, 0
    for _ in range(5):
        begin = time.perf_counter()
        done = subprocess.run(["/usr/bin/time", "-f", "%M", *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        taken = time.perf_counter() - begin
        best = taken if best is None else min(best, taken)
        memory = int(done.stderr.split()[-1]) / 1024
    return best, memory


def files(programs):
    with tempfile.TemporaryDirectory() as work:
        for name, scripts in (("without scripts", 0), ("with a script in every twentieth", 1), ("empty", None)):
            folder = pathlib.Path(work) / name.replace(" ", "-")
            folder.mkdir()
            count = 0 if scripts is None else FILES
            for n in range(count):
                place = folder / f"part{n // 100}"
                place.mkdir(exist_ok=True)
                # As in a repository: many small files and some large ones.
                text = typescript(60 + n * 7919 % 900, scripts if n % 20 == 0 else 0)
                (place / f"file{n}.ts").write_text(text)
            bytes = sum(it.stat().st_size for it in folder.rglob("*.ts"))
            print(f"{count} files {name}, {bytes / 1e6:.0f} MB")
            taken, memory = ran(["sh", "-c", "find . -name '*.ts' -print0 | xargs -0 -P 2 -n 500 cat"], folder)
            print(f"  reading (cat, two at a time): {taken:.3f} s, {bytes / 1e6 / taken:.0f} MB/s")
            taken, memory = ran(["grep", "-rc", "--include=*.ts", "nothing-like-it", "."], folder)
            print(f"  grep -r: {taken:.3f} s, {bytes / 1e6 / taken:.0f} MB/s")
            for program in programs:
                taken, memory = ran([program, "check", "--silent", "."], folder)
                print(f"  {program} check: {taken:.3f} s, {bytes / 1e6 / taken:.0f} MB/s, {memory:.1f} MiB")


def main():
    programs = os.environ["REDLUA"].split(":") if os.environ.get("REDLUA") else [SERVERS["redlua"][0]]
    for program in programs:
        print(f"== {program}")
        typing(program)
    files(programs)


main()
