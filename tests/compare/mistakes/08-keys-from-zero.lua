-- `KEYS[0]`: Lua counts from 1
return redis.call('GET', KEYS[0]) --!
