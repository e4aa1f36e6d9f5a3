-- Counts requests in the last seconds and lets no more than a limit pass.
--
-- KEYS[1] the window
-- ARGV[1] its length in milliseconds
-- ARGV[2] how many requests may pass in it
-- ARGV[3] the time now, in milliseconds
-- ARGV[4] a name for this request
--
--> EVAL . 1 window:7 1000 2 5000 a
--= (integer) 1
--> EVAL . 1 window:7 1000 2 5100 b
--= (integer) 0
--> EVAL . 1 window:7 1000 2 5200 c
--= (integer) -1
--> EVAL . 1 window:7 1000 2 6050 d
--= (integer) 0

local length = tonumber(ARGV[1])
local limit = tonumber(ARGV[2])
local now = tonumber(ARGV[3])

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - length)
local count = redis.call('ZCARD', KEYS[1])
if count >= limit then
  return -1
end
redis.call('ZADD', KEYS[1], now, ARGV[4])
redis.call('PEXPIRE', KEYS[1], length)
return limit - count - 1
