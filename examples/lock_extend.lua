-- Gives a lock more time, but only for its holder.
--
-- KEYS[1] the lock
-- ARGV[1] the token that the holder set it to
-- ARGV[2] the new time to live, in milliseconds
--
--> SET lock:42 mine
--= OK
--> EVAL . 1 lock:42 mine 5000
--= (integer) 1
--> EVAL . 1 lock:42 theirs 5000
--= (integer) 0

if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
