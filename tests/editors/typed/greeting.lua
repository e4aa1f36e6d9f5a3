local word = 'hello'
local name = ARGV[1] or "you"
local one = 1	-- of each
local two = 2	-- of each
while one < two do
    one = one + 1
end
return word .. ' ' .. name
