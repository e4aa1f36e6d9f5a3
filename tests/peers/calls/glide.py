"""Calls of scripts with Valkey GLIDE: each line behind the mark is one call."""

import sys

from glide_sync import GlideClient, GlideClientConfiguration, Logger, LogLevel, NodeAddress, Script

Logger.init(LogLevel.OFF)
port = int(sys.argv[1]) if len(sys.argv) > 1 else 6379
r = GlideClient.create(GlideClientConfiguration([NodeAddress("127.0.0.1", port)]))

LIBRARY = """#!lua name=stock
redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
"""
r.flushall()
r.function_load(LIBRARY, replace=True)
take = Script("return redis.call('DECRBY', KEYS[1], ARGV[1])")
both = Script("return redis.call('MGET', KEYS[1], KEYS[2])")

# calls
r.invoke_script(take, keys=["a"], args=["2"])
r.invoke_script(take, keys=["a"])
r.invoke_script(take, args=["2"])
r.invoke_script(both, keys=["x", "y"])
r.invoke_script(both, keys=["x"], args=["y"])
r.fcall("stock_take", keys=["a"], arguments=["2"])
r.fcall("stock_take", ["a"], ["2"])
r.fcall("stock_tkae", ["a"], ["2"])
r.custom_command(["EVAL", "return redis.call('DECRBY', KEYS[1], ARGV[1])", "1", "a", "2"])
