-- What the scripts of tests/bench/engine read.
redis.call('SET', 'text', 'forty-two bytes of text, as a session has.')
redis.call('DEL', 'list', 'bucket')
redis.call('HSET', 'bucket', 'tokens', '10', 'time', '1000')
for at = 1, 100 do
  redis.call('RPUSH', 'list', at)
end
return 1
