// VS Code's workbench: the real server, the extension as a user installs it, and a browser in front.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type FrameLocator, type Locator, type Page } from 'playwright-core';

const cache = path.join(process.env.REDLUA_CACHE ?? path.join(homedir(), '.cache', 'redlua'), 'vscode');
const main = path.join(cache, 'workbench/node_modules/code-server/lib/vscode/out/server-main.js');
const here = path.join(import.meta.dirname, '..');

/** A machine that is busy with other tests is slow. */
export const PATIENCE = Number(process.env.REDLUA_PATIENCE ?? 60_000);

/** Where pictures go: for the README, and of what failed. */
export const PICTURES = path.resolve(process.env.SHOTS ?? path.join(here, 'images'));
const FAILURES = path.join(here, 'test/out');

export interface Options {
  files?: Record<string, string>;
  settings?: Record<string, unknown>;
  /** Settings of the machine that has the files. */
  machine?: Record<string, unknown>;
  /** Whether the editor asks whether the folder is trusted. */
  trust?: boolean;
  /** What is installed; by default the extension with its server. */
  vsix?: (string | undefined)[];
  /** Installs the extension by `redlua setup vscode`, as the README says, instead of by the editor's own command. */
  setup?: boolean;
  /** What the editor's process sees as its environment. */
  env?: Record<string, string>;
  height?: number;
  /** Whether the messages between client and server are written into the log, whole. */
  trace?: boolean;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

/** Installs the extension as a user does; the only editor on the PATH is ours. */
function setUp(vsix: string, data: string, editor: string[]): void {
  const bin = path.join(data, 'bin');
  mkdirSync(bin, { recursive: true });
  const command = [process.execPath, ...editor].map((word) => `'${word}'`).join(' ');
  writeFileSync(path.join(bin, 'code-server'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  const redlua = process.env.REDLUA;
  if (redlua === undefined) throw new Error('no program is named: run test/run');
  for (const said of ['done: open a Lua script', 'nothing to do: redlua is set up']) {
    const done = spawnSync(redlua, ['setup', 'vscode', '--vsix', vsix, '--yes'], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, PATH: bin } });
    if (done.status !== 0 || !done.stdout.includes(said)) throw new Error(`setup fails: ${done.stdout}${done.stderr}`);
  }
}

export class Workbench {
  public readonly page: Page;
  public readonly folder: string;
  readonly #browser: Browser;
  readonly #server: ChildProcess;
  readonly #data: string;

  private constructor(page: Page, browser: Browser, server: ChildProcess, data: string, folder: string) {
    this.page = page;
    this.#browser = browser;
    this.#server = server;
    this.#data = data;
    this.folder = folder;
  }

  /** Installs the extension into a fresh profile, and opens a folder with these files. */
  public static async open(options: Options): Promise<Workbench> {
    const data = mkdtempSync(path.join(tmpdir(), 'redlua-vscode-'));
    const folder = path.join(data, 'shop');
    for (const [name, text] of Object.entries(options.files ?? {})) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    mkdirSync(path.join(data, 'server/data/User'), { recursive: true });
    const settings = {
      // As in the editor on a desktop: a browser's saves after a second, and then there is nothing to revert.
      'files.autoSave': 'off',
      'workbench.startupEditor': 'none',
      'workbench.tips.enabled': false,
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'workbench.colorTheme': 'Default Dark Modern',
      'window.menuBarVisibility': 'compact',
      'editor.minimap.enabled': false,
      'extensions.ignoreRecommendations': true,
      'chat.disableAIFeatures': true,
      'security.workspace.trust.enabled': options.trust ?? false,
      'security.workspace.trust.startupPrompt': 'never',
      ...options.settings,
    };
    writeFileSync(path.join(data, 'server/data/User/settings.json'), JSON.stringify(settings));
    // The path of a program belongs to the machine that has it.
    mkdirSync(path.join(data, 'server/data/Machine'));
    writeFileSync(path.join(data, 'server/data/Machine/settings.json'), JSON.stringify(options.machine ?? {}));

    const common = [main, '--server-data-dir', path.join(data, 'server'), '--accept-server-license-terms', '--telemetry-level', 'off'];
    if (options.trace === true) common.push('--log', 'trace');
    const env = { ...process.env, ...options.env };
    for (const vsix of options.vsix ?? [process.env.REDLUA_VSIX]) {
      if (vsix === undefined) throw new Error('no .vsix is named: run test/run');
      if (options.setup === true) {
        setUp(vsix, data, common);
        continue;
      }
      const installed = spawnSync(process.execPath, [...common, '--install-extension', vsix], { encoding: 'utf8', timeout: 60_000, env });
      if (!installed.stdout.includes('was successfully installed')) throw new Error(`the .vsix is not taken: ${installed.stdout}`);
    }

    const port = await freePort();
    const trust = options.trust === true ? [] : ['--disable-workspace-trust'];
    const server = spawn(process.execPath, [...common, '--host', '127.0.0.1', '--port', String(port), '--without-connection-token', ...trust], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
      env,
    });
    await new Promise<void>((resolve, reject) => {
      server.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Extension host agent listening')) resolve();
      });
      server.once('exit', () => {
        reject(new Error('the workbench does not start'));
      });
    });
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    const context = await browser.newContext({ viewport: { width: 1280, height: options.height ?? 800 }, deviceScaleFactor: 1, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`http://127.0.0.1:${port}/?folder=${folder}`);
    await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: 3 * PATIENCE });
    return new Workbench(page, browser, server, data, folder);
  }

  public async close(): Promise<void> {
    await this.#browser.close();
    // With its extension host and our server, which are in its group.
    if (this.#server.pid !== undefined) process.kill(-this.#server.pid, 'SIGKILL');
    rmSync(this.#data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** All that the workbench and its extensions have written into logs. */
  public logs(): string {
    const folder = path.join(this.#data, 'server/data/logs');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((it) => it.isFile());
    return files.map((it) => readFileSync(path.join(it.parentPath, it.name), 'utf8')).join('\n');
  }

  /** Opens a file of the folder. */
  public async file(name: string): Promise<void> {
    await this.#choose('Control+p', name, name);
    await this.page.locator('.tab.active').filter({ hasText: path.basename(name) }).waitFor();
    await this.page.locator('.editor-instance.focused, .monaco-editor.focused').first().waitFor();
  }

  /** Runs a command by its title, as the palette has it. */
  public async command(title: string): Promise<void> {
    await this.#choose('F1', `>${title}`, title);
  }

  /** Chooses a row of the list that a key opens. Just begun, the workbench does not know all rows yet. */
  async #choose(key: string, text: string, row: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget:visible');
    const input = widget.locator('input[type=text]');
    const found = widget.locator('.monaco-list-row').filter({ hasText: row }).first();
    const until = Date.now() + PATIENCE;
    for (;;) {
      await this.page.keyboard.press(key);
      try {
        await input.fill(text, { timeout: 3000 });
        await found.click({ timeout: 3000 });
        // A list that is made anew at that moment does not hear the click. Some commands ask on in the same place.
        await this.page.waitForFunction(
          (text) => ![...document.querySelectorAll<HTMLInputElement>('.quick-input-widget input[type=text]')].some((it) => it.checkVisibility() && it.value === text),
          text,
          { timeout: 3000 },
        );
        // What comes in the list's place would show its tooltip.
        await this.page.mouse.move(5, 5);
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Opens the quick fixes at the cursor. Who takes the focus at that moment, as lists do that close, closes them. */
  public async fixes(text: string): Promise<void> {
    const row = this.page.locator('.action-widget .monaco-list-row').filter({ hasText: text }).first();
    const until = Date.now() + PATIENCE;
    for (;;) {
      await this.page.keyboard.press('Control+.');
      try {
        await row.waitFor({ timeout: 4000 });
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Applies an action by its title. */
  public async apply(text: string): Promise<void> {
    await this.fixes(text);
    await this.page.locator('.action-widget .monaco-list-row').filter({ hasText: text }).first().click();
  }

  /** Puts the cursor somewhere, counted from 1. */
  public async goto(line: number, column: number): Promise<void> {
    await this.page.keyboard.press('Control+g');
    await this.page.locator('.quick-input-widget input[type=text]').fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget:visible').waitFor({ state: 'hidden' });
  }

  /** Waits until a file of the folder has what it should. */
  public async written(name: string, fits: (text: string) => boolean): Promise<void> {
    const file = path.join(this.folder, name);
    const until = Date.now() + PATIENCE;
    while (!existsSync(file) || !fits(readFileSync(file, 'utf8'))) {
      if (Date.now() > until) throw new Error(`${name} is not written`);
      await this.page.waitForTimeout(100);
    }
  }

  public line(text: string | RegExp): Locator {
    return this.page.locator('.editor-instance .view-line').filter({ hasText: text }).first();
  }

  /** What stands beside examples: the line, the text and its colour. */
  public async verdicts(): Promise<{ line: string; text: string; color: string }[]> {
    return this.page.locator('.editor-instance .view-line').evaluateAll((lines) =>
      lines.flatMap((line) =>
        [...line.querySelectorAll('span')].flatMap((span) => {
          const { content, color } = getComputedStyle(span, '::after');
          const text = content.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
          return /^[✓✗]/.test(text) ? [{ line: line.textContent.replace(/\u00a0/g, ' '), text, color }] : [];
        }),
      ),
    );
  }

  /** Waits for what stands beside the example of a line, and returns its colour. */
  public async verdict(line: string, text: string): Promise<string> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      const all = await this.verdicts();
      const found = all.find((it) => it.line.includes(line) && it.text.startsWith(text));
      if (found !== undefined) return found.color;
      if (Date.now() > until) throw new Error(`beside ${line} there is no ${text}: ${JSON.stringify(all)}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Waits until the output in front has lines like these, one after the other, and clears it. */
  public async outputs(lines: RegExp[]): Promise<void> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      // The view breaks long lines wherever they reach its edge; each of its own begins with a date.
      const text = (await this.#text('.output-view')).replace(/\n(?!\d{4}-\d\d-\d\d )/g, '');
      let at = 0;
      const missing = lines.find((line) => {
        const found = line.exec(text.slice(at));
        at += (found?.index ?? 0) + (found?.[0].length ?? 0);
        return found === null;
      });
      if (missing === undefined) break;
      if (Date.now() > until) throw new Error(`${String(missing)} is not in the output:\n${text}`);
      await this.page.waitForTimeout(100);
    }
    await this.page.locator('.part.panel').getByRole('button', { name: 'Clear Output' }).click();
    await this.page.locator('.output-view .view-line').filter({ hasText: 'redlua' }).first().waitFor({ state: 'detached' });
  }

  /** Waits until one of the pages within the page has a text. */
  public async framed(text: string | RegExp): Promise<void> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      for (const frame of this.page.frames()) {
        // A frame may go while it is looked at.
        if (await frame.getByText(text).first().isVisible().catch(() => false)) return;
      }
      if (Date.now() > until) throw new Error(`no frame has ${String(text)}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** The text of the editor in front, as it is drawn. */
  public text(): Promise<string> {
    return this.#text('.editor-instance');
  }

  async #text(editor: string): Promise<string> {
    const lines = await this.page.locator(`${editor} .view-line`).evaluateAll((all) =>
      all
        .map((line) => ({ top: parseFloat((line as HTMLElement).style.top), text: line.textContent }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text.replace(/\u00a0/g, ' ')),
    );
    return lines.join('\n');
  }

  /** Waits until a line is coloured, for a while: only then does the editor indent what is typed below it. */
  public async coloured(text: string): Promise<void> {
    const line = this.page.locator('.editor-instance .view-line').filter({ hasText: text }).last();
    // A line that has one colour only is never seen to be coloured.
    await line.locator('span[class*="mtk"]:not(.mtk1)').first().waitFor({ timeout: 3000 }).catch(() => undefined);
  }

  /** Points at a word until its hover has a text: what has just begun does not answer yet. */
  public async hover(word: Locator, text: string): Promise<Locator> {
    const shown = this.page.locator('.monaco-hover:visible');
    const until = Date.now() + PATIENCE;
    for (;;) {
      await word.hover();
      try {
        await shown.getByText(text).first().waitFor({ timeout: 4000 });
        return shown;
      } catch (error) {
        if (Date.now() > until) throw error;
        await this.page.keyboard.press('Escape');
        await this.page.mouse.move(5, 5);
      }
    }
  }

  /** The panel of the extension: a page within a page within the page. */
  public panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  public notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text });
  }

  /** Gives the panel so much more room. */
  public async raisePanel(by: number): Promise<void> {
    const box = await this.page.locator('.part.panel').boundingBox();
    if (box === null) throw new Error('there is no panel');
    const top = box.y - 3;
    await this.page.mouse.move(box.x + 60, top);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + 60, top - by, { steps: 8 });
    await this.page.mouse.up();
  }

  /** A picture for the README. */
  public async picture(name: string, clip?: { x: number; y: number; width: number; height: number }): Promise<void> {
    // Until nothing moves.
    await this.page.waitForTimeout(700);
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`), ...(clip ? { clip } : {}) });
  }

  /** Does what a test does; a picture stays of what failed. */
  public async keep(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      mkdirSync(FAILURES, { recursive: true });
      await this.page.screenshot({ path: path.join(FAILURES, `${name.replace(/\W+/g, '-')}.png`) });
      throw error;
    }
  }

  /** The process of our server that comes after another one. */
  public async serverAfter(last: number): Promise<number> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      const next = this.servers().find((it) => it !== last);
      if (next !== undefined) return next;
      if (Date.now() > until) throw new Error('the server does not come back');
      await this.page.waitForTimeout(100);
    }
  }

  /** The processes of our server that this workbench started. */
  public servers(): number[] {
    const { stdout } = spawnSync('ps', ['-eo', 'pid=,pgid=,args='], { encoding: 'utf8' });
    const rows = stdout.split('\n').map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? []);
    return rows.filter(([, , group, args]) => Number(group) === this.#server.pid && args?.endsWith('redlua lsp') === true).map(([, pid]) => Number(pid));
  }
}
