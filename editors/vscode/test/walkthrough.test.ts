// The pictures of the walkthrough, by dark and by light, each of the part of the window that its step is about.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Workbench } from './workbench.ts';

const COUNT = `-- KEYS[1] the counter
-- ARGV[1] how many to add
--> EVAL . 1 visits 3
--= (integer) 3
--> EVAL . 1 visits 2
--= (integer) 6
return redis.call('INCRBY', KEYS[1], ARGV[1])
`;

/** What a step shows: large enough to be read at half its size. */
const PART = { width: 640, height: 320 };

for (const [kind, theme] of [['dark', 'Default Dark Modern'], ['light', 'Default Light Modern']] as const) {
  test(`pictures of the walkthrough, ${kind}`, async (t) => {
    const it = await Workbench.open({
      files: { 'count.lua': COUNT, 'new.lua': '' },
      settings: { 'workbench.colorTheme': theme, 'redlua.lenses.summary': false, 'redlua.hints.names': false, 'workbench.sideBar.location': 'right' },
    });
    t.after(() => it.close());
    await it.keep(`walkthrough ${kind}`, async () => {
      const shot = async (name: string) => {
        const { x, y } = (await it.page.locator('.editor-instance').first().boundingBox()) ?? { x: 0, y: 0 };
        await it.picture(`walkthrough-${name}-${kind}`, { x, y, ...PART });
      };
      await it.file('count.lua');
      await it.verdict('(integer) 6', '✗ (integer) 5');
      await shot('examples');
      await it.command('redlua: Set Target Version');
      const list = it.page.locator('.quick-input-widget:visible');
      await list.locator('.monaco-list-row').filter({ hasText: 'valkey 8.0' }).waitFor();
      const { x, y, width, height } = (await list.boundingBox()) ?? { x: 0, y: 0, ...PART };
      await it.picture(`walkthrough-target-${kind}`, { x, y, width, height: Math.min(height, PART.height) });
      await it.page.keyboard.press('Escape');
      await it.file('new.lua');
      await it.page.keyboard.type("-- KEYS[1] the session\nlocal k = KEYS[1]\nredis.call('SET', k, 1, '");
      await it.page.locator('.suggest-widget.visible .monaco-list-row').filter({ hasText: 'KEEPTTL' }).waitFor();
      await shot('script');
      await it.page.keyboard.press('Escape');
      await it.command('File: Revert File');
      await it.file('count.lua');
      await it.page.keyboard.press('Control+Alt+r');
      await it.panel().locator('.answer').getByText('(integer) 3').waitFor();
      const panel = await it.page.locator('.part.panel').boundingBox();
      assert.ok(panel !== null);
      await it.picture(`walkthrough-run-${kind}`, { x: panel.x, y: panel.y, width: Math.min(panel.width, PART.width), height: Math.min(panel.height, PART.height) });
    });
  });
}

test('each step of the walkthrough gets its tick when its work is done, and not before', async (t) => {
  const it = await Workbench.open({ files: { 'add.lua': "return redis.call('INCR', KEYS[1])\n", 'count.lua': COUNT, 'plain.lua': 'print(1)\n' } });
  t.after(() => it.close());
  await it.keep('ticks of the walkthrough', async () => {
    const steps = ['script', 'run', 'examples', 'target', 'server'];
    /** Opens the walkthrough, and waits until these steps and no others are done. */
    const ticked = async (wanted: string[]) => {
      await it.command('redlua: Get Started');
      for (const step of steps) {
        const box = it.page.locator(`[data-done-step-id="redlua.redlua#start#${step}"]`);
        await box.and(it.page.locator(`[aria-checked="${wanted.includes(step)}"]`)).waitFor({ state: 'attached' });
      }
    };
    await it.file('plain.lua');
    await it.page.locator('.statusbar').getByText('Lua').first().waitFor();
    await ticked(['server']);
    await it.file('add.lua');
    await it.page.locator('.editor-actions').getByRole('button', { name: 'Run Script' }).waitFor();
    await ticked(['server', 'script']);
    await it.file('add.lua');
    await it.page.locator('.codelens-decoration').getByText('▶ Run', { exact: true }).click();
    await it.panel().locator('.answer').getByText('(integer) 1').waitFor();
    await ticked(['server', 'script', 'run']);
    await it.file('count.lua');
    await it.verdict('(integer) 3', '✓');
    await ticked(['server', 'script', 'run', 'examples']);
    await it.file('count.lua');
    await it.page.locator('#redlua\\.redlua\\.redlua\\.target').click();
    await it.page.locator('.quick-input-widget:visible .monaco-list-row').filter({ hasText: 'valkey 8.0' }).waitFor();
    await it.page.keyboard.press('Escape');
    await ticked(steps);
  });
});

test('each step of the walkthrough has a picture for dark and for light', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    contributes: { walkthroughs: { steps: { description: string; media: { image?: { dark: string; light: string } } }[] }[] };
  };
  for (const { description, media } of manifest.contributes.walkthroughs.flatMap(({ steps }) => steps)) {
    assert.ok(!description.includes('`'), `marks are shown as they are: ${description}`);
    if (media.image) for (const file of Object.values(media.image)) assert.ok(readFileSync(new URL(`../${file}`, import.meta.url)).length > 0);
  }
});
