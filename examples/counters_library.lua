#!lua name=counters
-- A function library: counters with a ceiling.
--
--> FCALL counters_add 1 visits 3 10
--= (integer) 3
--> FCALL counters_add 1 visits 20 10
--= (integer) 10
--> FCALL_RO counters_get 1 visits
--= (integer) 10

local function get(key)
  return tonumber(redis.call('GET', key) or 0)
end

local function add(keys, args)
  local ceiling = tonumber(args[2])
  local count = math.min(get(keys[1]) + tonumber(args[1]), ceiling)
  redis.call('SET', keys[1], count)
  return count
end

redis.register_function('counters_add', add)
redis.register_function({
  function_name = 'counters_get',
  callback = function(keys)
    return get(keys[1])
  end,
  flags = { 'no-writes' },
})
