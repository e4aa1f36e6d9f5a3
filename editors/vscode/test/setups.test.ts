// Other setups: a folder without trust, another Lua extension, no server program, a program that the setting names.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Workbench, type Options } from './workbench.ts';

const SCRIPT = "--> EVAL . 1 n\n--= (integer) 1\nreturn redis.call('INCR', KEYS[1])\n";
const WRONG = "return redis.call('GTE', KEYS[1])\n";

function keep(name: string, options: Options, work: (it: Workbench) => Promise<void>): void {
  test(name, async () => {
    const it = await Workbench.open(options);
    try {
      await it.keep(name, () => work(it));
    } finally {
      await it.close();
    }
  });
}

keep('nothing runs in a folder without trust, and everything after it is given', { trust: true, files: { 'a.lua': SCRIPT, 'b.lua': WRONG } }, async (it) => {
  await it.file('b.lua');
  await it.page.locator('.editor-instance .squiggly-error').first().waitFor();
  await it.file('a.lua');
  // The server waits for a pause before it runs examples.
  await sleep(2000);
  assert.deepEqual(await it.verdicts(), []);
  assert.equal(await it.page.locator('.codelens-decoration').filter({ hasText: 'Run' }).count(), 0);
  await it.command('redlua: Run Script');
  await it.notification('runs nothing in a folder that is not trusted').getByRole('button', { name: 'Manage Workspace Trust' }).click();
  await it.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
  await it.file('a.lua');
  await it.verdict('(integer) 1', '✓');
  await it.command('redlua: Run Script');
  await it.panel().locator('.answer').getByText('(integer) 1').waitFor();
});

keep(
  'another Lua extension formats its files and hovers beside us, and is told the names of Redis',
  { vsix: [process.env.REDLUA_VSIX, process.env.REDLUA_NEIGHBOUR_VSIX], files: { 'a.lua': SCRIPT, 'plain.lua': 'print(1)\n' } },
  async (it) => {
    await it.file('plain.lua');
    // When it hovers it is there.
    await it.hover(it.line('print').locator('span', { hasText: 'print' }).last(), 'the neighbour hovers');
    await it.page.keyboard.press('Escape');
    await it.command('Format Document');
    await it.line('formatted by the neighbour').waitFor();
    await it.file('a.lua');
    await it.verdict('(integer) 1', '✓');
    const hover = await it.hover(it.line('INCR').locator('span', { hasText: 'INCR' }).last(), 'the neighbour hovers');
    await hover.getByText('INCR key').first().waitFor();
    await it.page.keyboard.press('Escape');
    // It may have waited so long that it is in the list only.
    await it.command('Notifications: Show Notifications');
    const offer = it.page.locator('.notifications-center .notification-list-item').filter({ hasText: 'does not know the names that Redis gives' });
    await offer.getByRole('button', { name: 'Tell It' }).click();
    await it.written('.vscode/settings.json', (text) => text.includes('"ARGV"') && text.includes('Lua.diagnostics.globals'));
  },
);

// Neither cargo's folder nor the path has it.
const NOWHERE = { HOME: '/nonexistent', PATH: '/usr/bin:/bin' };

test('a stranger installs the .vsix, opens a file, and is offered commands', async (context) => {
  const begun = Date.now();
  const it = await Workbench.open({ setup: true, vsix: [process.env.REDLUA_BARE_VSIX, process.env.REDLUA_VSIX], env: NOWHERE, files: { 'new.lua': '' } });
  try {
    // It had one without a server, of the same version.
    await it.keep('a stranger', async () => {
      await it.file('new.lua');
      await it.page.keyboard.type("redis.call('");
      // Nobody types as fast as this: the server has just begun.
      await it.page.locator('.editor-instance .squiggly-error').first().waitFor();
      // The editor knows that it is a script.
      await it.page.locator('.editor-actions').getByRole('button', { name: 'Run Script' }).waitFor();
      await it.page.keyboard.type('INCRB', { delay: 50 });
      await it.page.locator('.suggest-widget.visible .monaco-list-row').filter({ hasText: 'INCRBYFLOAT' }).waitFor();
    });
    context.diagnostic(`from the .vsix to the first completion: ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  } finally {
    await it.close();
  }
});

keep('who has no server program is told what to do', { vsix: [process.env.REDLUA_BARE_VSIX], env: NOWHERE, files: { 'a.lua': SCRIPT } }, async (it) => {
  await it.file('a.lua');
  const told = it.notification('the server program was not found');
  await told.filter({ hasText: 'cargo install --path server/cli' }).waitFor();
  await it.page.locator('.statusbar').getByText('redlua').waitFor();
  await told.getByRole('button', { name: 'How to Install' }).click();
  await it.page.getByText('If the server program is missing').first().waitFor();
});

keep(
  'the setting names the program',
  { vsix: [process.env.REDLUA_BARE_VSIX], env: NOWHERE, machine: { 'redlua.server.path': process.env.REDLUA }, files: { 'a.lua': SCRIPT } },
  async (it) => {
    await it.file('a.lua');
    await it.verdict('(integer) 1', '✓');
    // What a report of a fault needs is in the output.
    await it.command('redlua: Show Server Output');
    // All of it in sight.
    await it.command('View: Toggle Maximized Panel');
    await it.outputs([
      /extension \d+\.\d+\.\d+ in .+ on linux-/,
      /folder \/.*, trusted/s,
      /looked for the program in .*redlua \(the setting\s*redlua\.server\.path\): \//s,
      /starting \/.*redlua lsp/s,
      /redlua \d+\.\d+\.\d+ has started/,
      /a\.lua is for redis 7\.2, as the settings of the editor says/,
    ]);
    const [first] = it.servers();
    assert.ok(first);
    process.kill(first, 'SIGKILL');
    await it.serverAfter(first);
    await it.outputs([/the server has ended by itself/, /has started/]);
    await it.command('redlua: Restart Server');
    await it.outputs([/the server has ended(?! by)/, /starting \/.*redlua lsp/s, /has started/]);
  },
);

keep(
  'hints that change while the workbench waits for hints are shown',
  {
    vsix: [process.env.REDLUA_BARE_VSIX],
    machine: { 'redlua.server.path': path.join(import.meta.dirname, 'slow.mjs') },
    // Lenses move the lines, and then hints are asked for again.
    settings: { 'editor.codeLens': false },
    files: { 'a.lua': SCRIPT },
  },
  async (it) => {
    await it.file('a.lua');
    await it.verdict('(integer) 1', '✓');
  },
);
