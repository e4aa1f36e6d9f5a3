-- plain Lua: a local that nothing uses
local value = redis.call('GET', KEYS[1]) --!
return redis.call('DEL', KEYS[1])
