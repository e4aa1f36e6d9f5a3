local Store = { prefix = 's:' }
Store.get = function(name)
  return redis.call('GET', Store.prefix .. name)
end
function Store.set(name, value)
  return redis.call('SET', Store.prefix .. name, value)
end
local handlers = {
  get = Store.get,
  set = Store.set,
  drop = function(name) return redis.call('DEL', name) end,
}
local handler = handlers.drop
--? complete `handlers.|drop` : get & set & drop
--? definition `handlers.dr|op` : drop = function(name)
--? hover `handlers.dr|op` : name
handlers.drop('x')
--? signature `handlers.drop(|'x` : #name
--? references `handlers.dr|op` : 3
return Store.set('a', 1)
--? signature `Store.set('a', |1` : #value
--? rename `Store.se|t` put : 3
