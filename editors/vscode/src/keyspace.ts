// The keys that a script's runs have left, as a tree: types, keys, values. They can be filtered, edited and deleted. Those of a real
// server are read when somebody asks for it, and only read.
import * as vscode from 'vscode';
import { quoted, readable } from './notation.ts';
import type { Key, Keyspace } from './protocol.ts';
import type { Script } from './active.ts';
import type { Server } from './server.ts';
import { described, type Servers } from './servers.ts';

type Node = { kind: 'head'; text: string; isProblem: boolean } | { kind: 'type'; type: string; keys: Key[] } | { kind: 'key'; key: Key } | { kind: 'value'; text: string; id: string } | { kind: 'more'; count: number };

const ICONS: Record<string, string> = {
  string: 'symbol-string',
  hash: 'symbol-object',
  list: 'list-ordered',
  set: 'symbol-enum',
  zset: 'graph',
  stream: 'pulse',
};
/** Lines of a value that the tree shows. */
const MOST_LINES = 200;
/** Characters of a value on one line. */
const MAX_LINE = 200;
/** Characters of a value that a screen reader says. */
const MAX_SAID = 80;
/** Characters of a value that its tooltip has. */
const MAX_TOOLTIP = 4000;
/** Characters of a value from the server, which cuts longer ones: what is cut cannot be edited. */
const MAX_EDITED = 10_000;

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** A key as people read it. */
function named({ key, quoted: given }: Key): string {
  return given === undefined ? key : readable(given);
}

/** How long a key has, in words. */
function left(expires: number): string {
  const seconds = Math.max(0, Math.ceil((expires - Date.now()) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

export class KeyspaceTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #server: Server;
  readonly #servers: Servers;
  /** The real server whose keys are shown; none for the engine's. */
  #on: string | undefined;
  readonly #view: vscode.TreeView<Node>;
  readonly #changed = new vscode.EventEmitter<Node | undefined>();
  public readonly onDidChangeTreeData = this.#changed.event;
  #script: Script | undefined;
  #keyspace: Keyspace | undefined;
  /** The nodes of keys that expire, whose words change with time. */
  readonly #expiring = new Set<Node & { kind: 'key' }>();
  readonly #clock: NodeJS.Timeout;
  #round = 0;
  /** What the keys that are shown have in their names. */
  #filter = '';

  public constructor(server: Server, servers: Servers) {
    this.#server = server;
    this.#servers = servers;
    this.#view = vscode.window.createTreeView('redlua.keyspace', { treeDataProvider: this, showCollapseAll: true });
    this.#view.onDidChangeVisibility(() => void this.refresh());
    this.#clock = setInterval(() => {
      this.#tick();
    }, 1000);
  }

  public dispose(): void {
    clearInterval(this.#clock);
    this.#view.dispose();
    this.#changed.dispose();
  }

  /** Shows the keys of a script from now on. */
  public async follow(script: Script): Promise<void> {
    this.#script = script;
    await this.refresh();
  }

  public get uri(): string | undefined {
    return this.#script?.uri;
  }

  /** Reads the keys again; those of a real server only when the user asks for it. */
  public async refresh(asked = false): Promise<void> {
    const script = this.#script;
    if (script === undefined || !this.#view.visible) return;
    const on = this.#servers.selected?.name;
    if (on !== undefined && on === this.#on && !asked) return;
    const round = ++this.#round;
    let keyspace: Keyspace | undefined;
    try {
      if (on === undefined || asked) keyspace = await this.#read(script, on);
    } catch (error) {
      this.#server.output.debug(String(error));
    }
    if (round !== this.#round) return;
    this.#on = on;
    this.#keyspace = keyspace;
    this.#expiring.clear();
    this.#describe();
    this.#changed.fire(undefined);
  }

  async #read({ uri }: Script, on: string | undefined): Promise<Keyspace> {
    for (;;) {
      const read = await this.#server.ask<Keyspace>('redlua.keyspace', { uri, ...(on !== undefined && { on }) });
      if (on === undefined || read.wants !== 'password' || !(await this.#servers.password(on))) return read;
    }
  }

  /** Shows only the keys with a text in their names; asks for it if none is given. */
  public async filter(given?: string): Promise<void> {
    const asked = given ?? (await vscode.window.showInputBox({ title: 'Show the keys with …', value: this.#filter, placeHolder: 'a part of the name, or of the type' }));
    if (asked === undefined) return;
    this.#filter = asked.trim();
    await vscode.commands.executeCommand('setContext', 'redlua.isFiltered', this.#filter !== '');
    this.#describe();
    this.#changed.fire(undefined);
  }

  /** Asks for another value of a string. */
  public async edit(node: unknown): Promise<void> {
    const key = keyOf(node);
    if (key?.type !== 'string' || key.value === undefined || this.#on !== undefined) return;
    if (key.value.length >= MAX_EDITED) {
      void vscode.window.showInformationMessage(`redlua: the value of ${named(key)} is too long to be edited here.`);
      return;
    }
    const before = readable(key.value);
    // What needs no quotes is edited without them.
    const plain = before.slice(1, -1);
    const isPlain = quoted(plain) === plain || `"${plain}"` === quoted(plain);
    const value = await vscode.window.showInputBox({
      title: `Value of ${named(key)}`,
      value: isPlain ? plain : before,
      prompt: isPlain ? 'As it is, or in double quotes with the escapes of redis-cli' : 'In double quotes, with the escapes of redis-cli',
    });
    if (value === undefined || value === (isPlain ? plain : before)) return;
    const word = /^".*"$/.test(value) ? value : quoted(value);
    await this.#call(key, `SET ${wordOf(key)} ${word} KEEPTTL`);
  }

  public async delete(node: unknown): Promise<void> {
    const key = keyOf(node);
    if (key !== undefined && this.#on === undefined) await this.#call(key, `DEL ${wordOf(key)}`);
  }

  async #call({ db = 0 }: Key, command: string): Promise<void> {
    const uri = this.#script?.uri;
    if (uri === undefined) return;
    const called = { uri, command, db };
    try {
      const { reply } = await this.#server.ask<{ reply: string }>('redlua.call', called);
      if (reply.startsWith('(error)')) void vscode.window.showErrorMessage(`redlua: ${reply.slice('(error) '.length)}`);
    } catch (error) {
      void vscode.window.showErrorMessage(`redlua: ${error instanceof Error ? error.message : String(error)}`);
    }
    await this.refresh();
  }

  #describe(): void {
    const { keys = [], target = '' } = this.#keyspace ?? {};
    const real = this.#on === undefined ? '' : `of ${this.#on}`;
    const of = real !== '' ? real : keys.length > 0 && this.#script ? `${this.#script.name}, ${target}` : '';
    const filtered = this.#filter === '' ? '' : `with “${this.#filter}”`;
    this.#view.description = [of, filtered].filter((word) => word !== '').join(', ');
  }

  #isShown(key: Key): boolean {
    const wanted = this.#filter.toLowerCase();
    return named(key).toLowerCase().includes(wanted) || key.type === wanted;
  }

  public getChildren(node?: Node): Node[] {
    if (node === undefined) {
      const { keys = [], more = 0 } = this.#keyspace ?? {};
      const types = new Map<string, Key[]>();
      for (const key of keys.filter((key) => this.#isShown(key))) types.set(key.type, [...(types.get(key.type) ?? []), key]);
      const groups: Node[] = [...types].sort(([a], [b]) => a.localeCompare(b)).map(([type, keys]) => ({ kind: 'type', type, keys }));
      if (more > 0) groups.push({ kind: 'more', count: more });
      return this.#on === undefined ? groups : [this.#head(this.#on), ...groups];
    }
    switch (node.kind) {
      case 'type':
        return node.keys.map((key) => {
          const child = { kind: 'key' as const, key };
          if (key.expires !== undefined) this.#expiring.add(child);
          return child;
        });
      case 'key': {
        if (node.key.type === 'string' || node.key.value === undefined) return [];
        const lines = node.key.value.split('\n');
        const shown = lines.slice(0, MOST_LINES).map((text, at): Node => ({ kind: 'value', text: cut(readable(text), MAX_LINE), id: `${identity(node.key)}/${at}` }));
        return lines.length > MOST_LINES ? [...shown, { kind: 'more', count: lines.length - MOST_LINES }] : shown;
      }
      default:
        return [];
    }
  }

  /** The first row of a real server's keys. */
  #head(on: string): Node {
    const read = this.#keyspace;
    if (read?.problem !== undefined) return { kind: 'head', text: read.problem, isProblem: true };
    const selected = this.#servers.selected;
    const name = selected?.name === on ? described(selected) : on;
    if (read === undefined) return { kind: 'head', text: `Read the keys of ${name}`, isProblem: false };
    return { kind: 'head', text: `${name}, a real server: ${read.keys.length.toLocaleString('en')} keys read`, isProblem: false };
  }

  public getTreeItem(node: Node): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    switch (node.kind) {
      case 'head': {
        const item = new vscode.TreeItem(node.text, None);
        item.id = 'head';
        item.iconPath = new vscode.ThemeIcon(node.isProblem ? 'error' : 'server', new vscode.ThemeColor(node.isProblem ? 'list.errorForeground' : 'list.warningForeground'));
        item.tooltip = 'Keys of a real server are read when you ask for it, at most 1,000 and for 3 seconds, by SCAN. Their values are not read.';
        item.command = { command: 'redlua.refreshKeyspace', title: 'Refresh Keyspace' };
        return item;
      }
      case 'type': {
        const item = new vscode.TreeItem(node.type, Expanded);
        item.id = node.type;
        item.description = String(node.keys.length);
        item.iconPath = new vscode.ThemeIcon(ICONS[node.type] ?? 'database');
        return item;
      }
      case 'key': {
        const { type, value = '', length = 0, db, expires } = node.key;
        const isReal = node.key.value === undefined;
        const key = named(node.key);
        const item = new vscode.TreeItem(key, type === 'string' || isReal ? None : Collapsed);
        item.id = identity(node.key);
        item.contextValue = isReal ? 'real' : type === 'string' ? 'string' : 'key';
        const size = isReal ? '' : type === 'string' ? cut(readable(value), MAX_LINE) : `${length} ${length === 1 ? 'item' : 'items'}`;
        const words = [size, expires === undefined ? '' : `expires in ${left(expires)}`, db === undefined ? '' : `database ${db}`];
        item.description = words.filter((word) => word !== '').join(' · ');
        item.tooltip = new vscode.MarkdownString().appendText(`${key} (${type})`);
        if (!isReal) item.tooltip.appendCodeblock(cut(readable(value), MAX_TOOLTIP), 'text');
        item.accessibilityInformation = { label: `${type} ${key}, ${words.map((word) => cut(word, MAX_SAID)).filter((word) => word !== '').join(', ')}` };
        return item;
      }
      case 'value': {
        const item = new vscode.TreeItem(node.text, None);
        item.id = node.id;
        return item;
      }
      case 'more': {
        const item = new vscode.TreeItem(`and ${node.count} more`, None);
        item.iconPath = new vscode.ThemeIcon('ellipsis');
        return item;
      }
    }
  }

  /** Copies the name or the value of a key of the tree. */
  public async copy(node: unknown, what: 'key' | 'value'): Promise<void> {
    const key = keyOf(node);
    if (key !== undefined) await vscode.env.clipboard.writeText(what === 'key' ? named(key) : readable(key.value ?? ''));
  }

  #tick(): void {
    if (!this.#view.visible || this.#expiring.size === 0) return;
    const now = Date.now();
    if (this.#on === undefined && [...this.#expiring].some(({ key }) => (key.expires ?? Infinity) <= now)) void this.refresh();
    else for (const node of this.#expiring) this.#changed.fire(node);
  }
}

/** The key of a node that a menu gives. */
function keyOf(node: unknown): Key | undefined {
  return (node as { key?: Key } | undefined)?.key;
}

/** A key as a command line has it. */
function wordOf({ key, quoted: given }: Key): string {
  return given ?? quoted(key);
}

function identity({ db, type, key }: Key): string {
  return `${db ?? 0}/${type}/${key}`;
}
