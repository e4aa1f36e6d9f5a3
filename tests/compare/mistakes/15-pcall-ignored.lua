-- an error of `redis.pcall` used as a value
local count = redis.pcall('INCR', KEYS[1])
return count + 1 --!
