// What the JavaScript tests share: packages from the cache's folder, cases that are counted, waiting with an end.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

const packages = process.env.REDLUA_PEER_PACKAGES;
if (!packages) {
  console.error('REDLUA_PEER_PACKAGES is not set: start with tests/peers/run');
  process.exit(2);
}
export const load = createRequire(path.join(packages, 'index.js'));
export const port = Number(process.argv[2]);
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until something is so. */
export async function until(what, done, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await done();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(10);
  }
}

/** Expects an error whose text holds `text`. */
export const refused = (text, promise) =>
  assert.rejects(promise, (error) => {
    assert.ok(String(error.message).includes(text), `${error.message} does not say ${text}`);
    return true;
  });

/** Runs all cases, each with a time limit, and ends the process. */
export async function run(name, cases, limit = 20_000) {
  let failed = 0;
  for (const [title, test] of Object.entries(cases)) {
    let timer;
    try {
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error('took too long')), limit);
      });
      await Promise.race([test(), late]);
    } catch (error) {
      failed += 1;
      const at = String(error.stack).split('\n').find((line) => line.includes('/peers/')) ?? '';
      console.log(`${name} ${title}: ${error.message} ${at.trim()}`);
    } finally {
      clearTimeout(timer);
    }
  }
  const count = Object.keys(cases).length;
  console.log(`${name}: ${count - failed} of ${count} cases passed`);
  process.exit(failed ? 1 : 0);
}
