local list = { 1, 2 }
local function sum(values)
  local total = 0
  for _, value in ipairs(values) do
    total = total + value
--? complete `total + val|ue` : value
  end
  return total
end
--? hover `function su|m` : sum( & values
local x = sum(
--? signature `sum(|` : sum( & #values
local y = list.
local z = sum(KEYS)
--? hover `= su|m` : sum( & values
--? definition `= su|m` : local function sum
