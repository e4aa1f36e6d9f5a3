// The keys that a script's runs have left, as a tree: types, keys, values.
import * as vscode from 'vscode';
import type { Key, Keyspace } from './protocol.ts';
import type { Script } from './active.ts';
import type { Server } from './server.ts';

type Node = { kind: 'type'; type: string; keys: Key[] } | { kind: 'key'; key: Key } | { kind: 'value'; text: string; id: string } | { kind: 'more'; count: number };

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

/** How long a key has, in words. */
function left(expires: number): string {
  const seconds = Math.max(0, Math.ceil((expires - Date.now()) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

export class KeyspaceTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #server: Server;
  readonly #view: vscode.TreeView<Node>;
  readonly #changed = new vscode.EventEmitter<Node | undefined>();
  public readonly onDidChangeTreeData = this.#changed.event;
  #script: Script | undefined;
  #keyspace: Keyspace | undefined;
  /** The nodes of keys that expire, whose words change with time. */
  readonly #expiring = new Set<Node & { kind: 'key' }>();
  readonly #clock: NodeJS.Timeout;
  #round = 0;

  public constructor(server: Server) {
    this.#server = server;
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

  public async refresh(): Promise<void> {
    const script = this.#script;
    if (script === undefined || !this.#view.visible) return;
    const round = ++this.#round;
    let keyspace: Keyspace | undefined;
    try {
      keyspace = await this.#server.ask<Keyspace>('redlua.keyspace', { uri: script.uri });
    } catch (error) {
      this.#server.output.debug(String(error));
    }
    if (round !== this.#round) return;
    this.#keyspace = keyspace;
    this.#expiring.clear();
    this.#view.description = keyspace?.keys.length ? `${script.name}, ${keyspace.target}` : '';
    this.#changed.fire(undefined);
  }

  public getChildren(node?: Node): Node[] {
    if (node === undefined) {
      const { keys = [], more = 0 } = this.#keyspace ?? {};
      const types = new Map<string, Key[]>();
      for (const key of keys) types.set(key.type, [...(types.get(key.type) ?? []), key]);
      const groups: Node[] = [...types].sort(([a], [b]) => a.localeCompare(b)).map(([type, keys]) => ({ kind: 'type', type, keys }));
      return more > 0 ? [...groups, { kind: 'more', count: more }] : groups;
    }
    switch (node.kind) {
      case 'type':
        return node.keys.map((key) => {
          const child = { kind: 'key' as const, key };
          if (key.expires !== undefined) this.#expiring.add(child);
          return child;
        });
      case 'key': {
        if (node.key.type === 'string') return [];
        const lines = node.key.value.split('\n');
        const shown = lines.slice(0, MOST_LINES).map((text, at): Node => ({ kind: 'value', text, id: `${identity(node.key)}/${at}` }));
        return lines.length > MOST_LINES ? [...shown, { kind: 'more', count: lines.length - MOST_LINES }] : shown;
      }
      default:
        return [];
    }
  }

  public getTreeItem(node: Node): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    switch (node.kind) {
      case 'type': {
        const item = new vscode.TreeItem(node.type, Expanded);
        item.id = node.type;
        item.description = String(node.keys.length);
        item.iconPath = new vscode.ThemeIcon(ICONS[node.type] ?? 'database');
        return item;
      }
      case 'key': {
        const { key, type, value, length, db, expires } = node.key;
        const item = new vscode.TreeItem(key, type === 'string' ? None : Collapsed);
        item.id = identity(node.key);
        item.contextValue = 'key';
        const size = type === 'string' ? value.split('\n', 1)[0] : `${length} ${length === 1 ? 'item' : 'items'}`;
        const words = [size, expires === undefined ? '' : `expires in ${left(expires)}`, db === undefined ? '' : `database ${db}`];
        item.description = words.filter((word) => word !== '').join(' · ');
        item.tooltip = new vscode.MarkdownString().appendText(`${key} (${type})`).appendCodeblock(value, 'text');
        item.accessibilityInformation = { label: `${type} ${key}, ${item.description}` };
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
    const key = (node as { key?: Key } | undefined)?.key;
    if (key !== undefined) await vscode.env.clipboard.writeText(key[what]);
  }

  #tick(): void {
    if (!this.#view.visible || this.#expiring.size === 0) return;
    const now = Date.now();
    if ([...this.#expiring].some(({ key }) => (key.expires ?? Infinity) <= now)) void this.refresh();
    else for (const node of this.#expiring) this.#changed.fire(node);
  }
}

function identity({ db, type, key }: Key): string {
  return `${db ?? 0}/${type}/${key}`;
}
