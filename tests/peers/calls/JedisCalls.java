// Calls of scripts with Jedis: each line behind the mark is one call.
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import redis.clients.jedis.JedisPooled;

public class JedisCalls {
  static final String TAKE = "return redis.call('DECRBY', KEYS[1], ARGV[1])";
  static final String BOTH = "return redis.call('MGET', KEYS[1], KEYS[2])";
  static final String MAYBE = """
      local ttl = ARGV[2] or 5
      return redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)
      """;
  static final String LIBRARY = """
      #!lua name=stock
      redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
      """;

  public static void main(String[] words) {
    JedisPooled jedis = new JedisPooled("127.0.0.1", Integer.parseInt(words[0]));
    jedis.flushAll();
    jedis.functionLoadReplace(LIBRARY);
    String sha = jedis.scriptLoad(TAKE);

    // calls
    jedis.eval(TAKE, 1, "a", "2");
    jedis.eval(TAKE, 0, "a", "2");
    jedis.eval(TAKE, 1, "a");
    jedis.eval(TAKE, 3, "a", "2");
    jedis.eval(TAKE, List.of("a"), List.of("2"));
    jedis.eval(TAKE, List.of("a"), List.of());
    jedis.eval(TAKE, Arrays.asList("a"), Collections.singletonList("2"));
    jedis.eval(TAKE, Collections.emptyList(), List.of("2"));
    jedis.eval(TAKE);
    jedis.eval(BOTH, 2, "x", "y");
    jedis.eval(BOTH, List.of("x"), List.of("y"));
    jedis.eval(MAYBE, 1, "m", "v");
    jedis.evalReadonly(BOTH, List.of("x", "y"), List.of());
    jedis.evalReadonly(TAKE, List.of("a"), List.of("2"));
    jedis.evalsha(sha, 1, "a", "2");
    jedis.evalsha(sha, 1, "a");
    jedis.evalsha(sha, List.of("a"), List.of());
    jedis.fcall("stock_take", List.of("a"), List.of("2"));
    jedis.fcall("stock_tkae", List.of("a"), List.of("2"));
  }
}
