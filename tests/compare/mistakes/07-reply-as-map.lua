-- the list that HGETALL replies, read by field
local user = redis.call('HGETALL', KEYS[1])
return user.name --!
