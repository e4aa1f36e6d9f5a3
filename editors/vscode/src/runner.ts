// What the commands do: run, run with inputs, run the examples, stop, empty the keyspace; and what the form's buttons do.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Active, Script } from './active.ts';
import type { KeyspaceTree } from './keyspace.ts';
import { OUTCOME_VIEW, type Panel } from './panel.ts';
import type { Choice, Form, FromWebview, Inputs, Outcome, RunArguments, Status, Verdict } from './protocol.ts';
import { nameOf } from './names.ts';
import { quoted } from './notation.ts';
import type { Server } from './server.ts';
import type { Servers } from './servers.ts';

/** Milliseconds that a run lasts before a stop button is offered. */
const SHORT_RUN = 300;
/** Characters of a choice's title. */
const MAX_TITLE = 60;

export class Runner implements vscode.Disposable {
  readonly #server: Server;
  readonly #active: Active;
  readonly #panel: Panel;
  readonly #tree: KeyspaceTree;
  readonly #servers: Servers;
  /** The inputs of the last runs, kept from session to session. */
  readonly #kept: vscode.Memento;
  /** What the form is about, which stays when another kind of file comes to the front. */
  #shown: Script | undefined;
  /** The function that the form is about, of a library. */
  #function: string | undefined;
  #round = 0;
  readonly #ran = new vscode.EventEmitter<void>();
  /** A script ran, whatever came of it. */
  public readonly onDidRun = this.#ran.event;
  /** The last run of each script that has not ended, by the script's URI. */
  readonly #busy = new Map<string, vscode.CancellationTokenSource>();

  public constructor(server: Server, active: Active, panel: Panel, tree: KeyspaceTree, servers: Servers, kept: vscode.Memento) {
    this.#server = server;
    this.#active = active;
    this.#panel = panel;
    this.#tree = tree;
    this.#servers = servers;
    this.#kept = kept;
    panel.tellForm({ kind: 'none', trusted: vscode.workspace.isTrusted });
  }

  public dispose(): void {
    this.stop();
    this.#ran.dispose();
  }

  /** Ends the runs that have not ended. */
  public stop(): void {
    for (const source of this.#busy.values()) source.cancel();
  }

  /** The document in front, or what it is, has changed. */
  public async follow(): Promise<void> {
    const script = this.#active.script;
    if (script === undefined) return;
    if (script.uri !== this.#shown?.uri) this.#function = undefined;
    this.#shown = script;
    await this.#offer(script);
    await this.#tree.follow(script);
  }

  public async run(given: Partial<RunArguments> | string | undefined): Promise<void> {
    if (!this.#mayRun()) return;
    const script = await this.#script(typeof given === 'string' ? { uri: given } : given);
    if (script === undefined) return;
    const asked: RunArguments = { ...(typeof given === 'object' ? given : {}), uri: script.uri };
    const chosen = await this.#chooseFunction(script, asked.function);
    if (chosen === null) return;
    this.#shown = script;
    this.#function = chosen;
    if (asked.ask === true) {
      await this.#offer(script);
      await this.#panel.show(true);
      return;
    }
    const inputs: RunArguments = { uri: script.uri };
    if (asked.on !== undefined) inputs.on = asked.on;
    if (chosen !== undefined) inputs.function = chosen;
    const known = asked.keys === undefined && asked.args === undefined ? await this.#last(script, chosen) : asked;
    if (known?.keys !== undefined) inputs.keys = known.keys;
    if (known?.args !== undefined) inputs.args = known.args;
    if (asked.example !== undefined) inputs.example = asked.example;
    await this.#run(script, inputs);
  }

  /** Runs on a server that the user chooses now. */
  public async runOn(given: Partial<RunArguments> | undefined): Promise<void> {
    if (!this.#mayRun()) return;
    const server = await this.#servers.pick('Run on which server?', false);
    if (server !== undefined && server !== 'embedded') await this.run({ ...given, on: server.name });
  }

  public async examples(given: { uri: string } | undefined): Promise<void> {
    if (!this.#mayRun()) return;
    const script = await this.#script(given);
    if (script === undefined) return;
    const { uri, name } = script;
    await this.#bring(script);
    const target = script.status.targets[0] ?? '';
    await this.#attempt(script, `the examples of ${name}`, async (token) => {
      const verdicts = await this.#server.ask<Verdict[]>('redlua.runExamples', { uri }, token);
      return () => {
        this.#panel.tell({ kind: 'examples', uri, name, target, verdicts });
      };
    });
  }

  public async reset(given: { uri: string } | string | undefined): Promise<void> {
    const uri = typeof given === 'string' ? given : (given?.uri ?? this.#tree.uri ?? this.#active.script?.uri);
    if (uri === undefined) return;
    await this.#server.ask('redlua.resetKeyspace', { uri });
    await this.#tree.refresh();
  }

  /** Something was pressed in the panel. */
  public async hear(message: FromWebview): Promise<void> {
    const shown = this.#shown;
    switch (message.kind) {
      case 'run':
        if (this.#mayRun() && shown !== undefined) await this.#run(shown, { ...message.inputs, fresh: message.fresh });
        return;
      case 'examples':
        await this.examples(message);
        return;
      case 'stop':
        this.stop();
        return;
      case 'function':
        this.#function = message.name;
        if (shown !== undefined) await this.#offer(shown);
        return;
      case 'reveal':
        await reveal(message.uri, message.line, message.path);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'trust':
        await vscode.commands.executeCommand('workbench.trust.manage');
        return;
      case 'ready':
    }
  }

  async #run(script: Script, argument: RunArguments): Promise<void> {
    const { uri } = script;
    const name = argument.function === undefined ? script.name : `${argument.function} of ${script.name}`;
    await this.#bring(script);
    const target = script.status.targets[0] ?? '';
    const on = argument.on ?? this.#servers.selected?.name;
    await this.#attempt(script, name, async (token) => {
      const outcome = on === undefined ? await this.#server.ask<Outcome | null>('redlua.run', argument, token) : await this.#runReal(argument, on, token);
      this.#ran.fire();
      if (outcome === null) return undefined;
      if (outcome.inputs !== undefined && outcome.inputs.madeUp !== true) {
        const { keys, args } = outcome.inputs;
        await this.#kept.update(keptAs(uri, argument.function), { keys, args });
      }
      return async () => {
        this.#panel.tell({ kind: 'outcome', uri, name, target, outcome });
        await this.#offer(script);
        await this.#tree.follow(script);
      };
    });
  }

  /** Runs on a real server, and asks for what lacks: the password, and consent to writes. */
  async #runReal({ uri, keys, args, function: name }: RunArguments, on: string, token: vscode.CancellationToken): Promise<Outcome | null> {
    const argument: RunArguments = { uri, on, ...(keys && { keys }), ...(args && { args }), ...(name !== undefined && { function: name }) };
    for (;;) {
      const outcome = await this.#server.askToTheEnd<Outcome | null>('redlua.run', argument, token);
      if (outcome === null || token.isCancellationRequested) return outcome;
      if (outcome.wants === 'password') {
        if (!(await this.#servers.password(on))) return outcome;
      } else if (outcome.consent !== undefined && argument.write === undefined) {
        const given = await this.#servers.consent(outcome.consent);
        if (given === undefined) return outcome;
        Object.assign(argument, given);
      } else {
        return outcome;
      }
    }
  }

  /** Brings the view with a script's form to the front. */
  async #bring(script: Script): Promise<void> {
    this.#shown = script;
    if (!this.#panel.shows(script.uri)) await this.#offer(script);
    await this.#panel.show(false);
  }

  /** Runs, and shows the result unless a later run of the script has begun. */
  async #attempt(script: Script, name: string, work: (token: vscode.CancellationToken) => Promise<Shown>): Promise<void> {
    const { uri } = script;
    this.#busy.get(uri)?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.#busy.set(uri, source);
    const isLast = () => this.#busy.get(uri) === source;
    this.#panel.tell({ kind: 'running', uri, name });
    const timer = setTimeout(() => void busy(true), SHORT_RUN);
    try {
      const show = await vscode.window.withProgress({ location: { viewId: OUTCOME_VIEW } }, () => work(source.token));
      if (!isLast()) return;
      if (show === undefined) this.#panel.tell({ kind: 'notRun', uri, name: script.name });
      else await show();
    } catch (error) {
      if (!isLast()) return;
      const message = error instanceof Error ? error.message : String(error);
      if (source.token.isCancellationRequested) this.#panel.tell({ kind: 'stopped', uri, name });
      else this.#panel.tell({ kind: 'failed', uri, name: script.name, message });
    } finally {
      clearTimeout(timer);
      source.dispose();
      if (isLast()) this.#busy.delete(uri);
      if (this.#busy.size === 0) await busy(false);
    }
  }

  /** Whether scripts may run; if not, the user is told why. */
  #mayRun(): boolean {
    if (vscode.workspace.isTrusted) {
      if (this.#server.client !== undefined) return true;
      void vscode.commands.executeCommand('redlua.restart');
      return false;
    }
    const manage = 'Manage Workspace Trust';
    void vscode.window
      .showWarningMessage('redlua runs nothing in a folder that is not trusted: a script may take time and memory.', manage)
      .then((chosen) => chosen === manage && vscode.commands.executeCommand('workbench.trust.manage'));
    return false;
  }

  async #script(given: { uri?: string } | undefined): Promise<Script | undefined> {
    const uri = given?.uri ?? this.#active.script?.uri ?? this.#shown?.uri;
    if (uri === undefined) {
      void vscode.window.showInformationMessage('redlua: open a script to run it. A Lua file is one when it calls redis.call or reads KEYS.');
      return undefined;
    }
    try {
      const status = await this.#server.ask<Status | null>('redlua.status', { uri });
      if (status !== null) return { uri: status.uri, name: nameOf(status.uri), status };
    } catch (error) {
      this.#server.output.error(String(error));
    }
    void vscode.window.showWarningMessage(`redlua: the server does not know ${uri}.`);
    return undefined;
  }

  /** The function to run of a library; null when the user chose none. */
  async #chooseFunction({ status }: Script, asked: string | undefined): Promise<string | undefined | null> {
    if (!status.library || asked !== undefined) return asked;
    if (status.functions.length < 2) return status.functions[0];
    return (await vscode.window.showQuickPick(status.functions, { title: 'Run which function?' })) ?? null;
  }

  /** Tells the panel what the script may be run with. */
  async #offer(script: Script): Promise<void> {
    const { uri, name, status } = script;
    const round = ++this.#round;
    if (status.library) this.#function ??= status.functions[0];
    const runs = status.script && (!status.library || this.#function !== undefined);
    const form = runs ? await this.#form(script, this.#function) : undefined;
    // Another form was asked for meanwhile.
    if (round !== this.#round) return;
    const on = this.#servers.selected?.name;
    this.#panel.tellForm({ kind: 'script', uri, name, status, form, trusted: vscode.workspace.isTrusted, ...(on !== undefined && { on }) });
  }

  async #form({ uri }: Script, name: string | undefined): Promise<Form | undefined> {
    const argument = name === undefined ? { uri } : { uri, function: name };
    try {
      const form = await this.#server.ask<Form>('redlua.inputs', argument);
      const kept = this.#kept.get<Pick<Inputs, 'keys' | 'args'>>(keptAs(uri, name));
      const fits = kept?.keys.length === form.keys.length && kept.args.length === form.args.length;
      // What the server remembers of this session is newer.
      if (kept === undefined || !fits || form.choices[0]?.from === 'last') return form;
      form.keys.forEach((field, at) => (field.value = kept.keys[at] ?? ''));
      form.args.forEach((field, at) => (field.value = kept.args[at] ?? ''));
      const title = [kept.keys.length, ...kept.keys, ...kept.args].map((word) => quoted(String(word))).join(' ');
      const last: Choice = { title: title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE)}…` : title, from: 'last', ...kept };
      form.choices.unshift(last);
      return form;
    } catch (error) {
      this.#server.output.debug(String(error));
      return undefined;
    }
  }

  /** The inputs of the last run of this or an earlier session. */
  async #last(script: Script, name: string | undefined): Promise<Pick<Inputs, 'keys' | 'args'> | undefined> {
    return (await this.#form(script, name))?.choices.find(({ from }) => from === 'last');
  }
}

/** Shows what a run gave. */
type Shown = (() => Promise<void> | void) | undefined;

function busy(isBusy: boolean): Thenable<void> {
  return vscode.commands.executeCommand('setContext', 'redlua.isBusy', isBusy);
}

function keptAs(uri: string, name: string | undefined): string {
  return `inputs:${uri}#${name ?? ''}`;
}

/** Shows a line, counted from 1, of a file or of one that it includes. */
async function reveal(uri: string, line: number, included: string | undefined): Promise<void> {
  // A script in a string is a part of its file.
  let place = vscode.Uri.parse(uri).with({ fragment: '' });
  if (included !== undefined) {
    const folder = vscode.workspace.getWorkspaceFolder(place)?.uri ?? vscode.Uri.joinPath(place, '..');
    place = path.isAbsolute(included) ? vscode.Uri.file(included) : vscode.Uri.joinPath(folder, included);
  }
  const open = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === place.toString());
  const document = open?.document ?? (await vscode.workspace.openTextDocument(place));
  const { range } = document.lineAt(Math.min(Math.max(line, 1), document.lineCount) - 1);
  const column = open?.viewColumn ?? vscode.ViewColumn.One;
  await vscode.window.showTextDocument(document, { selection: range, viewColumn: column });
}
