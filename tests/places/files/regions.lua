-- #region Reading
local values = {}
for place, key in ipairs(KEYS) do
  values[place] = redis.call('GET', key)
end
-- #endregion
--? fold : 0-5

local options = {
  a = 1,
  b = 2,
}
--? fold : 7-9|7-10
local long = [[
one
two
]]
return { values, options, long }
