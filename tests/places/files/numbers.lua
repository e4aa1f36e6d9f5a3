local now = redis.call('TIME')
local micros = now[1] * 1000000 + now[2]
--? hover `no|w[1]` : now
local rounded = math.floor(micros / 1000)
--? hover `math.flo|or` : floor
--? signature `math.floor(|micros` : floor( & #x|#number|#value
--? complete `math.|floor` : floor & max & huge
local bits = bit.band(rounded, 255)
--? hover `bit.ba|nd` : band
--? complete `bit.|band` : band & bor & lshift
return string.format('%d', bits)
--? signature `string.format(|'` : format( & #format|#s
