local ok, err = pcall(redis.call, 'INCR', KEYS[1])
--? hover `pca|ll` : pcall
if not ok then
  return redis.error_reply(err)
--? complete `redis.err|or` : error_reply
end
local list = { 1, 2, 3 }
table.insert(list, 4)
--? signature `table.insert(|list` : insert
--? hover `table.ins|ert` : insert
table.sort(list, function(a, b) return a > b end)
--? signature `table.sort(list, |func` : sort( & #comp|#less
local sum = 0
for _, value in ipairs(list) do sum = sum + value end
--? hover `_, val|ue` : number|integer
return list.n.x
