// Calls of scripts with Redisson: each line behind the mark is one call.
import java.util.Collections;
import java.util.List;
import org.redisson.Redisson;
import org.redisson.api.FunctionMode;
import org.redisson.api.FunctionResult;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

public class RedissonCalls {
  static final String TAKE = "return redis.call('DECRBY', KEYS[1], ARGV[1])";
  static final String BOTH = "return redis.call('MGET', KEYS[1], KEYS[2])";
  static final String ONE = "return 1";
  static final String LIBRARY = """
      redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
      """;

  public static void main(String[] words) {
    Config config = new Config().setCodec(StringCodec.INSTANCE);
    config.useSingleServer().setAddress("redis://127.0.0.1:" + words[0]).setRetryAttempts(0);
    RedissonClient client = Redisson.create(config);
    client.getKeys().flushall();
    client.getFunction().loadAndReplace("stock", LIBRARY);
    RScript script = client.getScript();
    String sha = script.scriptLoad(TAKE);

    // calls
    script.eval(RScript.Mode.READ_WRITE, TAKE, RScript.ReturnType.INTEGER, List.of("a"), "2");
    script.eval(RScript.Mode.READ_WRITE, TAKE, RScript.ReturnType.INTEGER, List.of("a"));
    script.eval(RScript.Mode.READ_WRITE, TAKE, RScript.ReturnType.INTEGER, Collections.emptyList(), "2");
    script.eval(RScript.Mode.READ_WRITE, TAKE, RScript.ReturnType.INTEGER);
    script.eval(RScript.Mode.READ_WRITE, ONE, RScript.ReturnType.INTEGER);
    script.eval(RScript.Mode.READ_WRITE, BOTH, RScript.ReturnType.MULTI, List.of("x", "y"));
    script.eval(RScript.Mode.READ_WRITE, BOTH, RScript.ReturnType.MULTI, List.of("x"), "y");
    script.evalSha(RScript.Mode.READ_WRITE, sha, RScript.ReturnType.INTEGER, List.of("a"), "2");
    script.evalSha(RScript.Mode.READ_WRITE, sha, RScript.ReturnType.INTEGER, List.of("a"));
    client.getFunction().call(FunctionMode.WRITE, "stock_take", FunctionResult.LONG, List.of("a"), "2");
  }
}
