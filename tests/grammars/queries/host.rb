B = <<~SCRIPT
  return redis.call('GET', KEYS[1])
~ ^^^^^^^^^^^^ lua
SCRIPT
c = redis.eval("return redis.call('GET', KEYS[1])", keys: [1])
~               ^^^^^^^^^^^^^ lua
~                                                   ^^^^ !lua
