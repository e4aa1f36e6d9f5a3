-- KEYS[1] stock counter
~  ^^^^^^^ @comment.documentation
--> EVAL . 1 stock:42
~ ^^^^^^^ @markup.raw
--= OK
~ ^^ @markup.raw
-- redlua: allow(unused)
~  ^^^^^^ @keyword.directive
--- @include "x"
~   ^^^^^^^^ @keyword.directive
-- prose about KEYS[1]
~  ^^^^^ !@comment !@keyword
local n = redis.call('GET', KEYS[1])
~         ^^^^^ @module.builtin
~               ^^^^ @function.builtin
~                     ^^^ @function.builtin.read
~                           ^^^^ @variable.builtin
server.pcall("set", ARGV[1], 'EX', 10, 'x')
~^^^^^ @module.builtin
~             ^^^ @function.builtin.write
~                   ^^^^ @variable.builtin
~                             ^^ @constant.builtin
~                                       ^ !@constant
rcall('GTE', 'EX')
~      ^^^ !@function
~             ^^ @constant.builtin
pcall(redis.call, 'XINFO', 'STREAM', KEYS[1])
~                  ^^^^^ @function.builtin
local t = cjson.encode({ redis.LOG_WARNING, cjson.nothing, 'EX' })
~         ^^^^^ @module.builtin
~               ^^^^^^ @function.builtin
~                              ^^^^^^^^^^^ @constant.builtin
~                                                 ^^^^^^^ !@function
~                                                           ^^ !@constant
red:eval([[return KEYS[1]]], 0)
red:eval("return redis.call('GET', KEYS[1])", 0)
~         ^^^^^^^^^^^^^^^^^ lua
