"""What programs do with redis-py, over a port: `redis_py.py PORT`. Ends with 0 when all went as with a real server."""

import contextlib
import sys
import threading
import time

import redis
from redis.exceptions import LockError, LockNotOwnedError, NoScriptError, ResponseError, WatchError

PORT = int(sys.argv[1])
CASES = []


def case(run):
    CASES.append(run)
    return run


def connect(protocol):
    return redis.Redis(port=PORT, protocol=protocol, decode_responses=True, socket_timeout=10)


@contextlib.contextmanager
def elsewhere():
    """Another client, and how to make it do something in a moment."""
    timers = []

    def later(call):
        timers.append(threading.Timer(0.1, call))
        timers[-1].start()

    with contextlib.closing(connect(2)) as other:
        yield other, later
        for timer in timers:
            timer.join()


def refused(kind, text, call):
    try:
        call()
    except kind as error:
        assert text in str(error), f"{error!r} does not say {text!r}"
    else:
        raise AssertionError(f"nothing was raised where {text!r} was expected")


@case
def strings(r):
    assert r.ping() is True
    assert r.set("s", "one", ex=100) is True
    assert r.set("s", "two", nx=True) is None
    assert r.set("s", "two", xx=True, get=True) == "one"
    assert r.get("s") == "two" and r.ttl("s") == -1
    assert r.mset({"a": 1, "b": 2}) is True
    assert r.mget("a", "b", "none") == ["1", "2", None]
    assert r.incrby("a", 41) == 42 and r.incrbyfloat("a", 0.5) == 42.5
    assert r.append("s", "!") == 4 and r.getrange("s", 1, -1) == "wo!"
    assert r.setbit("bits", 7, 1) == 0 and r.bitcount("bits") == 1
    assert r.exists("a", "b", "none") == 2 and r.delete("a", "b") == 2
    refused(ResponseError, "WRONGTYPE", lambda: r.lpush("s", "x"))


@case
def bytes_that_are_no_text(r):
    raw = redis.Redis(port=PORT, protocol=int(r.get_connection_kwargs()["protocol"]))
    with contextlib.closing(raw):
        value = bytes(range(256)) * 4
        raw.set(b"raw\r\n\0", value)
        assert raw.get(b"raw\r\n\0") == value
        large = b"x" * 3_000_000
        raw.set("large", large)
        assert raw.get("large") == large


@case
def collections(r):
    assert r.hset("h", mapping={"a": 1, "b": "two"}) == 2
    assert r.hgetall("h") == {"a": "1", "b": "two"}
    assert r.hincrbyfloat("h", "a", 1.25) == 2.25
    assert r.rpush("l", *range(5)) == 5 and r.lrange("l", 0, -1) == list("01234")
    assert r.lpos("l", "3") == 3 and r.lmove("l", "l2", "LEFT", "RIGHT") == "0"
    assert r.sadd("set", "a", "b", "c") == 3 and r.smismember("set", ["a", "x"]) == [1, 0]
    assert r.smembers("set") == {"a", "b", "c"}
    assert r.zadd("z", {"one": 1, "two": 2.5, "three": 3}) == 3
    assert r.zrange("z", 0, -1, withscores=True) in (
        [("one", 1.0), ("two", 2.5), ("three", 3.0)],
        [["one", 1.0], ["two", 2.5], ["three", 3.0]],
    )
    assert r.zscore("z", "two") == 2.5 and r.zrangebyscore("z", "(1", "+inf") == ["two", "three"]
    assert r.zincrby("z", 0.5, "two") == 3.0 and r.zpopmin("z")[0] in ("one", ["one", 1.0], ("one", 1.0))
    assert r.geoadd("geo", [13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"]) == 2
    assert 166 < r.geodist("geo", "Palermo", "Catania", unit="km") < 167
    assert r.pfadd("hll", *range(100)) == 1 and 95 <= r.pfcount("hll") <= 105
    r.rpush("sort", 3, 1, 2)
    assert r.sort("sort", desc=True) == ["3", "2", "1"]


@case
def pipelines(r):
    pipe = r.pipeline(transaction=False)
    for number in range(2000):
        pipe.set(f"p:{number}", number).incr(f"p:{number}")
    replies = pipe.execute()
    assert replies[0::2] == [True] * 2000 and replies[1::2] == list(range(1, 2001))
    pipe = r.pipeline(transaction=False)
    pipe.set("text", "x").incr("text").get("text")
    replies = pipe.execute(raise_on_error=False)
    assert replies[0] is True and isinstance(replies[1], ResponseError) and replies[2] == "x"


@case
def transactions(r):
    with r.pipeline() as pipe:
        assert pipe.set("t", 1).incr("t").lrange("none", 0, -1).execute() == [True, 2, []]
    with r.pipeline() as pipe:
        pipe.watch("t")
        assert pipe.get("t") == "2"
        pipe.multi()
        pipe.incr("t")
        r.set("t", 10)
        refused(WatchError, "Watched variable changed", pipe.execute)
    assert r.get("t") == "10"

    def twice(pipe):
        value = int(pipe.get("t"))
        pipe.multi()
        pipe.set("t", value * 2)

    assert r.transaction(twice, "t") == [True] and r.get("t") == "20"
    # Many at a time: each increment must be kept.
    r.set("count", 0)

    def worker():
        with contextlib.closing(connect(2)) as own:
            for _ in range(25):
                own.transaction(lambda pipe: (value := int(pipe.get("count")), pipe.multi(), pipe.set("count", value + 1)), "count")

    threads = [threading.Thread(target=worker) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert r.get("count") == "100"


@case
def messages(r):
    listener = r.pubsub()
    listener.subscribe("news")
    listener.psubscribe("we*")
    kinds = [listener.get_message(timeout=5)["type"] for _ in range(2)]
    assert kinds == ["subscribe", "psubscribe"], kinds
    assert r.publish("news", "hello") == 1 and r.publish("weather", "rain") == 1 and r.publish("nobody", "x") == 0
    first, second = listener.get_message(timeout=5), listener.get_message(timeout=5)
    assert (first["type"], first["channel"], first["data"]) == ("message", "news", "hello")
    assert (second["type"], second["pattern"], second["data"]) == ("pmessage", "we*", "rain")
    assert r.pubsub_numsub("news")[0] in (("news", 1), ["news", 1]) and r.pubsub_numpat() == 1
    listener.unsubscribe()
    listener.punsubscribe()
    assert listener.get_message(timeout=5)["type"] == "unsubscribe"
    assert listener.get_message(timeout=5)["type"] == "punsubscribe"
    listener.close()
    got = []
    listener = r.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(**{"called": lambda message: got.append(message["data"])})
    thread = listener.run_in_thread(sleep_time=0.01)
    until(lambda: r.publish("called", "back") == 1)
    until(lambda: "back" in got)
    thread.stop()
    thread.join()


@case
def scripts(r):
    r.script_flush()
    add = r.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert add(keys=["n"], args=[5]) == 5
    assert r.script_exists(add.sha) == [True]
    r.script_flush()
    refused(NoScriptError, "No matching script", lambda: r.evalsha(add.sha, 1, "n", 5))
    # The client loads the script again by itself.
    assert add(keys=["n"], args=[5]) == 10
    pipe = r.pipeline()
    add(keys=["n"], args=[1], client=pipe)
    pipe.get("n")
    assert pipe.execute() == [11, "11"]
    assert r.eval("return {1, 'two', {3, false}, redis.status_reply('FINE')}", 0) == [1, "two", [3, None], "FINE"]
    assert r.eval("return cjson.decode(ARGV[1]).a.b", 0, '{"a":{"b":"deep"}}') == "deep"
    assert r.eval("return cmsgpack.unpack(cmsgpack.pack({1,2,3}))", 0) == [1, 2, 3]
    refused(ResponseError, "mine", lambda: r.eval("return redis.error_reply('mine')", 0))
    refused(ResponseError, "WRONGTYPE", lambda: r.eval("redis.call('SET', KEYS[1], 1) return redis.call('LPOP', KEYS[1])", 1, "w"))
    refused(ResponseError, "user_script:1", lambda: r.eval("error('broken')", 0))


@case
def functions(r):
    r.function_flush("SYNC")
    code = (
        "#!lua name=mylib\n"
        "redis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)\n"
        "redis.register_function{function_name='look', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}\n"
    )
    assert r.function_load(code) == "mylib"
    refused(ResponseError, "already exists", lambda: r.function_load(code))
    assert r.function_load(code, replace=True) == "mylib"
    assert r.fcall("put", 1, "f", "value") == "OK" and r.fcall_ro("look", 1, "f") == "value"
    refused(ResponseError, "Can not execute a script with write flag", lambda: r.fcall_ro("put", 1, "f", "x"))
    assert "mylib" in str(r.function_list("my*"))
    raw = redis.Redis(port=PORT)
    with contextlib.closing(raw):
        payload = raw.function_dump()
        raw.function_flush()
        refused(ResponseError, "Function not found", lambda: r.fcall("put", 1, "f", "x"))
        raw.function_restore(payload)
    assert r.fcall_ro("look", 1, "f") == "value"
    assert r.function_delete("mylib")


@case
def blocking(r):
    start = time.monotonic()
    assert r.blpop("empty", timeout=0.2) is None and 0.15 < time.monotonic() - start < 3

    with elsewhere() as (other, later):
        later(lambda: other.rpush("q", "job"))
        assert tuple(r.blpop(["none", "q"], timeout=5)) == ("q", "job")
        later(lambda: other.rpush("q", "moved"))
        assert r.blmove("q", "done", 5, "LEFT", "RIGHT") == "moved"
        later(lambda: other.zadd("zq", {"m": 1.5}))
        assert tuple(r.bzpopmin("zq", timeout=5)) == ("zq", "m", 1.5)
        later(lambda: other.eval("return redis.call('RPUSH', KEYS[1], 'scripted')", 1, "q"))
        assert tuple(r.brpop("q", timeout=5)) == ("q", "scripted")


@case
def streams(r):
    ids = [r.xadd("st", {"n": number}) for number in range(5)]
    assert r.xlen("st") == 5 and [entry[0] for entry in r.xrange("st")] == ids
    assert r.xgroup_create("st", "g", id="0")
    refused(ResponseError, "BUSYGROUP", lambda: r.xgroup_create("st", "g", id="0"))

    def entries(reply):
        streams = reply.items() if isinstance(reply, dict) else reply
        found = []
        for _, parts in streams:
            for part in parts:
                found.extend(part if isinstance(part, list) and part and not isinstance(part[0], str) else [part])
        return found

    first = entries(r.xreadgroup("g", "alice", {"st": ">"}, count=2))
    second = entries(r.xreadgroup("g", "bob", {"st": ">"}, count=10))
    assert [entry[0] for entry in first] == ids[:2] and [entry[0] for entry in second] == ids[2:]
    assert first[0][1] == {"n": "0"}
    assert r.xack("st", "g", *ids[:2]) == 2
    pending = r.xpending("st", "g")
    assert pending["pending"] == 3 and pending["consumers"] == [{"name": "bob", "pending": 3}]
    assert [entry[0] for entry in r.xclaim("st", "g", "alice", 0, [ids[2]])] == [ids[2]]
    claimed = r.xautoclaim("st", "g", "alice", 0, "0-0", count=10)
    assert [entry[0] for entry in claimed[1]] == ids[2:]
    info = r.xinfo_groups("st")[0]
    assert info["name"] == "g" and info["pending"] == 3 and info["consumers"] == 2
    with elsewhere() as (other, later):
        later(lambda: other.xadd("st", {"n": "late"}))
        late = entries(r.xreadgroup("g", "alice", {"st": ">"}, block=5000))
        assert late[0][1] == {"n": "late"}
    assert r.xtrim("st", maxlen=2, approximate=False) == 4


@case
def scans(r):
    names = {f"scan:{number}" for number in range(1000)}
    r.mset(dict.fromkeys(names, "x"))
    assert set(r.scan_iter("scan:*", count=37)) == names
    r.hset("hs", mapping={name: 1 for name in names})
    assert {field for field, _ in r.hscan_iter("hs", count=50)} == names
    r.sadd("ss", *names)
    assert set(r.sscan_iter("ss", match="scan:99*")) == {name for name in names if name.startswith("scan:99")}
    r.zadd("zs", {name: 1 for name in names})
    assert {member for member, _ in r.zscan_iter("zs")} == names


@case
def locks(r):
    lock = r.lock("lock", timeout=5)
    assert lock.acquire() and lock.locked() and lock.owned()
    assert not r.lock("lock", timeout=5).acquire(blocking=False)
    assert lock.extend(10) and 5 < r.ttl("lock") <= 15
    assert lock.reacquire() and r.ttl("lock") <= 5
    lock.release()
    assert not lock.locked()
    refused(LockError, "unlocked", lock.release)
    short = r.lock("lock", timeout=0.1)
    assert short.acquire()
    time.sleep(0.2)
    refused(LockNotOwnedError, "", short.release)
    held = r.lock("lock", timeout=5, thread_local=False)
    held.acquire()
    threading.Timer(0.2, held.release).start()
    with r.lock("lock", timeout=5, blocking_timeout=5):
        pass


@case
def the_server_about_itself(r):
    info = r.info()
    assert info["redis_version"] and info["role"] == "master" and info["redis_mode"] == "standalone"
    assert r.client_setname("me") and r.client_getname() == "me"
    assert any(client["name"] == "me" for client in r.client_list())
    assert r.config_get("maxmemory-policy")["maxmemory-policy"]
    assert r.command_count() > 200 and r.time()[0] > 1_600_000_000
    assert r.object("encoding", "none") is None if r.exists("none") else True
    r.set("int", 12)
    assert r.object("encoding", "int") == "int"
    r.set("dumped", "value")
    with contextlib.closing(redis.Redis(port=PORT)) as raw:
        payload = raw.dump("dumped")
        assert raw.restore("restored", 0, payload)
    assert r.get("restored") == "value"


def until(done, seconds=5):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def main():
    failed = 0
    for protocol in 2, 3:
        for run in CASES:
            with contextlib.closing(connect(protocol)) as r:
                r.flushall()
                try:
                    run(r)
                except Exception as error:  # All cases are run, whatever happens to one.
                    failed += 1
                    trace = error.__traceback__
                    while trace.tb_next and "redis_py" in trace.tb_next.tb_frame.f_code.co_filename:
                        trace = trace.tb_next
                    print(f"redis-py RESP{protocol} {run.__name__}, line {trace.tb_lineno}: {error!r}")
    print(f"redis-py {redis.__version__}: {2 * len(CASES) - failed} of {2 * len(CASES)} cases passed")
    return 1 if failed else 0


sys.exit(main())
