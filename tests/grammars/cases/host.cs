class A {
  string s = @"
    local n = redis.call('GET', KEYS[1])
~                         ^^^ support.function.command
    return n
~   ^^^^^^ keyword.control.lua
  ";
  int t = 1;
~ ^^^ keyword.type.int.cs !string
}
