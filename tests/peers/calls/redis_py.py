"""Calls of scripts with redis-py: each line behind the mark is one call. What redlua calls an error fails on a real server,
and what it lets pass runs."""

import sys

import redis

r = redis.Redis(port=int(sys.argv[1]) if len(sys.argv) > 1 else 6379)

TAKE = "return redis.call('DECRBY', KEYS[1], ARGV[1])"
UNLOCK = """
local held = redis.call('HGET', KEYS[1], 'by')
if held == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return held .. ARGV[1]
"""
BOTH = "return redis.call('MGET', KEYS[1], KEYS[2])"
MAYBE = "local ttl = ARGV[2] or 5 return redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)"
ALL = "for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end return #KEYS"
READ = "return redis.call('GET', KEYS[1])"
WRITE = "return redis.call('SET', KEYS[1], '1')"
LIBRARY = """#!lua name=stock
redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
"""
r.flushall()
r.hset("lock", "by", "me")
r.function_load(LIBRARY, replace=True)
take = r.register_script(TAKE)
sha = r.script_load(TAKE)
keys = ["a"]
args = [2]


def run(script, keys, args=()):
    return r.eval(script, len(keys), *keys, *args)


def run_object(script, *args, keys):
    return script(keys=keys, args=args)


# calls
r.eval(TAKE, 1, "a", 2)
r.eval(TAKE, 1, "a", 2, "more")
r.eval(TAKE, 0, "a", 2)
r.eval(TAKE, 1, "a")
r.eval(TAKE, 2, "a", 2)
r.eval(TAKE, 3, "a", 2)
r.eval(TAKE, "a", 1, 2)
r.eval(TAKE, 1, "a" "b")
r.eval(TAKE, -1, "a", 2)
r.eval(TAKE, 1, *["a", 2])
r.eval(UNLOCK, 1, "lock", "you")
r.eval(UNLOCK, 1, "lock")
r.eval(BOTH, 2, "x", "y")
r.eval(BOTH, 1, "x", "y")
r.eval(MAYBE, 1, "m", "v")
r.eval(MAYBE, 1, "m", "v", 9)
r.eval(MAYBE, 1, "m")
r.eval(ALL, 0)
r.eval(ALL, 3, "p", "q", "r")
r.eval_ro(READ, 1, "x")
r.eval_ro(WRITE, 1, "x")
r.evalsha(sha, 1, "a", 2)
r.evalsha(sha, 1, "a")
take(keys=["a"], args=[1])
take(keys=["a"])
take(["a"], [1])
take(args=[1])
r.fcall("stock_take", 1, "a", 2)
r.fcall("stock_tkae", 1, "a", 2)
r.execute_command("EVAL", TAKE, 1, "a", 2)
r.execute_command("EVAL", TAKE, 1, "a")
r.eval(TAKE, len(keys), *keys, *args)
r.eval(TAKE, len(keys), *keys)
r.eval(TAKE, len(keys), *(keys + args))
take(keys=keys, args=args)
take(keys=keys, args=[])
run(TAKE, ["a"], [2])
run(TAKE, ["a"])
run(TAKE, [], [2])
run_object(take, 2, keys=["a"])
run_object(take, keys=["a"])
