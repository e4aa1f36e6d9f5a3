local value = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', 10)
--? hover `redis.ca|ll` : call
--? hover `'SE|T'` : SET & key
--? signature `KEYS[1], |ARGV` : key & #value
--? complete `ARGV[1], '|NX` : NX & XX & EX
redis.call('HS', KEYS[2])
--? complete `'HS|'` : HSET & HSCAN & HSTRLEN
--? finding : HS
redis.log(redis.LOG_WARNING, 'set')
--? complete `redis.LOG_|WARN` : LOG_WARNING & LOG_DEBUG
--? signature `redis.log(|redis` : log( & #level
return redis.status_reply('OK')
--? hover `status_re|ply` : status_reply
--? complete `redis.|status_reply` : call & pcall & sha1hex
