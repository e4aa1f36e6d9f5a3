local function each(list, visit)
  for index, value in ipairs(list) do
    visit(value, index)
  end
end
--? calls-in `each|(list` : 2
local total = 0
each(ARGV, function(value)
--? hover `total|` : 0
  total = total + tonumber(value)
--? references `total| = ` : 6
--? definition `tonumber(val|ue` : each(ARGV, function(value)
end)
each(KEYS, function(key)
--? signature `each(|KEYS` : each( & #list
--? signature `each(KEYS, |function` : each( & #visit
  total = total + redis.call('EXISTS', key)
end)
return total
