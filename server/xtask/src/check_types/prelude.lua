local __o = {}
local __left
local function __tell(value, depth)
  local kind = type(value)
  if kind == 'string' then return 'S' .. #value .. ':' .. value end
  if kind == 'number' then return 'N' .. string.format('%.17g', value) .. ';' end
  if kind == 'boolean' then return value and 'T' or 'F' end
  if kind == 'nil' then return 'Z' end
  if kind ~= 'table' then return 'O' end
  __left = __left - 1
  if depth > 4 or __left < 0 then return 'X' end
  local out = { '{' }
  for key, element in next, value do
    out[#out + 1] = __tell(key, depth + 1)
    out[#out + 1] = __tell(element, depth + 1)
  end
  out[#out + 1] = '}'
  return table.concat(out)
end
local function __p(id, value)
  if #__o < 400 then
    __left = 300
    __o[#__o + 1] = id .. '=' .. __tell(value, 0)
  end
  return value
end
local function __main()
