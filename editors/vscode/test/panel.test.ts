// What one does with the panel: run, stop, read results, look into the keyspace.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Workbench } from './workbench.ts';

const COUNT = `-- KEYS[1] the counter
-- ARGV[1] how many to add
--> SET visits 10
--= OK
--> EVAL . 1 visits 3
--= (integer) 13
return redis.call('INCRBY', KEYS[1], ARGV[1])
`;
const LOOP = `-- KEYS[1] the lock
redis.call('SET', KEYS[1], 'held')
while redis.call('GET', KEYS[1]) do end
return 'over'
`;
const BYTES = `redis.call('SET', KEYS[1], '\\255\\0 \\195\\169')
redis.call('SET', KEYS[2], string.rep('x', 5000))
return redis.call('GET', KEYS[1])
`;

/** Opened by the first test that runs, for some may be left out. */
let opened: Promise<Workbench> | undefined;
let it: Workbench;

const open = () =>
  Workbench.open({
    files: { 'count.lua': COUNT, 'loop.lua': LOOP, 'bytes.lua': BYTES, 'plain.lua': 'print(1)\n' },
    settings: { 'redlua.run.time': '120s', 'redlua.run.instructions': 1e15 },
  });
after(async () => {
  await (await opened)?.close();
});
const keep = (name: string, work: () => Promise<void>) =>
  test(name, async () => {
    it = await (opened ??= open());
    await it.keep(name, work);
  });

/** Opens a script, and waits until it can be run. */
async function script(name: string): Promise<void> {
  await it.file(name);
  await it.page.locator('.editor-actions').getByRole('button', { name: 'Run Script' }).waitFor();
}

keep('Run with … has the keys whatever the panel was', async () => {
  await script('count.lua');
  const panel = it.panel();
  for (const hide of [undefined, 'View: Hide Panel', 'View: Toggle Terminal']) {
    if (hide !== undefined) {
      await it.command(hide);
      await it.page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
      await script('count.lua');
    }
    await it.command('redlua: Run Script with …');
    await panel.locator('#keys-0:focus').waitFor();
    await it.page.keyboard.type('typed');
    assert.equal(await panel.getByLabel('the counter').inputValue(), 'typed');
  }
});

keep('results belong to their scripts', async () => {
  const panel = it.panel();
  await script('count.lua');
  await it.page.keyboard.press('Control+Alt+r');
  await panel.locator('.banner.passed').getByText('count.lua').waitFor();
  await script('bytes.lua');
  await panel.getByText('Not run yet').waitFor();
  assert.equal(await panel.locator('.banner').count(), 0);
  await script('count.lua');
  await panel.locator('.banner.passed').getByText('count.lua').waitFor();
});

keep('inputs of an example run behind the commands before it', async () => {
  const panel = it.panel();
  await script('count.lua');
  for (const round of [1, 2]) {
    await panel.getByRole('button', { name: /^1 visits 3 (example|last run)$/ }).first().waitFor();
    await panel.getByRole('button', { name: '1 visits 3 example' }).click();
    await panel.getByRole('button', { name: 'Run', exact: true }).click();
    await panel.locator('.answer').getByText('(integer) 13').waitFor();
    if (round === 1) {
      await panel.getByLabel('how many').fill('1');
      await it.page.keyboard.press('Enter');
      await panel.locator('.answer').getByText('(integer) 14').waitFor();
    }
  }
});

keep('a script that loops is stopped, and the result before it is not shown as its own', async () => {
  const panel = it.panel();
  await script('loop.lua');
  await it.page.keyboard.press('Control+Alt+r');
  await panel.locator('.banner').getByText('Running loop.lua').waitFor();
  assert.equal(await panel.locator('.mark').getByText('✓').count(), 0);
  // The page is alive, and so is the editor.
  await it.hover(it.line("'SET'").locator('span', { hasText: 'SET' }).last(), 'value');
  await it.page.keyboard.press('Escape');
  await panel.getByRole('button', { name: 'Stop' }).click();
  await panel.locator('.banner').getByText('loop.lua was stopped').waitFor();
  await script('loop.lua');
  await it.page.keyboard.press('Control+Alt+r');
  await it.page.locator('.editor-actions').getByRole('button', { name: 'Stop the Run' }).click();
  await panel.locator('.banner').getByText('loop.lua was stopped').waitFor();
  await it.page.locator('.editor-actions').getByRole('button', { name: 'Stop the Run' }).waitFor({ state: 'hidden' });
});

keep('bytes are quoted, and long values are cut', async () => {
  const panel = it.panel();
  await script('bytes.lua');
  await it.page.keyboard.press('Control+Alt+r');
  const commands = panel.getByRole('region', { name: 'Commands' });
  await commands.locator('tr').filter({ hasText: 'SET key:1 "\\xff\\x00 é"' }).waitFor();
  const row = commands.locator('tr').filter({ hasText: 'SET key:2 xxx' });
  assert.ok((await row.innerText()).length < 400);
  const reply = await row.locator('td').last().boundingBox();
  assert.ok(reply !== null && reply.width > 100, `the column of replies is ${reply?.width} px wide`);
  await row.getByRole('button', { name: 'Show all 5,000 characters' }).click();
  assert.ok((await row.innerText()).length > 5000);
  const key = it.page.locator('.pane').filter({ hasText: 'Keyspace' }).locator('.monaco-list-row').filter({ hasText: 'key:2' });
  await key.waitFor();
  assert.ok(((await key.getAttribute('aria-label')) ?? '').length < 200);
});

keep('keys are filtered, edited and deleted', async () => {
  const tree = it.page.locator('.pane').filter({ hasText: 'Keyspace' });
  const row = (text: string) => tree.locator('.monaco-list-row').filter({ hasText: text }).first();
  const input = it.page.locator('.quick-input-widget:visible input[type=text]');
  await script('count.lua');
  await row('visits').waitFor();
  await row('visits').hover();
  await row('visits').getByRole('button', { name: 'Edit Value …' }).click();
  await input.fill('grüße dich');
  await it.page.keyboard.press('Enter');
  await row('visits').filter({ hasText: '"grüße dich"' }).waitFor();
  await tree.hover();
  await tree.getByRole('button', { name: 'Filter Keys …' }).click();
  await input.fill('nothing like this');
  await it.page.keyboard.press('Enter');
  await row('visits').waitFor({ state: 'hidden' });
  await it.page.mouse.move(5, 5);
  await tree.hover();
  await tree.getByRole('button', { name: 'Show All Keys' }).click();
  await row('visits').waitFor();
  await row('visits').hover();
  await row('visits').getByRole('button', { name: 'Delete Key' }).click();
  await row('visits').waitFor({ state: 'hidden' });
});

keep('the menu of the editor runs, and the palette has no command that does nothing', async () => {
  const panel = it.panel();
  await script('count.lua');
  await it.command('redlua: Reset Keyspace');
  await it.line("return redis.call('INCRBY'").click({ button: 'right' });
  await it.page.locator('.context-view .action-label').getByText('Run Script', { exact: true }).click();
  await panel.locator('.answer').waitFor();
  await it.file('plain.lua');
  await it.page.locator('.editor-actions').getByRole('button', { name: 'Run Script' }).waitFor({ state: 'hidden' });
  await it.page.keyboard.press('F1');
  await it.page.locator('.quick-input-widget input[type=text]').fill('>redlua: ');
  const rows = it.page.locator('.quick-input-widget .monaco-list-row');
  await rows.filter({ hasText: 'redlua: New Script' }).waitFor();
  const titles = await rows.allInnerTexts();
  for (const title of ['Run Script', 'Run Examples', 'Stop the Run', 'Reset Keyspace', 'Copy Key', 'Edit Value', 'Make the Lua Extension']) {
    assert.ok(!titles.some((it) => it.includes(title)), `${title} is offered: ${titles.join(' | ')}`);
  }
  await it.page.keyboard.press('Escape');
});

keep('where there is little room the form comes first, then it is one line', async () => {
  const panel = it.panel();
  await script('count.lua');
  await it.page.setViewportSize({ width: 820, height: 640 });
  await it.command('redlua: Run Script with …');
  const [form, result, run] = [panel.locator('#form'), panel.locator('#result'), panel.getByRole('button', { name: 'Run', exact: true })];
  const box = async (of: typeof form) => (await of.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  assert.ok((await box(form)).width < 480);
  assert.ok((await box(form)).y < (await box(result)).y);
  const frame = await box(it.page.locator('iframe.webview.ready'));
  const isSeen = async () => {
    const { y, height } = await box(run);
    return y >= frame.y && y + height <= frame.y + frame.height;
  };
  assert.ok(await isSeen(), 'Run is out of sight');
  await it.page.keyboard.press('Enter');
  await panel.locator('#form[data-brief]').waitFor();
  assert.ok((await box(form)).height < 60, `the form is ${(await box(form)).height} px high`);
  await result.locator('section').last().scrollIntoViewIfNeeded();
  assert.ok(await isSeen(), 'Run is out of sight after scrolling');
  await panel.getByTitle('Change the keys and arguments').click();
  await panel.locator('#keys-0:focus').waitFor();
  await it.page.setViewportSize({ width: 1280, height: 800 });
});
