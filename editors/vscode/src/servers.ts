// Real servers: which one runs go to, its place in the status bar, passwords, and the questions before anything is written.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Active } from './active.ts';
import type { Consent, Joined } from './protocol.ts';
import type { Server } from './server.ts';

const EMBEDDED = 'Embedded engine';

/** Schemes of the URLs that the server takes. */
const URL = /^(?:unix:|(?:redis|rediss|valkey|valkeys)(?:-cluster)?:\/\/)./;

/** A server with product and version, where they are known. */
export function described({ name, product, version }: Pick<Joined, 'name' | 'product' | 'version'>): string {
  return product === undefined ? name : `${name} (${product} ${version ?? ''})`;
}

export class Servers implements vscode.Disposable {
  readonly #server: Server;
  readonly #active: Active;
  readonly #item = vscode.window.createStatusBarItem('redlua.server', vscode.StatusBarAlignment.Right, 91);
  readonly #changed = new vscode.EventEmitter<void>();
  /** Another server is selected. */
  public readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable;
  /** The real server that runs go to; none for the embedded engine. It is asked for anew in each session. */
  #selected: Joined | undefined;
  /** Servers by URLs that were typed, without passwords, as long as the window is open. */
  readonly #typed = new Map<string, Joined>();

  public constructor(server: Server, active: Active) {
    this.#server = server;
    this.#active = active;
    this.#item.name = 'redlua: server of runs';
    this.#item.command = 'redlua.selectServer';
    this.#subscriptions = vscode.Disposable.from(
      active.onDidChange(() => {
        this.#show();
      }),
      // A language server that was started again has forgotten what was typed.
      server.onDidChange(() => {
        if (server.client === undefined) this.#select(undefined);
      }),
    );
  }

  public dispose(): void {
    this.#subscriptions.dispose();
    this.#item.dispose();
    this.#changed.dispose();
  }

  public get selected(): Joined | undefined {
    return this.#selected;
  }

  /** Lets the user choose where runs go. */
  public async choose(): Promise<void> {
    const chosen = await this.pick('Where do scripts run?', true);
    if (chosen !== undefined) this.#select(chosen === 'embedded' ? undefined : chosen);
  }

  /** Asks for a server and connects to it; undefined if the user chooses none, or it is not reached. */
  public async pick(title: string, embedded: boolean): Promise<Joined | 'embedded' | undefined> {
    const uri = this.#uri();
    if (uri === undefined || !this.#mayConnect()) return undefined;
    let known: Joined[];
    try {
      known = await this.#server.ask<Joined[]>('redlua.servers', { uri });
    } catch (error) {
      void vscode.window.showErrorMessage(`redlua: ${String(error)}`);
      return undefined;
    }
    type Item = vscode.QuickPickItem & { row?: Joined; what: 'embedded' | 'server' | 'type' };
    const item = (row: Joined): Item => {
      const words = [row.product === undefined ? '' : `${row.product} ${row.version ?? ''}`, row.confirm === undefined ? '' : 'asks for its name before writes'];
      return { label: row.name, iconPath: new vscode.ThemeIcon('server'), description: row.url ?? '', detail: words.filter((word) => word !== '').join(' · '), row, what: 'server' };
    };
    const items: Item[] = [
      ...(embedded ? [{ label: EMBEDDED, iconPath: new vscode.ThemeIcon('vm'), description: 'a keyspace of its own for each script', what: 'embedded' } as Item] : []),
      ...known.map(item),
      ...[...this.#typed.values()].map(item),
      { label: 'Type a URL …', iconPath: new vscode.ThemeIcon('edit'), description: 'redis://HOST:PORT/DATABASE', what: 'type', alwaysShow: true },
    ];
    const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: 'Names are those of [servers] in redlua.toml', matchOnDescription: true });
    if (chosen === undefined) return undefined;
    if (chosen.what === 'embedded') return 'embedded';
    if (chosen.what === 'type') return this.#type();
    return chosen.row === undefined ? undefined : this.#join(chosen.row.name, {});
  }

  /** Asks for the password of a server; false if the user gives none, or the server does not take it. */
  public async password(name: string): Promise<boolean> {
    return (await this.#join(name, {}, true)) !== undefined;
  }

  /** Asks whether a script may write; what the run is to be sent with, or undefined. */
  public async consent({ server, question, confirm }: Consent): Promise<{ write: true; confirm?: string } | undefined> {
    if (confirm === undefined) {
      const yes = `Run on ${server}`;
      const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail: 'Nothing was written so far.' }, yes);
      return chosen === yes ? { write: true } : undefined;
    }
    const typed = await vscode.window.showInputBox({
      title: question,
      prompt: `To go on, ${confirm}`,
      placeHolder: server,
      ignoreFocusOut: true,
      validateInput: (value) => (value === '' || value === server ? undefined : `That is not ${server}`),
    });
    return typed === server ? { write: true, confirm: typed } : undefined;
  }

  async #type(): Promise<Joined | undefined> {
    const url = await vscode.window.showInputBox({
      title: 'URL of the server',
      placeHolder: 'redis://localhost:6379/0, rediss://…, unix:/run/redis.sock, redis-cluster://…',
      prompt: 'It is kept until the window closes. The password is asked for next.',
      ignoreFocusOut: true,
      validateInput: (value) => (value === '' || URL.test(value) ? undefined : 'It begins with redis://, rediss:// (TLS), unix:, redis-cluster:// or rediss-cluster://'),
    });
    if (url === undefined || url === '') return undefined;
    const joined = await this.#join(undefined, { server: url });
    if (joined !== undefined) this.#typed.set(joined.name, joined);
    return joined;
  }

  /** Connects. What is secret goes through a socket, since messages of the protocol may be written into a log. */
  async #join(name: string | undefined, secret: { server?: string; password?: string }, asks = false): Promise<Joined | undefined> {
    const uri = this.#uri();
    if (uri === undefined || !this.#mayConnect()) return undefined;
    let given = secret;
    for (let wants = asks; ; ) {
      if (wants) {
        const password = await vscode.window.showInputBox({ title: `Password for ${name ?? 'the server'}`, password: true, ignoreFocusOut: true, prompt: 'It is kept until the window closes' });
        if (password === undefined) return undefined;
        given = { ...(name === undefined ? given : { server: name }), password };
      }
      let joined: Joined;
      try {
        const connect = (more: object) => this.#server.ask<Joined>('redlua.connect', { uri, ...more });
        const work = () => (Object.keys(given).length === 0 ? connect({ on: name }) : throughPipe(given, (pipe) => connect({ pipe })));
        joined = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: `Connecting to ${name ?? 'the server'}` }, work);
      } catch (error) {
        void vscode.window.showErrorMessage(`redlua: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      }
      name = joined.name;
      if (joined.problem === undefined) return joined;
      wants = joined.wants === 'password';
      if (!wants || given.password !== undefined) void vscode.window.showErrorMessage(`redlua: ${joined.problem}`);
      if (!wants) return undefined;
    }
  }

  #select(server: Joined | undefined): void {
    if (server === undefined && this.#selected === undefined) return;
    this.#selected = server;
    void vscode.commands.executeCommand('setContext', 'redlua.isReal', server !== undefined);
    this.#show();
    this.#changed.fire();
  }

  #uri(): string | undefined {
    const script = this.#active.script?.uri;
    if (script !== undefined) return script;
    const place = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
    return place === undefined ? undefined : this.#server.client?.code2ProtocolConverter.asUri(place);
  }

  #mayConnect(): boolean {
    if (vscode.workspace.isTrusted) return true;
    void vscode.window.showWarningMessage('redlua connects to no server from a folder that is not trusted.');
    return false;
  }

  #show(): void {
    const item = this.#item;
    const selected = this.#selected;
    const color = selected === undefined ? undefined : 'statusBarItem.warning';
    item.text = selected === undefined ? `$(vm) ${EMBEDDED}` : `$(server) ${described(selected)}`;
    item.tooltip = selected === undefined
      ? 'Scripts run on the embedded engine. Click to choose a real server.'
      : `Scripts run on ${described(selected)}, a real server${selected.url === undefined ? '' : ` (${selected.url})`}. Nothing is written there before you are asked.`;
    item.backgroundColor = color === undefined ? undefined : new vscode.ThemeColor(`${color}Background`);
    item.color = color === undefined ? undefined : new vscode.ThemeColor(`${color}Foreground`);
    // What is real stays in sight.
    if (selected !== undefined || this.#active.script?.status.script === true) item.show();
    else item.hide();
  }
}

/** Offers a secret by a socket that only this user reaches, to the first who asks. */
async function throughPipe<T>(secret: object, use: (pipe: string) => Promise<T>): Promise<T> {
  const folder = process.platform === 'win32' ? undefined : await mkdtemp(path.join(tmpdir(), 'redlua-'));
  const pipe = folder === undefined ? `\\\\.\\pipe\\redlua-${randomBytes(16).toString('hex')}` : path.join(folder, 'secret');
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(JSON.stringify(secret));
    listener.close();
  });
  try {
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(pipe, resolve);
    });
    return await use(pipe);
  } finally {
    listener.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
