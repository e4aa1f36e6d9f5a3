-- options that exclude each other
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'XX') --!
