#!lua name=shop
local function take(keys, args)
    local left = redis.call('GET', keys[1])
    if not left then
        return false
    end
    return left - args[1]
end

redis.register_function('take', take)
