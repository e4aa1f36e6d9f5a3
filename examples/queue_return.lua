-- Puts jobs that took too long back into their queue.
--
-- KEYS[1] the jobs at work, by deadline
-- KEYS[2] the queue
-- ARGV[1] the time now, in milliseconds
-- ARGV[2] how many jobs at most
--
--> ZADD {q}:working 100 a 200 b 900 c
--= (integer) 3
--> EVAL . 2 {q}:working {q}:waiting 500 10
--= (integer) 2
--> LRANGE {q}:waiting 0 -1
--= 1) "a"
--= 2) "b"

local late = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, job in ipairs(late) do
  redis.call('ZREM', KEYS[1], job)
  redis.call('RPUSH', KEYS[2], job)
end
return #late
