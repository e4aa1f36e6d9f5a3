-- KEYS[1] visits
-- ARGV[1] how many
--> SET visits:1 5
--= OK
--> EVAL . 1 visits:1 3
--= (integer) 8
local visits = KEYS[1]
local n = ARGV[1]
return redis.call('INCRBY', visits, n)
