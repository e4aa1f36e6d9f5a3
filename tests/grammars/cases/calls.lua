local n = redis.call('GET', KEYS[1]) -- redlua: allow(x)
~         ^^^^^ support.class.redlua
~               ^^^^ support.function.call.redlua
~                     ^^^ support.function.command.read.redlua string.quoted.command
~                           ^^^^ variable.language.keys.redlua
~                                       ^^^^^^^ comment keyword.other.directive.redlua
~                                                     ^ constant.other.rule.redlua
server.pcall("set", KEYS[1], f(ARGV[1], 'EX'), 'ex', 10, 'else')
~^^^^^ support.class.redlua
~             ^^^ support.function.command.write.redlua
~                                        ^^ string.quoted.single.lua !constant
~                                               ^^ constant.language.option.redlua
~                                                         ^^^^ string.quoted.single.lua !constant
if redis.pcall('PUBLISH',
~               ^^^^^^^ support.function.command.other.redlua
    KEYS[2]) then
~   ^^^^ variable.language.keys.redlua meta.call.redlua
~            ^^^^ keyword.control !meta.call
  return redis.error_reply(cjson.encode({1, 'EX', redis.LOG_WARNING}))
~              ^^^^^^^^^^^ support.function.library.redlua
~                          ^^^^^ support.class.redlua
~                                ^^^^^^ support.function.library.redlua
~                                            ^^ !constant
~                                                       ^^^^^^^^^^^ support.constant.redlua
end
rcall('GTE', redis.nothing)
~^^^^ entity.name.function.call.redlua
~      ^^^ string.quoted.single.lua !support
~                  ^^^^^^^ !support
pcall(redis.call, 'xinfo', 'STREAM', KEYS[1])
~^^^^ support.function.lua
~           ^^^^ support.function.call.redlua
~                  ^^^^^ support.function.command.read.redlua
~                           ^^^^^^ constant.language.option.redlua
redis.call(
  'GET', { KEYS = 1 })
~  ^^^ support.function.command.read.redlua
my.redis.call('GET')
~              ^^^ !support.function.command
local s = 'redis.call(KEYS[1])' -- redis.call(KEYS[1])
~          ^^^^^^^^^^^^^^^^^^^ string !support !variable
~                                  ^^^^^^^^^^^^^^^^^^^ comment !support !variable
redis.call('GET'
local x = 'EX' -- what is not closed ends with the next statement
~^^^^ !meta.call
~          ^^ string !constant
