var take = redis.NewScript(`
  local n = 1
~ ^^^^^ keyword.local.lua
  return redis.call("GET", KEYS[1])
~                    ^^^ support.function.command.read.redlua
`)
var t = "return"
~        ^^^^^^ string.quoted.double.go !keyword
var u = rdb.Eval(ctx, "return redis.call('GET', KEYS[1])", nil)
~                      ^^^^^^ keyword.control.lua
~                                                          ^^^ constant.language
