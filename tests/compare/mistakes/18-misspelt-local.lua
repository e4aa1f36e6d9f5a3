-- plain Lua: a misspelt local
local limit = tonumber(ARGV[1])
return redis.call('INCRBY', KEYS[1], limt) --!
