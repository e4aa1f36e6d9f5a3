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

const USER = `declare const redis: { eval(script: string, ...words: unknown[]): Promise<unknown> };

export function get(user: string, count: number) {
  return redis.eval(\`return redis.call('INCRBY', 'user:\${user}', \${count})\`, 0);
}
`;

const LIBRARY = `#!lua name=stock
--> FCALL stock_take 1 stock:42
--= (integer) -1
redis.register_function('stock_take', function(keys)
  return redis.call('DECR', keys[1])
end)
`;

const CALLER = `r.fcall('stock_take', 1, 'stock:42')
`;

const JAVASCRIPT = `const Redis = require('ioredis');
const TAKE = \`
return redis.call('DECRBY', KEYS[1], ARGV[1])
\`;
const redis = new Redis();
redis.eval(TAKE, 1, 'stock:42', 2);
`;

let opened: Promise<Workbench> | undefined;
let it: Workbench;

const open = () => Workbench.open({
    files: {
      'shop.ts': SHOP,
      'user.ts': USER,
      'stock.lua': LIBRARY,
      'caller.py': CALLER,
      'main.js': JAVASCRIPT,
    },
  });
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

keep('values that are pasted into a script are passed by its call', async () => {
  await it.file('user.ts');
  await it.page.locator('.editor-instance .squiggly-warning').first().waitFor();
  await it.goto(4, 64);
  await it.fixes('Pass the values to the script instead of pasting them');
  await it.picture('pass-values', { x: 0, y: 30, width: 1280, height: 420 });
  await it.page.keyboard.press('Enter');
  const wanted = "  return redis.eval(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, 1, `user:${user}`, count);";
  await it.line(wanted.trim()).waitFor();
  await it.page.keyboard.press('Control+s');
  await it.written('user.ts', (text) => text.split('\n')[3] === wanted);
});

keep('a script moves to a file that the program loads', async () => {
  await it.file('main.js');
  await it.goto(3, 10);
  await it.apply('Move this script to take.lua');
  await it.written('take.lua', (text) => text === "return redis.call('DECRBY', KEYS[1], ARGV[1])\n" || text === '');
  await it.file('main.js');
  await it.line('const TAKE = readFileSync(__dirname + "/take.lua", "utf8");').waitFor();
  await it.command('File: Save All Files');
  await it.written('take.lua', (text) => text === "return redis.call('DECRBY', KEYS[1], ARGV[1])\n");
  await it.written('main.js', (text) => text.startsWith('const { readFileSync } = require("node:fs");\nconst Redis'));
  await it.picture('script-moved', { x: 0, y: 30, width: 1280, height: 420 });
});

keep('a function is renamed in its library and its calls', async () => {
  await it.file('stock.lua');
  await it.goto(4, 30);
  await it.page.keyboard.press('F2');
  await it.page.locator('.rename-box input').fill('stock_grab');
  await it.page.keyboard.press('Enter');
  await it.line("redis.register_function('stock_grab', function(keys)").waitFor();
  await it.line('--> FCALL stock_grab 1 stock:42').waitFor();
  await it.command('File: Save All Files');
  await it.written('caller.py', (text) => text === CALLER.replace('stock_take', 'stock_grab'));
});
