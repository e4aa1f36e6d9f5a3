#!lua name=shop
local function buy(keys, args)
  return redis.call('DECRBY', keys[1], args[1])
end
--? references `function bu|y` : 2
--? rename `function bu|y` order : 2
local function view(keys)
  return redis.call('GET', keys[1])
end
redis.register_function('buy', buy)
--? definition `'buy', bu|y` : local function buy
redis.register_function{ function_name = 'view', callback = view, flags = { 'no-writes' } }
--? definition `callback = vi|ew` : local function view
--? symbols : buy & view
