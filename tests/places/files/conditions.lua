local kind = ARGV[1]
if type(kind) == 'string' then
--? complete `== '|string` : string & table & number & nil
  kind = kind:upper()
elseif type(kind) == "table" then
--? complete `== "|table` : table & boolean & function
  kind = #kind
else
  kind = nil
end
--? highlight `en|d` : if & elseif & else & end
local reply = redis.call('GET', KEYS[1])
if reply then
  return reply:len()
--? complete `reply:|len` : len & upper
--? hover `reply:le|n` : len
end
return kind
