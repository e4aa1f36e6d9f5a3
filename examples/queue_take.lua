-- Takes a job from a queue and remembers until when it must be done.
--
-- KEYS[1] the queue
-- KEYS[2] the jobs at work, by deadline
-- ARGV[1] the time now, in milliseconds
-- ARGV[2] how long the job may take, in milliseconds
--
--> RPUSH {q}:waiting a
--= (integer) 1
--> EVAL . 2 {q}:waiting {q}:working 1000 500
--= "a"
--> ZSCORE {q}:working a
--= "1500"
--> EVAL . 2 {q}:waiting {q}:working 1000 500
--= (nil)

local job = redis.call('LPOP', KEYS[1])
if not job then
  return nil
end
redis.call('ZADD', KEYS[2], tonumber(ARGV[1]) + tonumber(ARGV[2]), job)
return job
