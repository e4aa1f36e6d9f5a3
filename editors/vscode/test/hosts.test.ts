// Scripts in the strings of other languages, beside the languages' own servers.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Workbench } from './workbench.ts';

const SHOP = `declare function createClient(): { eval(script: string, options: object): Promise<unknown> };

interface Stock {
  name: string;
  count: number;
}

const stock: Stock = { name: 'a', count: 1 };

const TAKE = \`
-- KEYS[1] the stock
local left = redis.call('GTE', KEYS[1])
return left
\`;

const client = createClient();
void client.eval(TAKE, { keys: [stock.name], arguments: [] });
export {};
`;

/** Opened by the first test that runs, for some may be left out. */
let opened: Promise<Workbench> | undefined;
let it: Workbench;

const open = () => Workbench.open({ files: { 'shop.ts': SHOP, 'plain.ts': 'const a = 1;\n' } });
after(async () => {
  await (await opened)?.close();
});

const keep = (name: string, work: () => Promise<void>) =>
  test(name, async () => {
    it = await (opened ??= open());
    await it.keep(name, work);
  });

keep('a mistake in a template is marked, coloured and mended', async () => {
  await it.file('shop.ts');
  await it.page.locator('.editor-instance .squiggly-error').first().waitFor();
  await it.goto(12, 27);
  await it.fixes('GET');
  await it.picture('typescript', { x: 0, y: 30, width: 1280, height: 420 });
  await it.page.keyboard.press('Enter');
  await it.line("redis.call('GET', KEYS[1]").waitFor();
  await it.page.locator('.editor-instance .squiggly-error').first().waitFor({ state: 'hidden' });
});

keep('hover in the script is ours, elsewhere the language’s', async () => {
  await it.hover(it.line("redis.call('GET'").locator('span', { hasText: 'GET' }).last(), 'Reads a string');
  await it.page.keyboard.press('Escape');
  await it.page.mouse.move(5, 5);
  await it.hover(it.line('const stock').locator('span', { hasText: 'stock' }).last(), 'interface');
  const words = await it.page.locator('.monaco-hover:visible').allInnerTexts();
  assert.ok(!words.join(' ').includes('redlua'), words.join(' | '));
  await it.page.keyboard.press('Escape');
  await it.page.mouse.move(5, 5);
});

keep('commands are completed in the string, letter by letter, and members outside of it', async () => {
  const row = (text: string) => it.page.locator('.suggest-widget.visible .monaco-list-row').filter({ hasText: text }).first();
  await it.goto(13, 12);
  await it.page.keyboard.press('Enter');
  await it.page.keyboard.type("redis.call('HSE");
  await row('HSET').waitFor();
  await it.page.keyboard.press('Escape');
  // Nothing of the language's own in the string: what it would offer is text only.
  await it.page.keyboard.press('Control+End');
  await it.page.keyboard.press('Enter');
  await it.page.keyboard.type('stock.');
  await row('count').waitFor();
  const rows = await it.page.locator('.suggest-widget.visible .monaco-list-row').allInnerTexts();
  assert.ok(!rows.some((text) => /HSET|redis/.test(text)), rows.join(' | '));
  await it.page.keyboard.press('Escape');
  // A blank, a comma and a parenthesis ask us nothing.
  await it.page.keyboard.type('name; f(1, ');
  await it.page.waitForTimeout(500);
  assert.ok(!(await it.page.locator('.suggest-widget.visible').allInnerTexts()).some((text) => /KEYS|HSET/.test(text)));
  await it.page.keyboard.press('Escape');
  await it.command('File: Revert File');
});

keep('a lens runs the script, and the panel shows it', async () => {
  await it.file('shop.ts');
  await it.goto(12, 27);
  await it.page.keyboard.press('Escape');
  await it.fixes('GET');
  await it.page.keyboard.press('Enter');
  await it.line("redis.call('GET', KEYS[1]").waitFor();
  await it.page.locator('.codelens-decoration a').filter({ hasText: 'Run' }).first().click();
  await it.panel().locator('.answer').getByText('(nil)').waitFor();
  await it.picture('typescript-run');
  // With the cursor in the script, the palette has the command too.
  await it.goto(12, 3);
  await it.command('redlua: Run Script');
  await it.panel().locator('.answer').getByText('(nil)').waitFor();
});

keep('the language’s own server formats, colours and outlines as before', async () => {
  await it.file('plain.ts');
  await it.page.keyboard.press('Control+a');
  await it.page.keyboard.type('const   a=1');
  await it.command('Format Document');
  await it.line('const a = 1').waitFor();
  assert.equal(await it.page.locator('.quick-input-widget:visible').count(), 0);
  await it.file('shop.ts');
  await it.command('Go to Symbol in Editor');
  await it.page.locator('.quick-input-widget .monaco-list-row').filter({ hasText: 'Stock' }).first().waitFor();
  const rows = await it.page.locator('.quick-input-widget .monaco-list-row').allInnerTexts();
  assert.ok(!rows.some((text) => text.includes('left')), rows.join(' | '));
  await it.page.keyboard.press('Escape');
});
