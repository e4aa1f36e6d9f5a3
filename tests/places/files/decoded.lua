local order = cjson.decode(ARGV[1])
if order.total > 100 then
  redis.call('ZADD', KEYS[1], order.total, order.customer)
end
order.state = 'open'
redis.call('HSET', KEYS[2], 'state', order.state)
--? complete `order.|state` : total & customer & state
--? references `order.sta|te` : 2
--? definition `order.sta|te` : order.state = 'open'
return cjson.encode(order)
--? hover `cjson.enc|ode` : encode
--? signature `cjson.encode(|order` : encode( & #value
