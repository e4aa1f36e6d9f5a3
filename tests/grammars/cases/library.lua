#!lua name=shop flags=no-writes,allow-oom,nonsense
~ ^^^ keyword.other.engine.redlua
~     ^^^^ entity.other.attribute-name.redlua
~          ^^^^ entity.name.namespace.library.redlua
~                     ^^^^^^^^^ constant.language.flag.redlua
~                                         ^^^^^^^^ !constant
-- Takes stock.
~  ^^^^^^^^^^^ comment.line.double-dash.lua
-- KEYS[1] stock counter
~^ comment.line.double-dash.header.redlua
~  ^^^^ variable.language.keys.redlua
~       ^ constant.numeric
~          ^^^^^^^^^^^^^ comment !variable
-- ARGV[2] how many
~  ^^^^ variable.language.argv.redlua
--> EVAL . 1 stock:42 '2 3' LIMIT
~ ^ keyword.operator.example.redlua comment
~   ^^^^ support.function.command
~        ^ variable.language.script.redis
~          ^ constant.numeric
~                     ^^^^^ string.quoted.single.redis
~                           ^^^^^ constant.language.option.redis
--= (integer) 3
~^^ comment
~    ^^^^^^^ storage.type.redis
~             ^ constant.numeric.redis
--= (error) ERR no such key
~    ^^^^^ invalid.error.redis
~           ^^^ entity.name.exception.redis
--- @include "lib/take"
~   ^^^^^^^^ keyword.control.include
~            ^^^^^^^^^^ string.other.path.redlua
-- $include(take.lua)
~  ^^^^^^^^ keyword.control.include
~           ^^^^^^^^ string.other.path.redlua
--[==[
  KEYS[1] the stock
~ ^^^^ variable.language.keys.redlua comment.block
]==] local a
~    ^^^^^ keyword !comment
---@param key string
~  ^^^^^^ comment
