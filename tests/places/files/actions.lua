local total = 1 + 2
--? action `= |1 + 2|` : Extract|extract|local
local name = "it's"
local text = 'a' .. 'b'
return total + #KEYS
--? action `tot|al` : Inline|inline
