// Calls of scripts with Lettuce: each line behind the mark is one call.
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;

public class LettuceCalls {
  static final String TAKE = "return redis.call('DECRBY', KEYS[1], ARGV[1])";
  static final String BOTH = "return redis.call('MGET', KEYS[1], KEYS[2])";
  static final String READ = "return redis.call('GET', KEYS[1])";
  static final String LIBRARY = """
      #!lua name=stock
      redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
      """;

  static Object run(RedisCommands<String, String> redis, String script, String[] keys, String... args) {
    return redis.eval(script, ScriptOutputType.INTEGER, keys, args);
  }

  public static void main(String[] words) {
    RedisClient client = RedisClient.create("redis://127.0.0.1:" + words[0]);
    RedisCommands<String, String> redis = client.connect().sync();
    redis.flushall();
    redis.functionLoad(LIBRARY, true);
    String sha = redis.scriptLoad(TAKE);
    String[] keys = { "a" };
    String key = "a";

    // calls
    redis.eval(TAKE, ScriptOutputType.INTEGER, new String[] { "a" }, "2");
    redis.eval(TAKE, ScriptOutputType.INTEGER, new String[] { "a" });
    redis.eval(TAKE, ScriptOutputType.INTEGER, "a", "2");
    redis.eval(TAKE, ScriptOutputType.INTEGER, key);
    redis.eval(TAKE, ScriptOutputType.INTEGER, keys, "2");
    redis.eval(TAKE, ScriptOutputType.INTEGER, new String[0], "2");
    redis.eval(BOTH, ScriptOutputType.MULTI, "x", "y");
    redis.eval(BOTH, ScriptOutputType.MULTI, new String[] { "x", "y" });
    redis.eval(BOTH, ScriptOutputType.MULTI, new String[] { "x" }, "y");
    redis.eval(READ, ScriptOutputType.VALUE, key);
    redis.eval(READ, ScriptOutputType.VALUE);
    redis.evalsha(sha, ScriptOutputType.INTEGER, new String[] { "a" }, "2");
    redis.evalsha(sha, ScriptOutputType.INTEGER, new String[] { "a" });
    redis.evalsha(sha, ScriptOutputType.INTEGER, "a", "2");
    redis.evalReadOnly(TAKE, ScriptOutputType.INTEGER, new String[] { "a" }, "2");
    redis.evalReadOnly(READ, ScriptOutputType.VALUE, new String[] { "x" });
    redis.fcall("stock_take", ScriptOutputType.INTEGER, new String[] { "a" }, "2");
    redis.fcall("stock_tkae", ScriptOutputType.INTEGER, new String[] { "a" }, "2");
    run(redis, TAKE, new String[] { "a" }, "2");
    run(redis, TAKE, new String[] { "a" });
    run(redis, BOTH, new String[] { "x" });
  }
}
