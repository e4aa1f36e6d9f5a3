local value = ARGV[1]
local function set(value)
  local value = value .. '!'
--? definition `= val|ue` : function set(value)
  return value
--? definition `return val|ue` : local value = value
end
do
  local value = 2
--? references `local val|ue` : 2
  set(value)
end
return value
--? definition `return val|ue` : local value = ARGV[1]
--? rename `return val|ue` given : 2
