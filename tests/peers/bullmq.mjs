// BullMQ doing real work: `bullmq.mjs PORT`. All it does with queues is Lua, some of it long.
import assert from 'node:assert/strict';
import { load, port, run, sleep, until } from './harness.mjs';

const { Queue, Worker, QueueEvents, FlowProducer, UnrecoverableError, DelayedError } = load('bullmq');
const version = load('bullmq/package.json').version;
const Redis = load('ioredis').Redis;

const connection = { host: '127.0.0.1', port };
const redis = new Redis(connection);
await redis.flushall();

/** A queue with workers, closed when `test` is done. */
async function withQueue(name, test) {
  const open = [];
  const queue = new Queue(name, { connection });
  const work = (processor, options = {}) => {
    const worker = new Worker(name, processor, { connection, drainDelay: 1, ...options });
    worker.on('error', () => {});
    open.push(worker);
    return worker;
  };
  try {
    await test(queue, work, open);
  } finally {
    await Promise.all(open.map((one) => one.close(true)));
    await queue.close();
  }
}

const finished = (queue, kind, count) => until(`${count} ${kind}`, async () => (await queue.getJobCounts(kind))[kind] === count);

await run(`BullMQ ${version}`, {
  async 'jobs and their results'() {
    await withQueue('plain', async (queue, work, open) => {
      const events = new QueueEvents('plain', { connection });
      open.push(events);
      await events.waitUntilReady();
      work(async (job) => {
        await job.updateProgress(50);
        await job.log(`seen ${job.data.at}`);
        return { doubled: job.data.at * 2, text: 'ü\u0000"\\', nested: { list: [1, [], {}, null, 1.5] } };
      }, { concurrency: 5 });
      const job = await queue.add('one', { at: 21 });
      const result = await job.waitUntilFinished(events, 10_000);
      assert.deepEqual(result, { doubled: 42, text: 'ü\u0000"\\', nested: { list: [1, [], {}, null, 1.5] } });
      const again = await queue.getJob(job.id);
      assert.equal(again.progress, 50);
      assert.deepEqual((await queue.getJobLogs(job.id)).logs, ['seen 21']);
      assert.equal(await again.getState(), 'completed');
      const jobs = await queue.addBulk(Array.from({ length: 200 }, (_, at) => ({ name: 'many', data: { at } })));
      assert.equal(new Set(jobs.map(({ id }) => id)).size, 200);
      await finished(queue, 'completed', 201);
      assert.equal((await queue.getCompleted(0, 9)).length, 10);
      assert.deepEqual((await queue.getCompleted(0, -1)).map(({ returnvalue, data }) => returnvalue.doubled === data.at * 2).filter((right) => !right), []);
    });
  },
  async 'the same job twice'() {
    await withQueue('unique', async (queue) => {
      await queue.add('a', { first: true }, { jobId: 'mine' });
      await queue.add('a', { first: false }, { jobId: 'mine' });
      assert.deepEqual((await queue.getJob('mine')).data, { first: true });
      const one = await queue.add('b', {}, { deduplication: { id: 'd', ttl: 5000 } });
      const two = await queue.add('b', {}, { deduplication: { id: 'd', ttl: 5000 } });
      assert.equal(one.id, two.id);
      assert.equal(await queue.getWaitingCount(), 2);
      await queue.drain();
      assert.equal(await queue.getWaitingCount(), 0);
    });
  },
  async 'delayed jobs'() {
    await withQueue('delayed', async (queue, work) => {
      const seen = [];
      const start = Date.now();
      await queue.add('late', {}, { delay: 600 });
      await queue.add('later', {}, { delay: 60_000 });
      await queue.add('now', {});
      assert.deepEqual(await queue.getJobCounts('wait', 'delayed'), { wait: 1, delayed: 2 });
      work(async (job) => { seen.push([job.name, Date.now() - start]); });
      await finished(queue, 'completed', 2);
      assert.deepEqual(seen.map(([name]) => name), ['now', 'late']);
      assert.ok(seen[1][1] >= 590, `came after ${seen[1][1]} ms`);
      const [later] = await queue.getDelayed();
      await later.promote();
      await finished(queue, 'completed', 3);
    });
  },
  async priorities() {
    await withQueue('priority', async (queue, work) => {
      for (const priority of [5, 1, 9, 1, 3]) await queue.add(`p${priority}`, {}, { priority });
      await queue.add('first', {});
      await queue.add('lifo', {}, { lifo: true });
      assert.equal((await queue.getJobCounts('prioritized')).prioritized, 5);
      assert.deepEqual(await queue.getCountsPerPriority([1, 3, 9]), { 1: 2, 3: 1, 9: 1 });
      const [last] = (await queue.getPrioritized()).filter(({ name }) => name === 'p9');
      await last.changePriority({ priority: 2 });
      const seen = [];
      work(async (job) => { seen.push(job.name); });
      await finished(queue, 'completed', 7);
      assert.deepEqual(seen.slice(2), ['p1', 'p1', 'p9', 'p3', 'p5']);
      assert.deepEqual(seen.slice(0, 2).sort(), ['first', 'lifo']);
    });
  },
  async 'jobs that repeat'() {
    await withQueue('repeat', async (queue, work) => {
      let seen = 0;
      work(async () => { seen += 1; });
      await queue.upsertJobScheduler('every', { every: 200 }, { name: 'tick', data: { n: 1 } });
      await queue.upsertJobScheduler('daily', { pattern: '0 3 * * *' }, { name: 'night' });
      await until('three runs', () => seen >= 3);
      const schedulers = await queue.getJobSchedulers();
      assert.deepEqual(schedulers.map(({ key }) => key).sort(), ['daily', 'every']);
      assert.equal(await queue.removeJobScheduler('every'), true);
      assert.equal(await queue.removeJobScheduler('daily'), true);
      assert.equal(await queue.getJobSchedulersCount(), 0);
    });
  },
  async flows() {
    await withQueue('parents', async (parents, work) => {
      await withQueue('children', async (children, workChildren) => {
        const flow = new FlowProducer({ connection });
        const tree = await flow.add({
          name: 'sum', queueName: 'parents', data: {},
          children: [1, 2, 3].map((value) => ({ name: 'part', queueName: 'children', data: { value } })),
        });
        assert.equal(await tree.job.getState(), 'waiting-children');
        assert.deepEqual(await tree.job.getDependenciesCount(), { processed: 0, unprocessed: 3, failed: 0, ignored: 0 });
        workChildren(async (job) => job.data.value * 10);
        work(async (job) => Object.values(await job.getChildrenValues()).reduce((sum, value) => sum + value, 0));
        await finished(parents, 'completed', 1);
        assert.equal((await parents.getJob(tree.job.id)).returnvalue, 60);
        const bad = await flow.add({
          name: 'sum', queueName: 'parents', data: {},
          children: [{ name: 'part', queueName: 'children', data: {}, opts: { failParentOnFailure: true, parent: undefined } }],
        });
        const got = await flow.getFlow({ id: bad.job.id, queueName: 'parents' });
        assert.equal(got.children.length, 1);
        await flow.close();
      });
    });
  },
  async 'a child that fails its parent'() {
    await withQueue('parents2', async (parents, work) => {
      await withQueue('children2', async (children, workChildren) => {
        const flow = new FlowProducer({ connection });
        work(async () => 'never');
        workChildren(async () => { throw new UnrecoverableError('no'); });
        await flow.add({
          name: 'sum', queueName: 'parents2',
          children: [{ name: 'part', queueName: 'children2', data: {}, opts: { failParentOnFailure: true } }],
        });
        await finished(parents, 'failed', 1);
        assert.match((await parents.getFailed())[0].failedReason, /child .* failed/);
        await flow.close();
      });
    });
  },
  async 'a limited rate'() {
    await withQueue('limited', async (queue, work) => {
      const times = [];
      work(async () => { times.push(Date.now()); }, { limiter: { max: 2, duration: 300 }, concurrency: 5 });
      await queue.addBulk(Array.from({ length: 6 }, () => ({ name: 'x', data: {} })));
      await finished(queue, 'completed', 6);
      assert.ok(times[5] - times[0] >= 500, `six jobs took ${times[5] - times[0]} ms`);
    });
  },
  async 'retries with backoff'() {
    await withQueue('retries', async (queue, work) => {
      const times = [];
      work(async (job) => {
        if (job.name === 'hopeless') throw new UnrecoverableError('never again');
        times.push(Date.now());
        if (job.attemptsMade < 2) throw new Error(`attempt ${job.attemptsMade}`);
        return 'done';
      });
      const job = await queue.add('flaky', {}, { attempts: 3, backoff: { type: 'exponential', delay: 100 } });
      const hopeless = await queue.add('hopeless', {}, { attempts: 5 });
      await finished(queue, 'completed', 1);
      const done = await queue.getJob(job.id);
      assert.equal(done.returnvalue, 'done');
      assert.equal(done.attemptsMade, 3);
      assert.equal(done.stacktrace.length, 2);
      assert.ok(times[1] - times[0] >= 95 && times[2] - times[1] >= 195, String(times));
      await finished(queue, 'failed', 1);
      const failed = await queue.getJob(hopeless.id);
      assert.equal(failed.failedReason, 'never again');
      assert.equal(failed.attemptsMade, 1);
      await queue.retryJobs({ state: 'failed' });
      await finished(queue, 'failed', 1);
      await failed.remove();
      assert.equal((await queue.getJobCounts('failed')).failed, 0);
    });
  },
  async 'pause and resume'() {
    await withQueue('paused', async (queue, work) => {
      let seen = 0;
      const worker = work(async () => { seen += 1; });
      await worker.waitUntilReady();
      await queue.pause();
      assert.equal(await queue.isPaused(), true);
      await queue.add('x', {});
      await sleep(300);
      assert.equal(seen, 0);
      await queue.resume();
      await finished(queue, 'completed', 1);
      await worker.pause();
      await queue.add('x', {});
      worker.resume();
      await finished(queue, 'completed', 2);
    });
  },
  async 'a job put off by itself'() {
    await withQueue('put-off', async (queue, work) => {
      work(async (job, token) => {
        if (job.data.step === 2) return 'second';
        await job.updateData({ step: 2 });
        await job.moveToDelayed(Date.now() + 200, token);
        throw new DelayedError();
      });
      const job = await queue.add('steps', { step: 1 });
      await finished(queue, 'completed', 1);
      assert.equal((await queue.getJob(job.id)).returnvalue, 'second');
    });
  },
  async 'stalled jobs are taken over'() {
    await withQueue('stalled', async (queue, work) => {
      const stalled = [];
      const first = work(() => new Promise(() => {}), { lockDuration: 300, lockRenewTime: 100_000, skipStalledCheck: true });
      const job = await queue.add('stuck', {});
      await until('an active job', () => job.isActive());
      await first.close(true);
      const second = work(async () => 'rescued', { lockDuration: 2000, stalledInterval: 300, maxStalledCount: 2 });
      second.on('stalled', (id) => stalled.push(id));
      await finished(queue, 'completed', 1);
      assert.deepEqual(stalled, [job.id]);
      assert.equal((await queue.getJob(job.id)).returnvalue, 'rescued');
    });
  },
  async 'counts, cleaning and obliterating'() {
    await withQueue('cleaned', async (queue, work) => {
      const worker = work(async (job) => {
        if (job.data.bad) throw new Error('bad');
      });
      await queue.addBulk([{ name: 'a', data: {} }, { name: 'a', data: {} }, { name: 'a', data: { bad: true } }]);
      await until('three done', async () => (await queue.getJobCountByTypes('completed', 'failed')) === 3);
      await worker.close();
      await queue.add('late', {}, { delay: 60_000 });
      await queue.add('high', {}, { priority: 3 });
      await queue.add('wait', {});
      const counts = await queue.getJobCounts();
      assert.deepEqual(counts, {
        active: 0, completed: 2, delayed: 1, failed: 1, prioritized: 1, waiting: 1, 'waiting-children': 0,
      });
      const metrics = await queue.getMetrics('completed');
      assert.equal(metrics.meta.count, 0);
      assert.equal((await queue.clean(0, 100, 'completed')).length, 2);
      assert.equal((await queue.getJobCounts('completed')).completed, 0);
      await queue.trimEvents(1);
      await queue.obliterate({ force: true });
      assert.deepEqual(await redis.keys('bull:cleaned:*'), []);
    });
  },
  async 'finished jobs that are not kept'() {
    await withQueue('kept', async (queue, work) => {
      work(async () => 'x', { removeOnComplete: { count: 3 } });
      await queue.addBulk(Array.from({ length: 10 }, () => ({ name: 'x', data: {} })));
      await until('the last', async () => (await queue.getJobCounts('wait', 'active', 'completed')).completed === 3 && (await queue.getWaitingCount()) === 0);
      const gone = await queue.add('gone', {}, { removeOnComplete: true });
      await until('its end', async () => (await queue.getJob(gone.id)) === undefined);
    });
  },
}, 15_000);
