// What the document in front of the user is: the context of menus, the status bar, and formatters for scripts alone.
import * as vscode from 'vscode';
import { HOSTS, registerFormatters, type Manifest } from './client.ts';
import { nameOf } from './names.ts';
import type { Status } from './protocol.ts';
import type { Server } from './server.ts';

/** How long nobody may have typed before it is asked anew what a document is. */
const PAUSE = 300;

export interface Script {
  uri: string;
  name: string;
  status: Status;
}

export class Active implements vscode.Disposable {
  readonly #server: Server;
  readonly #item = vscode.window.createStatusBarItem('redlua.target', vscode.StatusBarAlignment.Right, 90);
  readonly #changed = new vscode.EventEmitter<void>();
  /** Another document is in front, or it is something else now. */
  public readonly onDidChange = this.#changed.event;
  readonly #formatters = new Map<string, vscode.Disposable>();
  readonly #subscriptions: vscode.Disposable;
  /** What was noted in the output of each script, by its URI. */
  readonly #said = new Map<string, string>();
  #script: Script | undefined;
  #timer: NodeJS.Timeout | undefined;
  #round = 0;

  public constructor(server: Server) {
    this.#server = server;
    this.#item.name = 'redlua: target version';
    const isActive = (document: vscode.TextDocument) => document === vscode.window.activeTextEditor?.document;
    this.#subscriptions = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.#later(0);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && isActive(document)) this.#later(PAUSE);
      }),
      // In a file of another language the script at the cursor counts.
      vscode.window.onDidChangeTextEditorSelection(({ textEditor: { document } }) => {
        if (isActive(document) && HOSTS.includes(document.languageId)) this.#later(PAUSE);
      }),
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (document.fileName.endsWith('redlua.toml')) this.#later(PAUSE);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('redlua')) this.#later(PAUSE);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#unformat(uri.toString());
      }),
      server.onDidChange(() => {
        for (const uri of [...this.#formatters.keys()]) this.#unformat(uri);
        void vscode.commands.executeCommand('setContext', 'redlua.isRunning', server.client !== undefined);
        this.#later(0);
      }),
    );
  }

  /** The script or transcript in front of the user. */
  public get script(): Script | undefined {
    return this.#script;
  }

  public dispose(): void {
    clearTimeout(this.#timer);
    for (const uri of [...this.#formatters.keys()]) this.#unformat(uri);
    this.#subscriptions.dispose();
    this.#item.dispose();
    this.#changed.dispose();
  }

  #later(pause: number, again = true): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(again), pause);
  }

  async #look(again: boolean): Promise<void> {
    const round = ++this.#round;
    const document = vscode.window.activeTextEditor?.document;
    const client = this.#server.client;
    const isKnown = document !== undefined && ['file', 'untitled'].includes(document.uri.scheme);
    let status: Status | null = null;
    if (isKnown && client !== undefined) {
      const uri = client.code2ProtocolConverter.asUri(document.uri);
      try {
        const isHost = HOSTS.includes(document.languageId);
        const cursor = vscode.window.activeTextEditor?.selection.active;
        const position = isHost && cursor !== undefined ? { position: client.code2ProtocolConverter.asPosition(cursor) } : {};
        status = await this.#server.ask<Status | null>('redlua.status', { uri, ...position });
      } catch (error) {
        this.#server.output.debug(String(error));
      }
    }
    if (round !== this.#round) return;
    // Just opened, the server may not have heard of it.
    const isOurs = document?.languageId === 'lua' || document?.languageId === 'redis';
    if (status === null && client !== undefined && isOurs && again) this.#later(2 * PAUSE, false);
    const counts = status !== null && (status.script || status.transcript);
    if (document !== undefined && counts && status !== null) {
      this.#script = { uri: status.uri, name: nameOf(status.uri), status };
    } else {
      this.#script = undefined;
    }
    if (this.#script !== undefined) this.#log(this.#script);
    if (document !== undefined) this.#format(document, isOurs && (status?.script ?? false));
    this.#show(isOurs);
    await vscode.commands.executeCommand('setContext', 'redlua.isScript', status?.script ?? false);
    await vscode.commands.executeCommand('setContext', 'redlua.isTranscript', status?.transcript ?? false);
    this.#changed.fire();
  }

  #format(document: vscode.TextDocument, isScript: boolean): void {
    const uri = document.uri.toString();
    const client = this.#server.client;
    if (!isScript || client === undefined) {
      this.#unformat(uri);
    } else if (!this.#formatters.has(uri)) {
      this.#formatters.set(uri, registerFormatters(client, document));
    }
  }

  /** Notes for which servers a script is, once and when that changes. */
  #log({ uri, name, status }: Script): void {
    const said = `${name} is for ${status.targets.join(', ')}${status.cluster ? ' on a cluster' : ''}, as ${status.settings ?? 'the settings of the editor'} says`;
    if (this.#said.get(uri) === said) return;
    this.#said.set(uri, said);
    this.#server.output.info(said);
  }

  #unformat(uri: string): void {
    this.#formatters.get(uri)?.dispose();
    this.#formatters.delete(uri);
  }

  #show(isOurs: boolean): void {
    const item = this.#item;
    const script = this.#script;
    if (this.#server.client === undefined) {
      item.text = '$(warning) redlua';
      item.tooltip = 'The server of redlua does not run. Click to start it.';
      item.command = 'redlua.restart';
      item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
    } else if (script !== undefined) {
      const { targets, cluster, settings } = script.status;
      item.text = targets.join(', ') + (cluster ? ' cluster' : '');
      const from = settings ?? 'the settings of the editor';
      item.tooltip = new vscode.MarkdownString(
        `**redlua** ${this.#server.version}\n\nScripts here are meant for ${targets.join(', ')}${cluster ? ', on a cluster' : ''}, ` +
          `as \`${from}\` says. Click to change it.`,
      );
      item.command = 'redlua.setTarget';
      item.backgroundColor = undefined;
    }
    if (script !== undefined || (isOurs && this.#server.client === undefined)) item.show();
    else item.hide();
  }
}

/** Lets the user choose for which version the scripts are: in `redlua.toml` where there is one, else in the settings. */
export async function setTarget(script: Script | undefined, manifest: Manifest): Promise<void> {
  const file = script?.status.settings;
  if (typeof file === 'string') {
    const document = await vscode.workspace.openTextDocument(file);
    const line = Math.max(0, document.getText().split('\n').findIndex((text) => /^\s*target\b/.test(text)));
    await vscode.window.showTextDocument(document, { selection: document.lineAt(line).range });
    return;
  }
  const property = manifest.contributes.configuration.map((it) => it.properties['redlua.target']).find((it) => it !== undefined);
  const known = [...JSON.stringify(property?.oneOf ?? []).matchAll(/"((?:redis|valkey) \d+\.\d+)"/g)].map((match) => match[1]);
  const current = script?.status.targets ?? [];
  const items = [...new Set(known)].map((label = '') => ({ label, picked: current.includes(label) }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Which servers are the scripts meant for?',
    placeHolder: 'What one of these lacks is found',
    canPickMany: true,
  });
  if (chosen === undefined || chosen.length === 0) return;
  const targets = chosen.map(({ label }) => label);
  const scope = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await vscode.workspace.getConfiguration('redlua').update('target', targets.length === 1 ? targets[0] : targets, scope);
}
