--! KEYS[1] the cart: hash
--! ARGV[1] the article
local held = redis.call('HGET', KEYS[1], ARGV[1])
--? hover `KEY|S[1]` : cart|KEYS
--? complete `KEYS[|1` : 1
if not held then return 0 end
return tonumber(held)
--? hover `tonum|ber` : tonumber
--? definition `tonumber(he|ld` : local held
