-- Adds an event to a stream unless one with the same name was added lately.
--
-- KEYS[1] the stream
-- KEYS[2] the marker of the event's name
-- ARGV[1] the event's name
-- ARGV[2] what it says
-- ARGV[3] how long its name counts, in seconds
--
--> EVAL . 2 {s}:events {s}:seen:1 one hello 60
--= (integer) 1
--> EVAL . 2 {s}:events {s}:seen:1 one hello 60
--= (integer) 0
--> XLEN {s}:events
--= (integer) 1

if not redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[3]) then
  return 0
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', 10000, '*', 'name', ARGV[1], 'text', ARGV[2])
return 1
