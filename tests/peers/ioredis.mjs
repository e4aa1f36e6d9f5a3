// What programs do with ioredis: `ioredis.mjs PORT`.
import assert from 'node:assert/strict';
import { load, port, refused, run, sleep, until } from './harness.mjs';

const Redis = load('ioredis').Redis;
const version = load('ioredis/package.json').version;
const connect = (options = {}) => new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 2, ...options });
const r = connect();
await r.flushall();

const fields = (entry) => Object.fromEntries(entry.reduce((all, word, at) => (at % 2 ? all : [...all, [word, entry[at + 1]]]), []));

await run(`ioredis ${version}`, {
  async strings() {
    assert.equal(await r.set('s', 'one', 'EX', 100), 'OK');
    assert.equal(await r.set('s', 'two', 'NX'), null);
    assert.equal(await r.get('s'), 'one');
    assert.ok((await r.ttl('s')) > 90);
    assert.deepEqual(await r.mget('s', 'none'), ['one', null]);
    assert.equal(await r.incrby('n', 41), 41);
    await refused('WRONGTYPE', r.lpush('s', 'x'));
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    await r.set('raw', bytes);
    assert.deepEqual(await r.getBuffer('raw'), bytes);
  },
  async collections() {
    assert.equal(await r.hset('h', { a: 1, b: 'two' }), 2);
    assert.deepEqual(await r.hgetall('h'), { a: '1', b: 'two' });
    assert.equal(await r.rpush('l', 1, 2, 3), 3);
    assert.deepEqual(await r.lrange('l', 0, -1), ['1', '2', '3']);
    assert.equal(await r.zadd('z', 1, 'one', 2.5, 'two'), 2);
    assert.deepEqual(await r.zrange('z', 0, -1, 'WITHSCORES'), ['one', '1', 'two', '2.5']);
    assert.equal(await r.sadd('set', 'a', 'b'), 2);
    assert.deepEqual((await r.smembers('set')).sort(), ['a', 'b']);
  },
  async pipeline() {
    const pipeline = r.pipeline();
    for (let at = 0; at < 2000; at += 1) pipeline.set(`p:${at}`, at).incr(`p:${at}`);
    const replies = await pipeline.exec();
    assert.equal(replies.length, 4000);
    assert.ok(replies.every(([error]) => error === null));
    assert.equal(replies[3999][1], 2000);
    const [, [error]] = await r.pipeline().set('text', 'x').incr('text').exec();
    assert.match(error.message, /not an integer/);
    const auto = connect({ enableAutoPipelining: true });
    assert.deepEqual(await Promise.all(['p:1', 'p:2', 'p:3'].map((key) => auto.get(key))), ['2', '3', '4']);
    auto.disconnect();
  },
  async transactions() {
    assert.deepEqual(await r.multi().set('t', 1).incr('t').get('t').exec(), [[null, 'OK'], [null, 2], [null, '2']]);
    const other = connect();
    await r.watch('t');
    await other.set('t', 10);
    assert.equal(await r.multi().incr('t').exec(), null);
    assert.equal(await r.get('t'), '10');
    await refused('EXECABORT', r.multi().set('t').exec());
    await r.multi({ pipeline: false });
    assert.equal(await r.set('t', 1), 'QUEUED');
    assert.deepEqual(await r.exec(), [[null, 'OK']]);
    other.disconnect();
  },
  async messages() {
    const listener = connect();
    const got = [];
    listener.on('message', (channel, message) => got.push([channel, message]));
    listener.on('pmessage', (pattern, channel, message) => got.push([pattern, channel, message]));
    assert.equal(await listener.subscribe('news', 'more'), 2);
    assert.equal(await listener.psubscribe('we*'), 3);
    assert.equal(await r.publish('news', 'hello'), 1);
    assert.equal(await r.publish('weather', 'rain'), 1);
    await until('messages', () => got.length === 2);
    assert.deepEqual(got, [['news', 'hello'], ['we*', 'weather', 'rain']]);
    assert.deepEqual(await r.pubsub('NUMSUB', 'news'), ['news', 1]);
    await listener.unsubscribe('news', 'more');
    await listener.punsubscribe('we*');
    assert.equal(await listener.get('none'), null);
    listener.disconnect();
  },
  async scripts() {
    const own = connect({
      scripts: { addTo: { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" } },
    });
    assert.equal(await own.addTo('sum', 5), 5);
    await r.script('FLUSH');
    // The client sends EVAL again when it is told NOSCRIPT.
    assert.equal(await own.addTo('sum', 5), 10);
    own.defineCommand('pair', { lua: 'return {KEYS[1], ARGV[1], #KEYS, #ARGV}' });
    assert.deepEqual(await own.pair(1, 'key', 'argument'), ['key', 'argument', 1, 1]);
    const buffers = await own.pairBuffer(1, 'key', Buffer.from([0, 255]));
    assert.deepEqual(buffers[1], Buffer.from([0, 255]));
    await r.script('FLUSH');
    const replies = await own.pipeline().addTo('sum', 1).pair(1, 'k', 'a').exec();
    assert.deepEqual(replies.map(([, value]) => value), [11, ['k', 'a', 1, 1]]);
    const prefixed = connect({ keyPrefix: 'pre:' });
    prefixed.defineCommand('name', { numberOfKeys: 1, lua: 'return KEYS[1]' });
    assert.equal(await prefixed.name('x'), 'pre:x');
    await refused('user_script:1', r.eval("error('broken')", 0));
    await refused('mine', r.eval("return redis.error_reply('mine')", 0));
    own.disconnect();
    prefixed.disconnect();
  },
  async functions() {
    const code = "#!lua name=lib\nredis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)";
    assert.equal(await r.function('LOAD', 'REPLACE', code), 'lib');
    assert.equal(await r.fcall('put', 1, 'f', 'value'), 'OK');
    assert.equal(await r.get('f'), 'value');
    const payload = await r.functionBuffer('DUMP');
    assert.equal(await r.function('FLUSH'), 'OK');
    await refused('Function not found', r.fcall('put', 1, 'f', 'x'));
    assert.equal(await r.function('RESTORE', payload), 'OK');
    assert.equal(await r.fcall('put', 1, 'f', 'again'), 'OK');
  },
  async blocking() {
    const waiter = connect();
    const start = Date.now();
    assert.equal(await waiter.blpop('empty', 0.2), null);
    assert.ok(Date.now() - start >= 150);
    const popped = waiter.blpop('none', 'q', 5);
    await sleep(50);
    await r.rpush('q', 'job');
    assert.deepEqual(await popped, ['q', 'job']);
    const moved = waiter.blmove('q', 'done', 'LEFT', 'RIGHT', 5);
    await sleep(50);
    await r.eval("return redis.call('RPUSH', KEYS[1], 'scripted')", 1, 'q');
    assert.equal(await moved, 'scripted');
    const least = waiter.bzpopmin('zq', 5);
    await sleep(50);
    await r.zadd('zq', 1.5, 'm');
    assert.deepEqual(await least, ['zq', 'm', '1.5']);
    waiter.disconnect();
  },
  async streams() {
    const ids = [];
    for (let at = 0; at < 4; at += 1) ids.push(await r.xadd('st', '*', 'n', at));
    assert.equal(await r.xgroup('CREATE', 'st', 'g', '0'), 'OK');
    const [[, first]] = await r.xreadgroup('GROUP', 'g', 'alice', 'COUNT', 3, 'STREAMS', 'st', '>');
    assert.deepEqual(first.map(([id]) => id), ids.slice(0, 3));
    assert.deepEqual(fields(first[0][1]), { n: '0' });
    assert.equal(await r.xack('st', 'g', ids[0]), 1);
    assert.deepEqual((await r.xpending('st', 'g')).slice(0, 3), [2, ids[1], ids[2]]);
    const waiter = connect();
    const late = waiter.xread('BLOCK', 5000, 'STREAMS', 'st', '$');
    await sleep(50);
    await r.xadd('st', '*', 'n', 'late');
    assert.deepEqual((await late)[0][1][0][1], ['n', 'late']);
    waiter.disconnect();
  },
  async scans() {
    await r.mset(...Array.from({ length: 500 }, (_, at) => [`scan:${at}`, 'x']).flat());
    const seen = new Set();
    for await (const keys of r.scanStream({ match: 'scan:*', count: 31 })) keys.forEach((key) => seen.add(key));
    assert.equal(seen.size, 500);
  },
  async reconnecting() {
    const own = connect({ retryStrategy: () => 20 });
    await own.ping();
    const id = await own.client('ID');
    let back = 0;
    own.on('ready', () => (back += 1));
    await r.client('KILL', 'ID', id);
    await until('the new connection', () => back === 1);
    assert.equal(await own.ping(), 'PONG');
    own.disconnect();
  },
});
