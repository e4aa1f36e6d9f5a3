-- a global variable, which the sandbox forbids
count = redis.call('INCR', KEYS[1]) --!
return count
