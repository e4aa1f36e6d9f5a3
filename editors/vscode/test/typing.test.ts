// Scripts typed by hand, with every setting at its default: the text is what was typed, letter for letter.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Workbench } from './workbench.ts';

const typed = path.join(import.meta.dirname, '../../../tests/editors/typed');
const scripts = new Map(readdirSync(typed).map((name) => [name, readFileSync(path.join(typed, name), 'utf8')]));

/** Milliseconds from key to key, and before Enter and Tab: a list that opens for a letter is there when they come. */
const BETWEEN_KEYS = 30;
const BEFORE_ENTER = 100;

/** The lines without their indentation: the editor leaves it out where it has not coloured the lines above yet. */
const lines = (text: string) => text.trimEnd().split('\n').map((line) => line.trim());

/** Spaces for a tab behind a text, as the editor writes them. */
const expand = (line: string) => line.replace(/^(.*?)\t/, (_, before: string) => before.padEnd((Math.floor(before.length / 4) + 1) * 4));

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
        for (const key of `${line}\n`) {
          const begun = Date.now();
          if (key === '\n' || key === '\t') {
            await it.page.waitForTimeout(BEFORE_ENTER);
            await keyboard.press(key === '\n' ? 'Enter' : 'Tab');
          } else await keyboard.type(key);
          const left = begun + BETWEEN_KEYS - Date.now();
          if (left > 0) await it.page.waitForTimeout(left);
        }
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
