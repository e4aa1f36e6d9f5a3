// Scripts typed by hand, with every setting at its default: the text is what was typed, letter for letter.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { Workbench } from './workbench.ts';

const typed = path.join(import.meta.dirname, '../../../tests/editors/typed');
const scripts = new Map(readdirSync(typed).map((name) => [name, readFileSync(path.join(typed, name), 'utf8')]));

/** Milliseconds from key to key, and before Enter and Tab: a list that opens for a letter is there when they come. */
const BETWEEN_KEYS = 30;
const BEFORE_ENTER = 100;

const lines = (text: string) => text.trimEnd().split('\n');

/** Spaces for a tab behind a text, as the editor writes them. */
const expand = (line: string) => line.replace(/^(.*?)\t/, (_, before: string) => before.padEnd((Math.floor(before.length / 4) + 1) * 4));

/** Types one key after the other. */
async function keys(page: Page, text: string): Promise<void> {
  for (const key of text) {
    const begun = Date.now();
    if (key === '\t') {
      await page.waitForTimeout(BEFORE_ENTER);
      await page.keyboard.press('Tab');
    } else await page.keyboard.type(key);
    const left = begun + BETWEEN_KEYS - Date.now();
    if (left > 0) await page.waitForTimeout(left);
  }
}

/** Whether a line stands in the editor with its indentation. */
async function drawn(page: Page, line: string): Promise<boolean> {
  const texts = await page.locator('.editor-instance .view-line').allTextContents();
  return texts.some((text) => text.replace(/\u00a0/g, ' ').trimEnd() === line);
}

test('what is typed is what stands there', async (t) => {
  const begun = 'return redis.call(KEYS[1])\n';
  const it = await Workbench.open({ files: { 'begun.lua': begun, ...Object.fromEntries([...scripts.keys()].map((name) => [name, ''])) } });
  t.after(() => it.close());
  await it.keep('typing', async () => {
    const { keyboard } = it.page;
    await it.file('begun.lua');
    // The server answers.
    await it.hover(it.line('redis').locator('span', { hasText: 'KEYS' }).last(), 'KEYS');
    const broken: string[] = [];
    for (const [name, text] of scripts) {
      await it.file(name);
      for (const line of lines(text)) {
        // The editor indents.
        const word = line.trim();
        await keys(it.page, word);
        // It moves `end` and its kin back as they are typed, where the lines above are coloured. Who sees that it was too slow types
        // the word again.
        for (let left = 5; left > 0 && /^(end|else|elseif|until)\b/.test(word) && !(await drawn(it.page, expand(line))); left--) {
          for (const key of word) if (key !== '') await keyboard.press('Backspace');
          await it.page.waitForTimeout(500);
          await keys(it.page, word);
        }
        await it.page.waitForTimeout(BEFORE_ENTER);
        if (word !== '') await it.coloured(word);
        await keyboard.press('Enter');
      }
      await keyboard.press('Control+s');
      await it.page.locator('.tab.active:not(.dirty)').filter({ hasText: name }).waitFor();
      const got = lines(readFileSync(path.join(it.folder, name), 'utf8'));
      const want = lines(text).map(expand);
      const wrong = want.flatMap((line, nth) => (got[nth] === line ? [] : [`  ${line}\n  → ${got[nth] ?? ''}`]));
      if (got.length > want.length) wrong.push(`  → ${got.slice(want.length).join('\n')}`);
      if (wrong.length > 0) broken.push(`${name}:\n${wrong.slice(0, 4).join('\n')}`);
    }
    assert.equal(broken.length, 0, `${broken.length} of ${scripts.size} scripts are not what was typed\n${broken.join('\n')}`);
  });
});

test('Enter closes a block at the end of the text before the cursor goes on', async (t) => {
  const it = await Workbench.open({
    files: { 'begun.lua': 'return redis.call(KEYS[1])\n', 'new.lua': '' },
    settings: { 'editor.formatOnType': true, 'editor.tabSize': 2, 'editor.detectIndentation': false },
  });
  t.after(() => it.close());
  await it.keep('closed', async () => {
    const { keyboard } = it.page;
    await it.file('begun.lua');
    await it.hover(it.line('redis').locator('span', { hasText: 'KEYS' }).last(), 'KEYS');
    await it.file('new.lua');
    await keys(it.page, 'local v = redis.call("GET", KEYS[1])');
    await keyboard.press('Enter');
    // The file is known to be a script now.
    await it.page.locator('.statusbar-item', { hasText: 'redis 7.2' }).waitFor();
    await keys(it.page, 'for i = 1, #ARGV do');
    await keyboard.press('Enter');
    await it.line('end').waitFor();
    await keys(it.page, 'if v == ARGV[i] then');
    await keyboard.press('Enter');
    for (let left = 300; left > 0 && !(await drawn(it.page, '  end')); left--) await it.page.waitForTimeout(BEFORE_ENTER);
    await keys(it.page, 'return i');
    await keyboard.press('Control+s');
    await it.page.locator('.tab.active:not(.dirty)').filter({ hasText: 'new.lua' }).waitFor();
    const want = ['local v = redis.call("GET", KEYS[1])', 'for i = 1, #ARGV do', '  if v == ARGV[i] then', '    return i', '  end', 'end'];
    assert.deepEqual(lines(readFileSync(path.join(it.folder, 'new.lua'), 'utf8')), want);
  });
});
