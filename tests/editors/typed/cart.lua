local cart = redis.call('HGETALL', KEYS[1])
local sum = 0
for i = 1, #cart, 2 do
    local id = cart[i]
    local n = cart[i + 1]
    if id ~= 'note' then
        sum = sum + n
    end
end
return sum
