"""Prose that says redis.call('GET', KEYS[1])."""
~                  ^^^^^^^^^^ !lua
TAKE = """
return redis.call('GET', KEYS[1])
~^^^^^^^^^^^^^^^ lua
"""
r.eval("return 1", 0)
~       ^^^^^^^^ lua
r.eval("x = 1", 0)
~       ^^^^^ !lua
f(script='return redis.call("GET", KEYS[1])', d={'a': "return KEYS[1]"})
~         ^^^^^^^^^^^^^^^^^ lua
~                                                      ^^^^^^ lua
