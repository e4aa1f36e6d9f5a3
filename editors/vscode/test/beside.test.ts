// Beside a language's own server: the script in the string is ours, and what is around it is as it is without us.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE, Workbench } from './workbench.ts';

interface Language {
  name: string;
  file: string;
  text: string;
  /** The extension with the language's server; none if the workbench brings it. */
  extension?: string | undefined;
  /** What its server says of `stock`. */
  hover: string;
  /** The first line behind the script. */
  behind: number;
}

const LANGUAGES: Language[] = [
  {
    name: 'Python',
    file: 'shop.py',
    extension: process.env.REDLUA_PYTHON_VSIX,
    hover: '(variable) stock',
    behind: 11,
    text: `class Stock:
    name: str = "a"
    count: int = 1

stock = Stock()

TAKE = """
-- KEYS[1] the stock
return redis.call('GTE', KEYS[1])
"""
print(stock.count)
`,
  },
  {
    name: 'TypeScript',
    file: 'shop.ts',
    hover: 'const stock',
    behind: 11,
    text: `class Stock {
  name = 'a';
  count = 1;
}
const stock = new Stock();

export const TAKE = \`
-- KEYS[1] the stock
return redis.call('GTE', KEYS[1])
\`;
console.log(stock.count);
`,
  },
];

async function open(language: Language, ours: (string | undefined)[]): Promise<Workbench> {
  const vsix = 'extension' in language ? [language.extension, ...ours] : ours;
  const it = await Workbench.open({ files: { [language.file]: language.text }, vsix });
  try {
    await it.keep(`open ${language.name}`, async () => {
      await it.file(language.file);
      // Its server is there when it hovers.
      await hover(it, language);
    });
    return it;
  } catch (error) {
    await it.close();
    throw error;
  }
}

async function hover(it: Workbench, { hover }: Language): Promise<string> {
  const shown = await it.hover(it.line('stock = ').locator('span', { hasText: /^\W*stock\W*$/ }).last(), hover);
  const text = (await shown.allInnerTexts()).join('\n');
  await it.page.keyboard.press('Escape');
  await it.page.mouse.move(5, 5);
  return text;
}

/** The words around the script with their colours. */
async function colours(it: Workbench): Promise<string> {
  const lines = await it.page.locator('.editor-instance .view-line').evaluateAll((all) =>
    all
      .sort((a, b) => parseFloat((a as HTMLElement).style.top) - parseFloat((b as HTMLElement).style.top))
      .map((line) => [...line.querySelectorAll('span > span')].map((span) => `${span.textContent} ${getComputedStyle(span).color}`).join(' | ')),
  );
  return outside(lines);
}

/** The lines that are none of the script. */
function outside(lines: string[]): string {
  return [...lines.slice(0, 6), ...lines.slice(10)].join('\n');
}

async function rows(it: Workbench, list: string, row: string): Promise<string> {
  await it.page.locator(`${list} .monaco-list-row`).filter({ hasText: row }).first().waitFor();
  return (await it.page.locator(`${list} .monaco-list-row`).allInnerTexts()).join('\n');
}

/** What the editor shows around the script, thing by thing. */
const THINGS: Record<string, (it: Workbench, language: Language) => Promise<string>> = {
  hover,
  colours,
  members: async (it, language) => {
    await it.goto(language.behind, 1);
    await it.page.keyboard.press('Control+Enter');
    await it.page.keyboard.type('stock.');
    const found = await rows(it, '.suggest-widget.visible', 'count');
    await it.page.keyboard.press('Escape');
    await it.command('File: Revert File');
    return found;
  },
  'lists at signs': async (it, language) => {
    await it.goto(language.behind, 1);
    await it.page.keyboard.press('Control+Enter');
    const seen = [];
    for (const text of ['x', ' = ', 'f(1, ', ')', ' [', ']']) {
      await it.page.keyboard.type(text);
      await it.page.waitForTimeout(1500);
      seen.push(await it.page.locator('.suggest-widget.visible').count(), await it.page.locator('.parameter-hints-widget.visible').count());
      await it.page.keyboard.press('Escape');
    }
    await it.command('File: Revert File');
    return seen.join(' ');
  },
  outline: async (it) => {
    await it.command('Go to Symbol in Editor');
    const found = await rows(it, '.quick-input-widget', 'Stock');
    await it.page.keyboard.press('Escape');
    return found;
  },
  formatting: async (it, language) => {
    await it.goto(language.behind, 1);
    await it.page.keyboard.press('Control+Enter');
    await it.page.keyboard.type('y  =  1');
    await it.page.keyboard.press('Escape');
    await it.command('Format Document');
    await it.page.waitForTimeout(2000);
    const text = outside((await it.text()).split('\n'));
    await it.command('Notifications: Clear All Notifications');
    await it.command('File: Revert File');
    return text;
  },
};

for (const language of LANGUAGES) {
  test(`${language.name}: a script beside the language’s own server is found fault with, mended, completed and run`, async () => {
    const it = await open(language, [process.env.REDLUA_VSIX]);
    try {
      await it.keep(`beside ${language.name}`, async () => {
        await it.page.locator('.editor-instance .squiggly-error').first().waitFor();
        await it.goto(9, 20);
        await it.fixes('GET');
        if (language.name === 'Python') await it.picture('python', { x: 0, y: 30, width: 1280, height: 420 });
        await it.page.keyboard.press('Enter');
        await it.line("redis.call('GET', KEYS[1]").waitFor();
        await it.hover(it.line("redis.call('GET'").locator('span', { hasText: 'GET' }).last(), 'Reads a string');
        await it.page.keyboard.press('Escape');
        await it.page.mouse.move(5, 5);
        await it.page.locator('.codelens-decoration a').filter({ hasText: 'Run' }).first().click();
        await it.panel().locator('.answer').getByText('(nil)').waitFor();
        await it.goto(8, 21);
        await it.page.keyboard.press('Enter');
        await it.page.keyboard.type("redis.call('HSE");
        assert.match(await rows(it, '.suggest-widget.visible', 'HSET'), /HSETNX/);
      });
    } finally {
      await it.close();
    }
  });

  test(`${language.name}: what is around a script is as it is without us`, async () => {
    const without: Record<string, string> = {};
    const alone = await open(language, []);
    try {
      // What colours the text comes late, and nothing tells.
      await alone.page.waitForTimeout(3000);
      for (const [name, look] of Object.entries(THINGS)) await alone.keep(`${name} without`, async () => void (without[name] = await look(alone, language)));
    } finally {
      await alone.close();
    }
    const it = await open(language, [process.env.REDLUA_VSIX]);
    try {
      await it.page.locator('.editor-instance .squiggly-error').first().waitFor();
      for (const [name, look] of Object.entries(THINGS)) {
        await it.keep(`${name} with`, async () => {
          const until = Date.now() + PATIENCE;
          for (;;) {
            const seen = await look(it, language);
            if (seen === without[name]) return;
            if (Date.now() > until) assert.equal(seen, without[name], name);
          }
        });
      }
    } finally {
      await it.close();
    }
  });
}
