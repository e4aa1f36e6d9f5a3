-- Takes tokens from a bucket that fills at a steady rate.
--
-- KEYS[1] the bucket
-- ARGV[1] how many tokens it holds
-- ARGV[2] tokens that come in each second
-- ARGV[3] the time now, in seconds
-- ARGV[4] how many tokens to take
--
--> EVAL . 1 bucket:api 10 1 1000 7
--= 1) (integer) 1
--= 2) (integer) 3
--> EVAL . 1 bucket:api 10 1 1002 7
--= 1) (integer) 0
--= 2) (integer) 5

local capacity = tonumber(ARGV[1])
local rate = tonumber(ARGV[2])
local now = tonumber(ARGV[3])
local wanted = tonumber(ARGV[4])

local state = redis.call('HMGET', KEYS[1], 'tokens', 'time')
local tokens = tonumber(state[1] or capacity)
local last = tonumber(state[2] or now)

tokens = math.min(capacity, tokens + math.max(0, now - last) * rate)
local taken = 0
if tokens >= wanted then
  tokens = tokens - wanted
  taken = 1
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'time', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil(capacity / rate) + 1)
return { taken, math.floor(tokens) }
