-- KEYS[1] the counter
-- ARGV[1] the limit
-- ARGV[2] seconds
local limit = tonumber(ARGV[1])
local count = redis.call('INCR', KEYS[1])
if count == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
if count > limit then
    return 0
end
return 1
