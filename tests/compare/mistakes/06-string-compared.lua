-- text compared with a number
local left = redis.call('GET', KEYS[1])
if left and left > 5 then --!
  return 1
end
return 0
