-- a misspelt command
local value = redis.call('GTE', KEYS[1]) --!
return value
