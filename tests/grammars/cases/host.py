"""Prose that says redis.call('GET', KEYS[1]) somewhere."""
~                  ^^^^^ string !support
TAKE = r.register_script("""
local n = tonumber(redis.call('GET', KEYS[1]) or '0')
~^^^^ keyword.local.lua meta.embedded.block.redlua
~                              ^^^ support.function.command.read.redlua
if n < 1 then return "x" end
~^ keyword.control.lua
~                    ^^^ string.quoted.double.lua
""")
~  ^ !string !meta.embedded
r.eval("return redis.call('SET', KEYS[1], 'NX')", 1, "key")
~       ^^^^^^ keyword.control.lua
~                          ^^^ support.function.command
~                                          ^^ constant.language.option
~                                                    ^^^^^ string.quoted.single.python !meta.embedded
x = '''
redis.call('GET'
'''
print('x')
~^^^^ support.function.builtin.python !string
