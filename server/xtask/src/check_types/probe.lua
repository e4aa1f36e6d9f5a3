-- Calls ARGV[2…] under the protocol ARGV[1] and tells what value it gives. All keys are of one server.
local function tell(value)
  local kind = type(value)
  if kind == 'string' then return 'S' .. #value .. ':' .. value end
  if kind == 'number' then return 'N' .. string.format('%.17g', value) .. ';' end
  if kind == 'boolean' then return value and 'T' or 'F' end
  if kind == 'nil' then return 'Z' end
  local out = { '{' }
  for key, element in pairs(value) do
    out[#out + 1] = tell(key)
    out[#out + 1] = tell(element)
  end
  out[#out + 1] = '}'
  return table.concat(out)
end
redis.setresp(tonumber(ARGV[1]))
return tell(redis.pcall(unpack(ARGV, 2)))
