local now = redis.call('TIME')[1]
local key = KEYS[1]
local length = ARGV[1]
redis.call('ZREMRANGEBYSCORE', key, '-inf', now - length)
local n = redis.call('ZCARD', key)
redis.call('ZADD', key, now, now .. ':' .. n)
return n + 1
