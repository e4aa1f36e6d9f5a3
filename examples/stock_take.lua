-- Takes from a stock what is there, and never more.
--
-- KEYS[1] the stock
-- ARGV[1] how many to take
--
--> SET stock:42 5
--= OK
--> EVAL . 1 stock:42 2
--= (integer) 3
--> EVAL . 1 stock:42 4
--= (error) SHORT only 3 left

local left = tonumber(redis.call('GET', KEYS[1]) or 0)
local wanted = tonumber(ARGV[1])
if wanted > left then
  return redis.error_reply('SHORT only ' .. left .. ' left')
end
return redis.call('DECRBY', KEYS[1], wanted)
