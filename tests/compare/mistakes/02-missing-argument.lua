-- a missing argument
redis.call('HSET', KEYS[1], 'field') --!
return 1
