A = <<~LUA
  return redis.call('GET', KEYS[1])
~                    ^^^ support.function.command.read.redlua
LUA
B = <<~SCRIPT
  return redis.call('GET', KEYS[1])
~                    ^^^ support.function.command.read.redlua
SCRIPT
c = redis.eval("return redis.call('GET', KEYS[1])", keys: [1])
~                                  ^^^ support.function.command
~                                                   ^^^^ constant.language.symbol
