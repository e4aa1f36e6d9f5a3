class A {
  String s = """
      return redis.call('GET', KEYS[1])
~     ^^^^^^^^^^^^ lua
      """;
  Object o = jedis.eval("return redis.call('GET', KEYS[1])", 1, "k");
~                        ^^^^^^^^^^^^ lua
~                                                                ^ !lua
}
