-- Adds up a list that is read in one go.
local sum = 0
for _, item in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  sum = sum + tonumber(item)
end
return sum
