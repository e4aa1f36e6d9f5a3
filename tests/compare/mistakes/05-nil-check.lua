-- a missing value compared with `nil`: scripts get `false`
local value = redis.call('GET', KEYS[1])
if value == nil then --!
  return 0
end
return value
