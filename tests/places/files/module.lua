-- Counters that several scripts share.
local M = {}

--- Adds to a counter.
-- The counter is made where it is not there.
function M.count(key, step)
  return redis.call('INCRBY', key, step or 1)
end
--? hover `M.cou|nt` : count( & key & step & Adds to a counter
--? references `M.cou|nt` : 3
--? highlight `M.cou|nt` : 3
--? rename `M.cou|nt` tally : 3
--? token `M.cou|nt` : method|function

M.reset = function(key)
  return redis.call('DEL', key)
end
--? hover `M.res|et` : reset( & key

local total = M.count(KEYS[1], 2)
--? definition `M.cou|nt` : function M.count(key, step)
--? signature `M.count(|KEYS` : count( & #key
--? signature `M.count(KEYS[1], |2` : count( & #step
--? hints : key: & step:
if total > 10 then
  M.reset(KEYS[1])
--? complete `M.|reset` : count & reset & !redis
--? definition `M.res|et` : M.reset = function(key)
end
return M.count(KEYS[1])
--? complete `return |M` : M & total & redis
--? symbols : count & reset & total
