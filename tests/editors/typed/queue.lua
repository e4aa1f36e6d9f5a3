-- Moves what is due, ten at most.
-- KEYS[1] waiting
-- KEYS[2] ready
local due = redis.call('ZRANGE', KEYS[1], 0, 9)
for i, id in ipairs(due) do
    redis.call('RPUSH', KEYS[2], id)
    redis.call('ZREM', KEYS[1], id)
end
return #due
