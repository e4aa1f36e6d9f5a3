-- Counts requests in a window that starts with the first one.
--
-- KEYS[1] the counter
-- ARGV[1] the window's length in seconds
--
--> EVAL . 1 hits:7 60
--= (integer) 1
--> EVAL . 1 hits:7 60
--= (integer) 2
--> TTL hits:7
--= (integer) 60

local count = redis.call('INCR', KEYS[1])
if count == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return count
