class A {
  string s = """
    local n = redis.call('GET', KEYS[1])
~   ^^^^^^^^^^^^^ lua
  """;
  string t = "return redis.call('GET', KEYS[1])";
~             ^^^^^^^^^^ lua
}
