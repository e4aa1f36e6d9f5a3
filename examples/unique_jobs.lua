-- Queues the jobs that are not queued yet, and tells how many that were.
--
-- KEYS[1] the queue
-- KEYS[2] the names of the jobs in it
-- ARGV[1...] the jobs
--
--> EVAL . 2 {u}:queue {u}:names a b a
--= (integer) 2
--> LRANGE {u}:queue 0 -1
--= 1) "a"
--= 2) "b"

local added = 0
for _, job in ipairs(ARGV) do
  if redis.call('SADD', KEYS[2], job) == 1 then
    redis.call('RPUSH', KEYS[1], job)
    added = added + 1
  end
end
return added
