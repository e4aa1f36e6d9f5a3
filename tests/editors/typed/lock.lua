-- KEYS[1] the lock
-- ARGV[1] the owner's token
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then
    return redis.call('DEL', KEYS[1])
else
    return 0
end
