// Calls of scripts in programs, beside the language's own server.
import { after, test } from 'node:test';
import { Workbench } from './workbench.ts';

const SHOP = `declare const redis: { eval(script: string, ...words: unknown[]): Promise<unknown> };

const TAKE = \`
-- KEYS[1] the stock
-- ARGV[1] how many
return redis.call('DECRBY', KEYS[1], ARGV[1])
\`;

void redis.eval(TAKE, 0, 'stock:42', '2');
export {};
`;

let opened: Promise<Workbench> | undefined;
let it: Workbench;

const open = () => Workbench.open({ files: { 'shop.ts': SHOP } });
after(async () => {
  await (await opened)?.close();
});

const keep = (name: string, work: () => Promise<void>) =>
  test(name, async () => {
    it = await (opened ??= open());
    await it.keep(name, work);
  });

keep('a call with a wrong count is marked, told of and mended', async () => {
  await it.file('shop.ts');
  await it.page.locator('.editor-instance .squiggly-error').first().waitFor();
  await it.hover(it.line('void redis.eval').locator('span', { hasText: 'eval' }).last(), 'the stock');
  await it.picture('call', { x: 0, y: 30, width: 1280, height: 420 });
  await it.page.keyboard.press('Escape');
  await it.page.mouse.move(5, 5);
  await it.goto(9, 24);
  await it.fixes('Count 1 key');
  await it.page.keyboard.press('Enter');
  await it.line("void redis.eval(TAKE, 1, 'stock:42', '2');").waitFor();
  await it.page.locator('.editor-instance .squiggly-error').first().waitFor({ state: 'hidden' });
});

keep('lenses count the callers, and run the call with its words', async () => {
  await it.file('shop.ts');
  const lens = (text: string) => it.page.locator('.codelens-decoration a').filter({ hasText: text }).first();
  await lens('called from 1 place').waitFor();
  await lens('Run with these').click();
  await it.panel().locator('.answer').getByText('(integer) -2').waitFor();
  await it.picture('call-run');
});
