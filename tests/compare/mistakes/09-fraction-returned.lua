-- a fraction returned: clients get it cut off
local size = redis.call('LLEN', KEYS[1])
if size > 0 then
  return 0.5 --!
end
return 1
