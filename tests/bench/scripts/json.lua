-- Decodes and encodes a document.
local document = cjson.decode(ARGV[1])
document.version = document.version + 1
return cjson.encode(document)
