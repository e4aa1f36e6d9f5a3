local function push(key, ...)
  return redis.call('RPUSH', key, ...)
end
--? hover `function pu|sh` : push( & key & ...
local function pack(...)
  return { n = select('#', ...), ... }
--? hover `sele|ct` : select
--? complete `select('|#` : #
end
push(KEYS[1], unpack(ARGV))
--? signature `push(KEYS[1], |unpack` : push( & #...
--? signature `unpack(|ARGV` : unpack( & #list|#table
local packed = pack(1, 2)
return packed.n
--? definition `packed.|n` : { n = select
--? complete `packed.|n` : n
