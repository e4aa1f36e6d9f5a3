local opts = { delay = 1, retries = 2 }
redis.call('SET', KEYS[1], opts.dellay)
--? finding : dellay
--? complete `opts.del|lay` : delay
local M = {}
function M.og(text) return text end
function M.log(text) return text end
M.lgo('x')
--? finding : lgo
local s = ('x'):reep(2)
--? complete `:re|ep` : rep
return undefined_thing
--? finding : undefined_thing
