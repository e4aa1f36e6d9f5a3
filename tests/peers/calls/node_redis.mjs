// Calls of scripts with node-redis: each line behind the mark is one call.
import { createClient, defineScript } from 'redis';

const TAKE = `return redis.call('DECRBY', KEYS[1], ARGV[1])`;
const BOTH = `return redis.call('MGET', KEYS[1], KEYS[2])`;
const LIBRARY = `#!lua name=stock
redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
`;
const script = {
  parseCommand(parser, key, ...rest) {
    parser.pushKey(key);
    parser.push(...rest);
  },
  transformReply: (reply) => reply,
};
export const redis = createClient({
  url: `redis://127.0.0.1:${process.argv[2] ?? 6379}`,
  scripts: {
    take: defineScript({
      NUMBER_OF_KEYS: 1,
      SCRIPT: TAKE,
      parseCommand(parser, key, count) {
        parser.pushKey(key);
        parser.push(count);
      },
      transformReply: (reply) => reply,
    }),
    lacks: defineScript({
      NUMBER_OF_KEYS: 1,
      SCRIPT: TAKE,
      parseCommand(parser, key) {
        parser.pushKey(key);
      },
      transformReply: (reply) => reply,
    }),
    any: defineScript({ NUMBER_OF_KEYS: 1, SCRIPT: TAKE, ...script }),
  },
});
await redis.connect();
await redis.flushAll();
await redis.functionLoad(LIBRARY, { REPLACE: true });

// calls
await redis.eval(TAKE, { keys: ['a'], arguments: ['2'] });
await redis.eval(TAKE, { keys: ['a'], arguments: [String(2)] });
await redis.eval(TAKE, { keys: ['a'] });
await redis.eval(TAKE, { keys: [], arguments: ['2'] });
await redis.eval(TAKE);
await redis.eval(BOTH, { keys: ['x', 'y'] });
await redis.eval(BOTH, { keys: ['x'], arguments: ['y'] });
await redis.fCall('stock_take', { keys: ['a'], arguments: ['1'] });
await redis.fCall('stock_tkae', { keys: ['a'], arguments: ['1'] });
await redis.take('a', '2');
await redis.lacks('a');
await redis.any('a', '2');
