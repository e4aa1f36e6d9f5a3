# Calls of scripts with redis-rb: each line behind the mark is one call.
require 'redis'

R = Redis.new(port: (ARGV[0] || 6379).to_i)

TAKE = "return redis.call('DECRBY', KEYS[1], ARGV[1])"
BOTH = <<~LUA
  return redis.call('MGET', KEYS[1], KEYS[2])
LUA
MAYBE = "local ttl = ARGV[2] or 5 return redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)"
R.flushall
SHA = R.script(:load, TAKE)

# calls
R.eval(TAKE, keys: ['a'], argv: [2])
R.eval(TAKE, ['a'], [2])
R.eval(TAKE, ['a'])
R.eval(TAKE, keys: ['a'])
R.eval(TAKE, argv: [2])
R.eval(TAKE)
R.eval(BOTH, keys: ['x', 'y'])
R.eval(BOTH, keys: ['x'], argv: ['y'])
R.eval(MAYBE, ['m'], ['v'])
R.evalsha(SHA, ['a'], [2])
R.evalsha(SHA, ['a'])
R.call('EVAL', TAKE, 1, 'a', 2)
R.call('EVAL', TAKE, 1, 'a')
R.call('EVAL', TAKE, 3, 'a', 2)
