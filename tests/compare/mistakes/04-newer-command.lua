-- a command that the server (7.2) does not have yet
return redis.call('HEXPIRE', KEYS[1], 60, 'FIELDS', 1, ARGV[1]) --!
