local text = ARGV[1]
local upper = text:upper()
--? hover `text:upp|er` : upper
--? complete `text:|upper` : upper & sub & rep & gmatch & format
local part = text:sub(1, 3)
--? signature `text:sub(|1` : sub( & #from|#i
--? signature `text:sub(1, |3` : sub( & #to|#j
local line = ('='):rep(20)
--? hover `):re|p` : rep
--? signature `rep(|20` : rep( & #count|#n
for word in text:gmatch('%a+') do
--? hover `for wo|rd` : string
  redis.call('SADD', KEYS[1], word:lower())
--? complete `word:|lower` : lower & len
end
local found, last = string.find(text, part, 1, true)
--? hover `string.fi|nd` : find & plain
--? signature `string.find(text, |part` : find( & #pattern
return { upper, line, found, last }
