-- Adds up a list that is read item by item: a hundred calls of a command.
local sum = 0
for at = 0, 99 do
  sum = sum + tonumber(redis.call('LINDEX', KEYS[1], at))
end
return sum
