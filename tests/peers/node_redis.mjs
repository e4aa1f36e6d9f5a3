// What programs do with node-redis: `node_redis.mjs PORT`; RESP2 and RESP3.
import assert from 'node:assert/strict';
import { load, port, refused, run, sleep, until } from './harness.mjs';

const { createClient, defineScript } = load('redis');
const version = load('redis/package.json').version;

const scripts = {
  addTo: defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: "return redis.call('INCRBY', KEYS[1], ARGV[1])",
    parseCommand(parser, key, by) {
      parser.pushKey(key);
      parser.push(String(by));
    },
    transformReply: undefined,
  }),
};

const connect = async (RESP) => {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP, scripts });
  client.on('error', () => {});
  return client.connect();
};

const cases = {};
for (const RESP of [2, 3]) {
  const r = await connect(RESP);
  const name = (title) => `RESP${RESP} ${title}`;
  cases[name('strings and collections')] = async () => {
    await r.flushAll();
    assert.equal(await r.set('s', 'one', { EX: 100 }), 'OK');
    assert.equal(await r.set('s', 'two', { NX: true }), null);
    assert.equal(await r.get('s'), 'one');
    assert.deepEqual(await r.mGet(['s', 'none']), ['one', null]);
    assert.equal(await r.hSet('h', { a: '1', b: 'two' }), 2);
    assert.deepEqual({ ...(await r.hGetAll('h')) }, { a: '1', b: 'two' });
    assert.equal(await r.zAdd('z', [{ score: 1, value: 'one' }, { score: 2.5, value: 'two' }]), 2);
    assert.deepEqual(await r.zRangeWithScores('z', 0, -1), [{ value: 'one', score: 1 }, { value: 'two', score: 2.5 }]);
    assert.equal(await r.zScore('z', 'two'), 2.5);
    await refused('WRONGTYPE', r.lPush('s', 'x'));
    const seen = [];
    for await (const keys of r.scanIterator({ COUNT: 1 })) seen.push(...[keys].flat());
    assert.deepEqual(seen.sort(), ['h', 's', 'z']);
  };
  cases[name('transactions')] = async () => {
    assert.deepEqual(await r.multi().set('t', '1').incr('t').get('t').exec(), ['OK', 2, '2']);
    const other = await connect(RESP);
    await r.watch('t');
    await other.set('t', '10');
    await assert.rejects(r.multi().incr('t').exec(), { name: 'Error' }, 'WATCH saw nothing');
    assert.equal(await r.get('t'), '10');
    other.destroy();
  };
  cases[name('messages')] = async () => {
    const listener = await connect(RESP);
    const got = [];
    await listener.subscribe('news', (message, channel) => got.push([channel, message]));
    await listener.pSubscribe('we*', (message, channel) => got.push([channel, message]));
    await listener.sSubscribe('shard', (message, channel) => got.push([channel, message]));
    assert.equal(await r.publish('news', 'hello'), 1);
    assert.equal(await r.publish('weather', 'rain'), 1);
    assert.equal(await r.sPublish('shard', 'piece'), 1);
    await until('messages', () => got.length === 3);
    assert.deepEqual(got, [['news', 'hello'], ['weather', 'rain'], ['shard', 'piece']]);
    await listener.unsubscribe('news');
    await listener.pUnsubscribe('we*');
    await listener.sUnsubscribe('shard');
    assert.equal(await listener.get('none'), null);
    listener.destroy();
  };
  cases[name('scripts and functions')] = async () => {
    await r.del('sum');
    await r.scriptFlush();
    assert.equal(await r.addTo('sum', 5), 5);
    await r.scriptFlush();
    assert.equal(await r.addTo('sum', 5), 10);
    assert.deepEqual(await r.eval('return {KEYS[1], ARGV[1], 3}', { keys: ['k'], arguments: ['a'] }), ['k', 'a', 3]);
    const code = "#!lua name=lib\nredis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)";
    assert.equal(await r.functionLoad(code, { REPLACE: true }), 'lib');
    assert.equal(await r.fCall('put', { keys: ['f'], arguments: ['value'] }), 'OK');
    assert.equal((await r.functionList())[0].library_name, 'lib');
    assert.equal((await r.functionStats()).engines.LUA.functions_count, 1);
    if (RESP === 3) {
      const map = await r.eval("redis.setresp(3) return redis.call('HGETALL', KEYS[1])", { keys: ['h'], arguments: [] });
      assert.equal(typeof map, 'object');
    }
  };
  cases[name('blocking and streams')] = async () => {
    const waiter = await connect(RESP);
    assert.equal(await waiter.blPop('empty', 0.1), null);
    const popped = waiter.blPop('q', 5);
    await sleep(50);
    await r.rPush('q', 'job');
    assert.deepEqual({ ...(await popped) }, { key: 'q', element: 'job' });
    const least = waiter.bzPopMin('zq', 5);
    await sleep(50);
    await r.zAdd('zq', { score: 1.5, value: 'm' });
    assert.deepEqual({ ...(await least) }, { key: 'zq', value: 'm', score: 1.5 });
    // Under RESP3 the client refuses to read streams and their facts.
    if (RESP === 3) return;
    const ids = [await r.xAdd('st', '*', { n: '0' }), await r.xAdd('st', '*', { n: '1' })];
    assert.equal(await r.xGroupCreate('st', 'g', '0'), 'OK');
    const read = await r.xReadGroup('g', 'alice', { key: 'st', id: '>' });
    assert.deepEqual(read[0].messages.map(({ id }) => id), ids);
    assert.equal(await r.xAck('st', 'g', ids[0]), 1);
    assert.equal((await r.xPending('st', 'g')).pending, 1);
    assert.equal((await r.xInfoGroups('st'))[0].pending, 1);
    const late = waiter.xRead({ key: 'st', id: '$' }, { BLOCK: 5000 });
    await sleep(50);
    await r.xAdd('st', '*', { n: 'late' });
    const found = await late;
    // Under RESP3 the client hands on the map of the streams.
    const messages = RESP === 3 ? Object.values(found)[0] : found[0].messages;
    assert.ok(JSON.stringify(messages).includes('late'));
    waiter.destroy();
  };
  if (RESP === 3) {
    cases[name('cache of the client')] = async () => {
      const caching = createClient({ url: `redis://127.0.0.1:${port}`, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' } });
      caching.on('error', () => {});
      await caching.connect();
      await r.set('cached', 'old');
      assert.equal(await caching.get('cached'), 'old');
      assert.equal(await caching.get('cached'), 'old');
      await r.set('cached', 'new');
      await until('the invalidation', async () => (await caching.get('cached')) === 'new', 3000);
      caching.destroy();
    };
  }
}
await run(`node-redis ${version}`, cases);
