-- Sets a value if it still is what the caller saw.
--
-- KEYS[1] the value
-- ARGV[1] what the caller saw; empty for "not there"
-- ARGV[2] the new value
--
--> EVAL . 1 config:theme '' dark
--= (integer) 1
--> EVAL . 1 config:theme light blue
--= (integer) 0
--> EVAL . 1 config:theme dark blue
--= (integer) 1
--> GET config:theme
--= "blue"

local current = redis.call('GET', KEYS[1]) or ''
if current ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
