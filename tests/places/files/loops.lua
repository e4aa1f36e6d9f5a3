local members = redis.call('SMEMBERS', KEYS[1])
for index = 1, #members do
--? highlight `fo|r index` : for & end
  local member = members[index]
  if member == ARGV[1] then
--? highlight `i|f member` : if & end
    break
--? highlight `br|eak` : for & break
  end
end
while true do
  local cursor = redis.call('SCAN', 0)[1]
--? hover `cur|sor` : string
  if cursor == '0' then break end
end
repeat
  local done = redis.call('SPOP', KEYS[1])
until not done
--? definition `not do|ne` : local done
--? fold : 4
return #members
