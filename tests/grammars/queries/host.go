package x
var take = redis.NewScript(`return 1`)
~                           ^^^^^^^^ lua
var other = `
  return redis.call("GET", KEYS[1])
~ ^^^^^^^^^^^^^^ lua
`
var t = "return"
~        ^^^^^^ !lua
var u = rdb.Eval(ctx, "return redis.call('GET', KEYS[1])", nil)
~                      ^^^^^^^^^^^^ lua
