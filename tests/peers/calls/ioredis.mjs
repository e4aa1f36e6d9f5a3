// Calls of scripts with ioredis: each line behind the mark is one call.
import Redis from 'ioredis';


const TAKE = `return redis.call('DECRBY', KEYS[1], ARGV[1])`;
const BOTH = `return redis.call('MGET', KEYS[1], KEYS[2])`;
const MAYBE = `local ttl = ARGV[2] or 5 return redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)`;
const LIBRARY = `#!lua name=stock
redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
`;
export const redis = new Redis(Number(process.argv[2] ?? 6379), { scripts: { less: { numberOfKeys: 1, lua: TAKE } } });
const keys = ['a'];
const args = [2];
async function run(script, keys, args = []) {
  return redis.eval(script, keys.length, ...keys, ...args);
}
await redis.flushall();
await redis.function('LOAD', 'REPLACE', LIBRARY);
redis.defineCommand('take', { numberOfKeys: 1, lua: TAKE });
redis.defineCommand('takeAny', { lua: TAKE });

// calls
await redis.eval(TAKE, 1, 'a', 2);
await redis.eval(TAKE, 0, 'a', 2);
await redis.eval(TAKE, 1, 'a');
await redis.eval(TAKE, 3, 'a', 2);
await redis.eval(TAKE, 1, ['a', 2]);
await redis.eval(TAKE, 2, 'a', 2);
await redis.eval(BOTH, 2, 'x', 'y');
await redis.eval(BOTH, 1, 'x');
await redis.eval(MAYBE, 1, 'm', 'v');
await redis.eval(MAYBE, 1, 'm');
await redis.take('a', 1);
await redis.take('a');
await redis.takeAny(1, 'a', 1);
await redis.takeAny(1, 'a');
await redis.fcall('stock_take', 1, 'a', 2);
await redis.fcall('stock_tkae', 1, 'a', 2);
await redis.call('EVAL', TAKE, '1', 'a', '2');
await redis.call('EVAL', TAKE, '1', 'a');
await redis.less('a', 2);
await redis.less('a');
await redis.eval(TAKE, keys.length, ...keys, ...args);
await redis.eval(TAKE, keys.length, ...keys);
await run(TAKE, ['a'], [2]);
await run(TAKE, ['a']);
await run(TAKE, [], [2]);
