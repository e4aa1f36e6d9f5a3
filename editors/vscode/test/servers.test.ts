// Runs on real servers: a server of the test's own, killed behind it.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Workbench } from './workbench.ts';

const PASSWORD = 's3cret-word';

const TAKE = `-- KEYS[1] stock
-- ARGV[1] how many
local left = tonumber(redis.call('GET', KEYS[1]) or 0)
if left < tonumber(ARGV[1]) then
  return redis.error_reply('SHORT ' .. left)
end
return redis.call('DECRBY', KEYS[1], ARGV[1])
`;
const PEEK = `-- KEYS[1] stock
return {redis.call('GET', KEYS[1]), redis.call('TTL', KEYS[1])}
`;
const LOOP = `-- KEYS[1] lock
while not redis.call('GET', KEYS[1]) do end
`;
const BROKEN = `-- KEYS[1] stock
local found = redis.call('HGETALL', KEYS[1])
return found.count + 1
`;

/** The program of Debian, or one that the other tests have installed. */
const PROGRAM = ['/usr/bin/redis-server', path.join(homedir(), '.cache/redlua/servers/redis-7.0/redis-server')].find((it) => existsSync(it)) ?? 'redis-server';

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => { resolve(typeof address === 'object' && address !== null ? address.port : 0); });
    });
  });
}

class Redis {
  public readonly port: number;
  readonly #process: ChildProcess;
  readonly #password: string | undefined;

  private constructor(port: number, process: ChildProcess, password: string | undefined) {
    this.port = port;
    this.#process = process;
    this.#password = password;
  }

  public static async start(password?: string): Promise<Redis> {
    const port = await freePort();
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--busy-reply-threshold', '100'];
    const server = spawn(PROGRAM, [...words, ...(password === undefined ? [] : ['--requirepass', password])], { stdio: 'ignore' });
    for (;;) {
      const up = await new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
        socket.on('error', () => { resolve(false); });
      });
      if (up) return new Redis(port, server, password);
      assert.equal(server.exitCode, null, 'redis-server has ended');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Calls a command, as redis-cli prints its reply. */
  public call(...words: string[]): string {
    const cli = PROGRAM.replace(/server$/, 'cli');
    const auth = this.#password === undefined ? [] : ['--no-auth-warning', '-a', this.#password];
    return spawnSync(cli, ['-p', String(this.port), ...auth, ...words], { encoding: 'utf8' }).stdout.trim();
  }

  public kill(): void {
    this.#process.kill('SIGKILL');
  }
}

let opened: Promise<void> | undefined;
let it: Workbench;
let dev: Redis;
let prod: Redis;

async function open(): Promise<void> {
  dev = await Redis.start();
  prod = await Redis.start(PASSWORD);
  const settings =
    `[servers.dev]\nurl = "redis://127.0.0.1:${dev.port}"\n\n[servers.prod]\nurl = "redis://127.0.0.1:${prod.port}"\nconfirm = "type its name"\n`;
  it = await Workbench.open({
    files: { 'take.lua': TAKE, 'peek.lua': PEEK, 'loop.lua': LOOP, 'broken.lua': BROKEN, 'redlua.toml': settings },
    settings: { 'redlua.trace.server': 'verbose' },
    trace: true,
  });
}

after(async () => {
  await opened?.catch(() => undefined);
  for (const server of [dev, prod] as (Redis | undefined)[]) server?.kill();
  await (it as Workbench | undefined)?.close();
});

const keep = (name: string, work: () => Promise<void>) =>
  test(name, async () => {
    await (opened ??= open());
    await it.keep(name, work);
  });

const status = (text: string) => it.page.locator('.statusbar-item').filter({ hasText: text });
const input = () => it.page.locator('.quick-input-widget:visible input');
const dialog = () => it.page.locator('.monaco-dialog-box');

/** The script in front. */
let inFront = '';

async function script(name: string): Promise<void> {
  inFront = name;
  await it.file(name);
  await it.page.locator('.editor-actions').getByRole('button', { name: 'Run Script' }).waitFor();
}

async function select(name: string): Promise<void> {
  await it.command('redlua: Select Server …');
  await it.page.locator('.quick-input-widget:visible .monaco-list-row').filter({ hasText: name }).first().click();
}

/** Runs by the form, with these values. */
async function run(on: string, ...values: string[]): Promise<void> {
  const panel = it.panel();
  await it.command('redlua: Run Script with …');
  // The form of the script before stays until that of this one is there.
  await panel.locator('#form h2').getByText(inFront, { exact: true }).waitFor();
  await panel.locator('#keys-0:focus').waitFor();
  const fields = panel.locator('#form input[type=text]');
  for (const [at, value] of values.entries()) await fields.nth(at).fill(value);
  await panel.getByRole('button', { name: on === '' ? 'Run' : `Run on ${on}`, exact: true }).click();
}

keep('a server is selected, and the status bar has it in a warning colour', async () => {
  await script('peek.lua');
  await status('Embedded engine').waitFor();
  await it.command('redlua: Select Server …');
  const rows = it.page.locator('.quick-input-widget:visible .monaco-list-row');
  await rows.filter({ hasText: 'prod' }).filter({ hasText: 'asks for its name before writes' }).waitFor();
  await it.picture('servers-pick');
  await rows.filter({ hasText: 'dev' }).first().click();
  await status('dev (Redis 7').waitFor();
  const colour = await status('dev (Redis 7').evaluate((item) => getComputedStyle(item).backgroundColor);
  assert.notEqual(colour, 'rgba(0, 0, 0, 0)');
  await it.page.locator('.contentWidgets, .codelens-decoration').getByText('▶ Run on dev', { exact: true }).first().waitFor();
});

keep('a script that reads runs there, and the panel says where', async () => {
  dev.call('SET', 'stock:42', '5', 'EX', '1000');
  await script('peek.lua');
  await run('dev', 'stock:42');
  const panel = it.panel();
  await panel.locator('.answer').getByText('"5"').waitFor();
  await panel.locator('p.real').getByText('On dev').waitFor();
  assert.equal(await panel.getByRole('region', { name: 'Commands' }).count(), 0);
  await it.picture('servers-run');
});

keep('an error has its line, and the line a finding', async () => {
  await script('broken.lua');
  await run('dev', 'stock:43');
  const panel = it.panel();
  await panel.locator('.error').getByRole('button', { name: 'Show line 3' }).waitFor();
  await it.page.locator('.squiggly-error').first().waitFor();
});

keep('a script that writes is asked about, by its commands', async () => {
  await script('take.lua');
  await run('dev', 'stock:42', '2');
  await dialog().getByText('Run take.lua on dev (Redis 7').waitFor();
  await dialog().getByText('It writes by DECRBY.').waitFor();
  assert.equal(dev.call('GET', 'stock:42'), '5');
  await it.picture('servers-consent');
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  const panel = it.panel();
  await panel.locator('.answer').getByText('line 7 writes; nothing was written on dev').waitFor();
  assert.equal(dev.call('GET', 'stock:42'), '5');
  await run('dev', 'stock:42', '2');
  await dialog().getByRole('button', { name: 'Run on dev' }).click();
  await panel.locator('.answer').getByText('(integer) 3').waitFor();
  assert.equal(dev.call('GET', 'stock:42'), '3');
});

keep('keys are read when somebody asks for it', async () => {
  dev.call('HSET', 'cart:7', 'apples', '3');
  const tree = it.page.locator('.pane').filter({ hasText: 'Keyspace' });
  const row = (text: string) => tree.locator('.monaco-list-row').filter({ hasText: text }).first();
  await script('peek.lua');
  await row('Read the keys of dev').waitFor();
  assert.equal(await row('stock:42').count(), 0);
  await row('Read the keys of dev').click();
  await row('dev (Redis 7').filter({ hasText: 'a real server: 2 keys read' }).waitFor();
  await row('cart:7').waitFor();
  await row('stock:42').filter({ hasText: 'expires in' }).waitFor();
  await row('stock:42').hover();
  assert.equal(await row('stock:42').getByRole('button', { name: 'Delete Key' }).count(), 0);
  await it.picture('servers-keys');
  await it.line('-- KEYS[1] stock').click();
});

keep('a run that is stopped ends on the server', async () => {
  const panel = it.panel();
  await script('loop.lua');
  await run('dev', 'no:lock');
  await panel.locator('.banner').getByText('Running loop.lua').waitFor();
  while (!dev.call('PING').startsWith('BUSY')) await it.page.waitForTimeout(50);
  await panel.getByRole('button', { name: 'Stop' }).click();
  await panel.locator('.answer').getByText('the server ended it, and it had written nothing').waitFor();
  assert.equal(dev.call('PING'), 'PONG');
});

keep('a server of production wants its password and, before writes, its name', async () => {
  prod.call('SET', 'stock:42', '5');
  await script('take.lua');
  await select('prod');
  await input().and(it.page.locator('[type=password]')).waitFor();
  await input().fill('wrong');
  await it.page.keyboard.press('Enter');
  await it.page.locator('.notifications-toasts').getByText('does not take this password').waitFor();
  await input().and(it.page.locator('[type=password]')).waitFor();
  await input().fill(PASSWORD);
  await it.page.keyboard.press('Enter');
  await status('prod (Redis 7').waitFor();
  await run('prod', 'stock:42', '1');
  await it.page.locator('.quick-input-widget:visible').getByText('type its name').waitFor();
  await input().fill('production');
  await it.page.locator('.quick-input-widget:visible').getByText('That is not prod').waitFor();
  await it.picture('servers-confirm');
  assert.equal(prod.call('GET', 'stock:42'), '5');
  await input().fill('prod');
  await it.page.keyboard.press('Enter');
  await it.panel().locator('.answer').getByText('(integer) 4').waitFor();
});

keep('a URL is typed, with a password that nothing shows', async () => {
  await script('peek.lua');
  await select('Type a URL …');
  await it.page.locator('.quick-input-widget:visible').getByText('URL of the server').waitFor();
  await input().fill(`redis://:${PASSWORD}@127.0.0.1:${prod.port}/3`);
  await it.page.keyboard.press('Enter');
  await status(`redis://127.0.0.1:${prod.port}/3 (Redis 7`).waitFor();
  await it.command('redlua: Show Server Output');
  await it.page.locator('.output-view .view-line').first().waitFor();
  const shown = await it.page.locator('body').innerText();
  assert.ok(!shown.includes(PASSWORD));
  const title = await it.page.title();
  assert.ok(!title.includes(PASSWORD));
  assert.ok(!it.logs().includes(PASSWORD), 'a log has the password');
  assert.ok(it.logs().includes('redlua.connect'), 'the trace was not written');
  await select('Embedded engine');
  await script('take.lua');
  await status('Embedded engine').waitFor();
  await run('', 'stock:42', '1');
  await it.panel().locator('.answer').getByText('SHORT 0').waitFor();
});
