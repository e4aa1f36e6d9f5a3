-- a command that scripts may not call
return redis.call('SUBSCRIBE', ARGV[1]) --!
