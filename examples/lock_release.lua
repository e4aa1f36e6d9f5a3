-- Releases a lock, but only for its holder.
--
-- KEYS[1] the lock
-- ARGV[1] the token that the holder set it to
--
--> SET lock:42 mine
--= OK
--> EVAL . 1 lock:42 theirs
--= (integer) 0
--> EVAL . 1 lock:42 mine
--= (integer) 1

if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
