#!lua flags=no-writes
-- a write in a script that says `no-writes`
return redis.call('INCR', KEYS[1]) --!
