-- a key that is not in KEYS, in a cluster
return redis.call('GET', 'config:' .. ARGV[1]) --!
