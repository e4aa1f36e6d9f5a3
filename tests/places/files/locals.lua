local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local key = KEYS[1]
--? references `local ke|y` : 4
--? highlight `local ke|y` : 4
--? rename `local ke|y` counter : 4
for window = 1, 3 do
  redis.call('EXPIRE', key, window)
--? definition `key, win|dow` : for window = 1, 3 do
end
local count = redis.call('INCR', key)
if count == 1 then
  redis.call('PEXPIRE', key, window)
--? definition `key, win|dow` : local limit, window
end
local unused = 1
--? finding : unused
return count > limt
--? finding : limt
--? complete `count > lim|t` : limit
