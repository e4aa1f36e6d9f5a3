"""The worker of tests/bench/engine for fakeredis: FOLDER is where pip put it. Jobs as for server/script/examples/bench.rs."""
import logging, sys, time

sys.path.insert(0, sys.argv[1])
logging.disable(logging.CRITICAL)
import fakeredis

client = fakeredis.FakeRedis(version=(7, 2))
for line in sys.stdin:
    millis, file, count, *words = line.rstrip("\n").split("\t")
    try:
        sha = client.script_load(open(file).read())
        start, runs, end = time.perf_counter(), 0, time.perf_counter() + int(millis) / 1000
        while runs == 0 or time.perf_counter() < end:
            client.evalsha(sha, int(count), *words)
            runs += 1
        print(f"{runs / (time.perf_counter() - start):.0f}", flush=True)
    except Exception as error:
        print(f"fakeredis: {file}: {error}", file=sys.stderr)
        print("-", flush=True)
