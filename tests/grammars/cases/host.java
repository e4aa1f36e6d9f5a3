class A {
  String s = """
      return redis.call('GET', KEYS[1])
~                        ^^^ support.function.command.read.redlua
      """;
  Object o = jedis.eval("return redis.call('GET', KEYS[1])", 1, "k");
~                                           ^^^ support.function.command
~                                                               ^ string.quoted.double.java !meta.embedded
}
