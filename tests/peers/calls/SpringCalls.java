// Calls of scripts with Spring Data Redis: each line behind the mark is one call.
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.data.redis.serializer.StringRedisSerializer;

public class SpringCalls {
  static final String TAKE = "return redis.call('DECRBY', KEYS[1], ARGV[1])";
  static final RedisScript<Long> take = RedisScript.of(TAKE, Long.class);
  static final DefaultRedisScript<List> both = new DefaultRedisScript<>("return redis.call('MGET', KEYS[1], KEYS[2])", List.class);

  static Object run(StringRedisTemplate template, RedisScript<Long> script, List<String> keys, Object... args) {
    return template.execute(script, keys, args);
  }

  public static void main(String[] words) {
    LettuceConnectionFactory factory = new LettuceConnectionFactory("127.0.0.1", Integer.parseInt(words[0]));
    factory.start();
    StringRedisTemplate template = new StringRedisTemplate(factory);
    template.afterPropertiesSet();
    StringRedisSerializer text = new StringRedisSerializer();
    List<String> keys = Arrays.asList("x", "y");

    // calls
    template.execute(take, List.of("a"), "2");
    template.execute(take, List.of("a"));
    template.execute(take, Collections.emptyList(), "2");
    template.execute(take, Collections.singletonList("a"), "2", "3");
    template.execute(both, keys);
    template.execute(both, List.of("x"), "y");
    template.execute(both, List.of("x", "y"));
    template.execute(both, text, (org.springframework.data.redis.serializer.RedisSerializer) text, List.of("x", "y"), "1");
    template.execute(both, text, (org.springframework.data.redis.serializer.RedisSerializer) text, List.of("x"), "1");
    run(template, take, List.of("a"), "2");
    run(template, take, List.of("a"));
    run(template, take, List.of(), "2");
  }
}
