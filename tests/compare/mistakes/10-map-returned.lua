-- a table with names returned: clients get an empty list
return { count = redis.call('LLEN', KEYS[1]) } --!
