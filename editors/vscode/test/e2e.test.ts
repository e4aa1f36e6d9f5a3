// What a user does: type a script, see what is wrong, complete, hover, mend, run, read.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { PATIENCE, Workbench } from './workbench.ts';

const TAKE = `-- Takes from a stock, never more than there is.
--
-- KEYS[1] the stock
-- ARGV[1] how many
--
--> SET stock:42 5
--= OK
--> EVAL . 1 stock:42 2
--= (integer) 2
--> EVAL . 1 stock:42 9
--= (integer) 0

local left = tonumber(redis.call('GET', KEYS[1]) or 0)
local take = math.min(left, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], left - take, 'EX', 3600)
redis.call('HINCRBY', 'taken:today', KEYS[1], take)
return take
`;
const SEED = 'SET stock:42 5\nHSET taken:today stock:7 1 stock:9 4\nRPUSH orders first second\n';

/** Opened by the first test that runs, for some may be left out. */
let opened: Promise<Workbench> | undefined;
let it: Workbench;

const open = () =>
  Workbench.open({
    files: {
      'take.lua': TAKE,
      'library.lua': "#!lua name=l\nredis.register_function('up', function(keys) return redis.call('INCR', keys[1]) end)\nredis.register_function('down', function(keys) return redis.call('DECR', keys[1]) end)\n",
      'plain.lua': 'print("hello",   1)\n',
      'shop.redis': '> SET a 1\nOK\n\n> GET a\n"2"\n',
      'seed.redis': SEED,
      'uses.lua': '-- @include part\nreturn help(KEYS[1])\n',
      'part.lua': "local function help(key) return redis.call('GET', key) end\n",
      'list.redis': '> LRANGE l 0 -1\n1) "a"\n2) "b"\nplain words\n',
      'add.lua': "local current = redis.call('GET', KEYS[1])\nreturn current + ARGV[1]\n",
    },
    settings: { 'redlua.run.seed': 'seed.redis' },
  });
after(async () => {
  await (await opened)?.close();
});

const keep = (name: string, work: () => Promise<void>) => 
  test(name, async () => {
    it = await (opened ??= open());
    await it.keep(name, work);
  });
const TARGET = '#redlua\\.redlua\\.redlua\\.target';

keep('a mistake is marked while it is typed, and mended', async () => {
  await it.command('redlua: New Script');
  await it.line('INCRBY').waitFor();
  await it.page.keyboard.press('Control+a');
  await it.page.keyboard.type("return redis.call('GTE', KEYS[1])");
  await it.page.locator('.editor-instance .squiggly-error').first().waitFor();
  await it.goto(1, 21);
  await it.fixes('GET');
  await it.picture('fix', { x: 0, y: 30, width: 1280, height: 300 });
  await it.page.keyboard.press('Enter');
  await it.line("redis.call('GET', KEYS[1])").waitFor();
});

keep('commands and their options are completed inside the string', async () => {
  await it.page.keyboard.press('Control+a');
  await it.page.keyboard.type("-- Keeps a session.\n--\n-- KEYS[1] the session\n-- ARGV[1] what is in it\n\nlocal now = redis.call('TIME')[1]\n\n");
  await it.page.keyboard.type("redis.call('SET', KEYS[1], ARGV[1], '");
  const widget = it.page.locator('.suggest-widget.visible');
  await widget.locator('.monaco-list-row').filter({ hasText: 'KEEPTTL' }).waitFor();
  // The value that an option takes stands beside it.
  await widget.locator('.monaco-list-row').filter({ hasText: 'EX seconds' }).waitFor();
  await it.picture('completion', { x: 0, y: 30, width: 1280, height: 420 });
  await it.page.keyboard.type('PX');
  await widget.locator('.monaco-list-row.focused').filter({ hasText: 'PX' }).waitFor();
  await it.page.keyboard.press('Tab');
  await it.line("redis.call('SET'").getByText("'PX").waitFor();
  await it.page.keyboard.press('Escape');
  await it.page.keyboard.press('Control+a');
  await it.page.keyboard.press('Delete');
  await it.command('View: Revert and Close Editor');
});

keep('hover tells what a command does', async () => {
  await it.file('take.lua');
  // Lenses move the lines down when they come.
  await it.page.locator('.codelens-decoration').filter({ hasText: '▶ Examples' }).waitFor();
  await it.hover(it.line('HINCRBY').locator('span', { hasText: 'HINCRBY' }).last(), 'Adds a number');
  await it.picture('hover', { x: 0, y: 30, width: 1280, height: 420 });
  await it.page.keyboard.press('Escape');
  await it.page.mouse.move(5, 5);
});

keep('examples are judged in place, and in the panel', async () => {
  await it.file('take.lua');
  const failed = await it.verdict('(integer) 0', '✗ (integer) 3');
  // Told apart by colour, and once: not as a hint too.
  assert.notEqual(await it.verdict('(integer) 2', '✓'), failed);
  assert.ok(!/[✓✗]/.test(await it.text()));
  await it.command('redlua: Run Examples');
  await it.panel().getByText('1 of 3 differ').waitFor();
  await it.raisePanel(130);
  await it.picture('examples');
});

keep('Run runs, and the panel has reply, commands, keys and cost', async () => {
  await it.file('take.lua');
  await it.page.locator('.editor-actions').getByRole('button', { name: 'Run Script' }).click();
  const panel = it.panel();
  await panel.locator('.answer').getByText('(integer) 2').waitFor();
  const commands = panel.getByRole('region', { name: 'Commands' });
  await commands.getByText('HINCRBY taken:today stock:42 2').waitFor();
  const keys = panel.getByRole('region', { name: 'Keys' });
  await keys.locator('tr').filter({ hasText: 'stock:42' }).filter({ hasText: '"5"' }).filter({ hasText: '"3"' }).first().waitFor();
  await panel.locator('.cost').getByText('3 commands').waitFor();
  await it.goto(17, 1);
  await it.line('return take').getByText('→ (integer) 2').waitFor();
  // A line leads to its place in the script.
  await commands.getByRole('button', { name: 'Show line 16' }).click();
  await it.page.locator('.statusbar').getByText('Ln 16').waitFor();
});

keep('the form has the names of the header, and keeps what was given', async () => {
  await it.command('redlua: Run Script with …');
  const panel = it.panel();
  await panel.getByLabel('the stock').fill('stock:7');
  await panel.getByLabel('how many').fill('4');
  await it.page.keyboard.press('Enter');
  await panel.locator('.answer').getByText('(integer) 0').waitFor();
  await panel.locator('.given').getByText('1 stock:7 4').waitFor();
  // Nothing but the keyboard is wanted.
  await panel.getByLabel('the stock').fill('stock:42');
  await panel.getByLabel('how many').fill('1');
  await it.page.keyboard.press('Enter');
  await panel.locator('.given').getByText('1 stock:42 1').waitFor();
  await panel.getByRole('button', { name: '1 stock:42 1 last run' }).waitFor();
  assert.equal(await panel.getByLabel('how many').inputValue(), '1');
});

keep('the form follows the header, and leaves the keys to the editor', async () => {
  await it.file('take.lua');
  await it.goto(3, 1);
  await it.page.keyboard.press('End');
  // Slower than the form is made anew.
  await it.page.keyboard.type('s of a shop', { delay: 250 });
  await it.line('the stocks of a shop').waitFor();
  await it.panel().getByLabel('the stocks of a shop').waitFor();
  await it.command('File: Revert File');
  await it.panel().getByLabel('the stocks of a shop').waitFor({ state: 'hidden' });
  // The lens of an example that differs comes back with its verdict.
  await it.page.locator('.codelens-decoration').filter({ hasText: 'Update the example' }).waitFor();
});

keep('the keyspace shows what runs left, and is reset', async () => {
  const tree = it.page.locator('.pane').filter({ hasText: 'Keyspace' });
  const row = (text: string) => tree.locator('.monaco-list-row').filter({ hasText: text }).first();
  await row('stock:42').filter({ hasText: 'expires in' }).waitFor();
  await row('taken:today').click();
  await row('"stock:42" => "3"').waitFor();
  await it.page.mouse.move(5, 5);
  await it.picture('run');
  await tree.hover();
  await tree.getByRole('button', { name: 'Reset Keyspace' }).click();
  // What the seed puts there comes back.
  await row('stock:42').filter({ hasText: '"5"' }).waitFor();
});

keep('a function of a library is chosen, and runs', async () => {
  await it.file('library.lua');
  await it.command('redlua: Run Script with …');
  await it.page.locator('.quick-input-widget .monaco-list-row').filter({ hasText: 'down' }).click();
  const panel = it.panel();
  // The form of the first function may still stand there.
  await panel.locator('select option:checked').filter({ hasText: 'down' }).waitFor({ state: 'attached' });
  await panel.locator('#keys-0').fill('n');
  await it.page.keyboard.press('Enter');
  await panel.locator('.answer').getByText('(integer) -1').waitFor();
});

keep('transcripts are judged in place', async () => {
  await it.file('shop.redis');
  await it.verdict('"2"', '✗ "1"');
});

keep('transcripts have colours: the prompt, and no bracket in red', async () => {
  await it.file('list.redis');
  const color = (text: string) => it.line(text).locator('span span').first().evaluate((span) => getComputedStyle(span).color);
  await it.line('plain words').waitFor();
  const until = Date.now() + PATIENCE;
  // The grammar may come after the text.
  while ((await color('> LRANGE')) === (await color('plain words'))) {
    assert.ok(Date.now() < until, 'the prompt has no colour');
    await it.page.waitForTimeout(100);
  }
  assert.equal(await it.page.locator('.editor-instance .unexpected-closing-bracket').count(), 0);
});

keep('a list of fixes has titles that say what they write, and no runs', async () => {
  await it.file('add.lua');
  await it.page.locator('.editor-instance .squiggly-warning').first().waitFor();
  await it.goto(2, 10);
  await it.fixes('Use `current or 0`');
  const rows = await it.page.locator('.action-widget .monaco-list-row').allInnerTexts();
  assert.ok(rows.some((row) => row.includes('Ignore arithmetic-on-missing on this line')), rows.join(' | '));
  assert.ok(!rows.some((row) => row.includes('Run ')), rows.join(' | '));
  await it.page.keyboard.press('Escape');
});

keep('commands of transcripts and examples are completed', async () => {
  await it.file('shop.redis');
  // The server is there.
  await it.verdict('"2"', '✗ "1"');
  await it.page.keyboard.press('Control+End');
  await it.page.keyboard.type('\n> HSE');
  const widget = it.page.locator('.suggest-widget.visible');
  await widget.locator('.monaco-list-row.focused').filter({ hasText: 'HSET' }).waitFor();
  await it.page.keyboard.press('Tab');
  await it.line('> HSET').waitFor();
  await it.page.keyboard.type(' a f 1 ');
  await it.page.keyboard.press('Escape');
  await it.verdict('> HSET', '✗');
  await it.hover(it.line('> HSET').locator('span', { hasText: 'HSET' }).last(), 'HSET key field value');
  await it.page.keyboard.press('Escape');
  await it.page.mouse.move(5, 5);
  await it.command('View: Revert and Close Editor');
  await it.file('take.lua');
  await it.goto(11, 1);
  await it.page.keyboard.press('End');
  await it.page.keyboard.type('\n--> ');
  await widget.locator('.monaco-list-row.focused').filter({ hasText: 'EVAL .' }).waitFor();
  await it.page.keyboard.press('Tab');
  await it.line('EVAL . 1 stock how-many').waitFor();
  await it.page.keyboard.press('Escape');
  await it.command('File: Revert File');
  await it.line('EVAL . 1 stock how-many').waitFor({ state: 'hidden' });
});

keep('rules and commands are explained in the editor', async () => {
  const preview = (name: string) => it.page.locator('.tab.active').filter({ hasText: `${name}.md` });
  const closePreview = async () => {
    await it.command('View: Close Editor');
    await it.page.locator('.tab').filter({ hasText: '.md' }).waitFor({ state: 'detached' });
  };
  await it.file('add.lua');
  await it.page.locator('.editor-instance .squiggly-warning').first().waitFor();
  // The last of the list, below what mends.
  await it.goto(2, 10);
  await it.fixes('Use `current or 0`');
  const rows = it.page.locator('.action-widget .monaco-list-row.action');
  assert.equal((await rows.last().innerText()).trim(), 'Explain arithmetic-on-missing');
  await rows.last().click();
  await preview('arithmetic-on-missing').waitFor();
  await it.framed('What it does');
  await closePreview();
  // The name of the rule in the hover leads there too.
  const word = it.line('return current').locator('span', { hasText: 'current' }).last();
  const hover = await it.hover(word, 'arithmetic-on-missing');
  await hover.locator('a').filter({ hasText: 'arithmetic-on-missing' }).click();
  await preview('arithmetic-on-missing').waitFor();
  await it.framed('What it does');
  await closePreview();
  await it.goto(1, 30);
  await it.command('redlua: Explain Rule or Command');
  await preview('GET').waitFor();
  await it.framed('GET key');
  await closePreview();
});

keep('an error of a server leads to its script', async () => {
  await it.file('take.lua');
  const sha1 = createHash('sha1').update("local function help(key) return redis.call('GET', key) end\nreturn help(KEYS[1])\n").digest('hex');
  const error = `ERR WRONGTYPE Operation against a key script: ${sha1}, on @user_script:1.`;
  await it.page.evaluate((text) => navigator.clipboard.writeText(text), error);
  await it.command('redlua: Find the Script of an Error');
  const input = it.page.locator('.quick-input-widget:visible input[type=text]');
  assert.equal(await input.inputValue(), error);
  await input.press('Enter');
  await it.page.locator('.tab.active').filter({ hasText: 'part.lua' }).waitFor();
  // What is copied otherwise is not proposed.
  await it.page.evaluate(() => navigator.clipboard.writeText('return 1'));
  await it.command('redlua: Find the Script of an Error');
  await input.waitFor();
  assert.equal(await input.inputValue(), '');
  await input.fill(error.replace(sha1, '0'.repeat(40)));
  await input.press('Enter');
  await it.notification('no script of the workspace is the one').waitFor();
  await it.command('Notifications: Clear All Notifications');
});

keep('the assembled script is shown with its SHA1, and a rename is carried into the includes', async () => {
  await it.file('uses.lua');
  await it.page.locator(TARGET).waitFor();
  await it.command('redlua: Show the Assembled Script');
  const whole = "local function help(key) return redis.call('GET', key) end\nreturn help(KEYS[1])\n";
  const sha1 = createHash('sha1').update(whole).digest('hex');
  await it.page.locator('.tab.active').filter({ hasText: `uses ${sha1}.lua` }).waitFor();
  await it.line('local function help').waitFor();
  assert.equal(await it.text(), whole);
  await it.page.keyboard.press('Control+w');
  await it.file('part.lua');
  await it.command('File: Reveal Active File in Explorer View');
  const row = it.page.locator('.explorer-folders-view .monaco-list-row.selected').filter({ hasText: 'part.lua' });
  await row.click();
  await it.page.keyboard.press('F2');
  const name = it.page.locator('.explorer-folders-view input');
  await name.fill('helper.lua');
  await name.press('Enter');
  await it.page.locator('.monaco-dialog-box').getByText('OK').click();
  await it.file('uses.lua');
  await it.line('-- @include helper').waitFor();
  await it.page.keyboard.press('Control+s');
  await it.written('uses.lua', (text) => text === '-- @include helper\nreturn help(KEYS[1])\n');
});

keep('plain Lua is left alone', async () => {
  await it.file('plain.lua');
  await it.page.locator(TARGET).waitFor({ state: 'hidden' });
  await it.page.locator('.editor-actions').getByRole('button', { name: 'Run Script' }).waitFor({ state: 'hidden' });
  assert.equal(await it.page.locator('.editor-instance .codelens-decoration').count(), 0);
  await it.command('Format Document');
  await it.page.locator('.monaco-dialog-box').getByText('There is no formatter').waitFor();
  await it.page.keyboard.press('Escape');
  assert.equal(await it.text(), 'print("hello",   1)\n');
});

keep('Enter within a comment puts the dashes before what it carries down, at its end not', async () => {
  await it.file('take.lua');
  await it.coloured('Takes from a stock');
  const first = async () => (await it.text()).split('\n').slice(0, 4);
  await it.goto(1, 17);
  await it.page.keyboard.press('Enter');
  await it.line('-- stock, never').waitFor();
  assert.deepEqual((await first()).slice(0, 2), ['-- Takes from a ', '-- stock, never more than there is.']);
  await it.page.keyboard.press('End');
  await it.page.keyboard.press('Enter');
  await it.page.keyboard.type('x');
  await it.line(/^x$/).waitFor();
  assert.equal((await first())[2], 'x');
  await it.command('File: Revert File');
  await it.line('-- Takes from a stock, never').waitFor();
  // Two dashes in a string begin no comment.
  await it.file('plain.lua');
  await it.goto(1, 21);
  await it.page.keyboard.type('\nlocal s = "-- a"; local t = 1');
  await it.page.keyboard.press('ArrowLeft');
  await it.page.keyboard.press('Enter');
  await it.page.keyboard.type('1');
  await it.line(/^11$/).waitFor();
  await it.command('File: Revert File');
});

keep('scripts are formatted', async () => {
  await it.file('library.lua');
  await it.page.keyboard.press('Control+Home');
  await it.page.keyboard.press('ArrowDown');
  await it.page.keyboard.type('local   x   =   1');
  await it.page.keyboard.press('Enter');
  await it.command('Format Document');
  await it.line('local x = 1').waitFor();
});

keep('the target is chosen in the status bar, and what it lacks is found', async () => {
  await it.file('take.lua');
  await it.goto(17, 1);
  await it.page.keyboard.type("redis.call('LMPOP', 1, KEYS[1], 'LEFT')\n");
  // Asked for at the quote, suggestions may come when all is typed.
  await it.page.keyboard.press('Escape');
  const item = it.page.locator(TARGET);
  await item.filter({ hasText: 'redis 7.2' }).click();
  const list = it.page.locator('.quick-input-widget:visible');
  const row = (text: string) => list.locator('.monaco-list-row').filter({ hasText: text }).first();
  await row('redis 7.2').click();
  await row('redis 6.2').click();
  await it.page.keyboard.press('Enter');
  await item.filter({ hasText: 'redis 6.2' }).waitFor();
  await it.page.locator('.editor-instance .squiggly-error').first().waitFor();
});

keep('a server that dies comes back', async () => {
  await it.file('take.lua');
  const [first] = it.servers();
  assert.ok(first);
  process.kill(first, 'SIGKILL');
  // Its findings go with it, but the next server may be quicker than we can see that.
  const second = await it.serverAfter(first);
  assert.notEqual(second, first);
  await it.page.locator('.editor-instance .squiggly-warning').first().waitFor();
  await it.command('redlua: Run Examples');
  await it.panel().getByText('of 3 differ').waitFor();
});

keep('the last inputs outlive the editor', async () => {
  await it.page.reload();
  await it.page.locator('.monaco-workbench .statusbar').waitFor();
  await it.file('take.lua');
  await it.command('redlua: Run Script with …');
  const panel = it.panel();
  await panel.getByRole('button', { name: '1 stock:42 1 last run' }).waitFor();
  assert.equal(await panel.getByLabel('how many').inputValue(), '1');
});
