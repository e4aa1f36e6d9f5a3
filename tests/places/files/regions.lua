-- #region Reading
local values = {}
for place, key in ipairs(KEYS) do
  values[place] = redis.call('GET', key)
end
-- #endregion
--? fold : 0-6

local options = {
  a = 1,
  b = 2,
}
--? fold : 8-10|8-11
local long = [[
one
two
]]
return { values, options, long }
