// The server's life: found, started, restarted when what it was started with changes, asked.
import * as vscode from 'vscode';
import { CodeLensRequest, DidChangeConfigurationNotification, ExecuteCommandRequest, State, WorkDoneProgressCancelNotification, type LanguageClient } from 'vscode-languageclient/node';
import { makeClient, type Manifest } from './client.ts';
import { findProgram } from './program.ts';
import { linesOf } from './report.ts';

/** Commands of the server that we call. */
const WANTED = [
  'redlua.run',
  'redlua.call',
  'redlua.updateExample',
  'redlua.runExamples',
  'redlua.resetKeyspace',
  'redlua.inputs',
  'redlua.keyspace',
  'redlua.servers',
  'redlua.connect',
  'redlua.status',
  'redlua.showAssembled',
  'redlua.explain',
  'redlua.where',
];

export class Server implements vscode.Disposable {
  public readonly output = vscode.window.createOutputChannel('redlua', { log: true });
  readonly #context: vscode.ExtensionContext;
  readonly #changed = new vscode.EventEmitter<void>();
  /** It started, or ended. */
  public readonly onDidChange = this.#changed.event;
  #client: LanguageClient | undefined;
  /** The real server that runs go to. */
  #on: string | undefined;
  /** Number of runs that have a progress of their own. */
  #runs = 0;
  /** Starts and stops, one after the other. */
  #queue: Promise<void> = Promise.resolve();

  public constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  public get client(): LanguageClient | undefined {
    return this.#client?.state === State.Running ? this.#client : undefined;
  }

  public get version(): string {
    return this.client?.initializeResult?.serverInfo?.version ?? '';
  }

  /** Starts it, again if it runs. */
  public restart(): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      await this.#stop();
      await this.#start();
    });
    return this.#queue;
  }

  /** Asks the server to carry out one of its commands. */
  public async ask<T>(command: string, argument: object, token?: vscode.CancellationToken): Promise<T> {
    await this.#queue;
    const client = this.client;
    if (client === undefined) throw new Error('the server does not run');
    return (await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] }, token)) as T;
  }

  /** Asks for a run that is cancelled by its progress: it is answered then too, by what became of it. */
  public async askToTheEnd<T>(command: string, argument: object, token: vscode.CancellationToken): Promise<T> {
    await this.#queue;
    const client = this.client;
    if (client === undefined) throw new Error('the server does not run');
    const workDoneToken = `redlua-vscode-${++this.#runs}`;
    const cancelled = token.onCancellationRequested(() => void client.sendNotification(WorkDoneProgressCancelNotification.type, { token: workDoneToken }));
    try {
      return (await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument], workDoneToken })) as T;
    } finally {
      cancelled.dispose();
    }
  }

  /** Lenses that run say from now on that they do so on a real server, or on the engine again. */
  public refreshLenses(on: string | undefined): void {
    this.#on = on;
    const provider = vscode.window.activeTextEditor && this.client?.getFeature(CodeLensRequest.method).getProvider(vscode.window.activeTextEditor.document);
    provider?.onDidChangeCodeLensEmitter.fire();
  }

  /** Tells it that settings have changed: it asks for them. */
  public async reconfigure(): Promise<void> {
    await this.client?.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
  }

  /** Ends it, and waits until it has ended. */
  public stop(): Promise<void> {
    this.#queue = this.#queue.then(() => this.#stop());
    return this.#queue;
  }

  public dispose(): void {
    this.#changed.dispose();
    this.output.dispose();
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      // One that died before has nothing to stop.
      this.output.debug(String(error));
    }
  }

  async #start(): Promise<void> {
    const setting = vscode.workspace.getConfiguration('redlua').get<string>('server.path') ?? '';
    const folder = vscode.workspace.workspaceFolders?.find((it) => it.uri.scheme === 'file')?.uri.fsPath;
    const found = findProgram(setting, this.#context.extensionPath, folder);
    const { program, looked } = found;
    const { version } = this.#context.extension.packageJSON as { version: string };
    const start = {
      extension: version,
      editor: `${vscode.env.appName} ${vscode.version}`,
      platform: `${process.platform}-${process.arch}`,
      folder,
      trusted: vscode.workspace.isTrusted,
      ...found,
    };
    for (const line of linesOf(start)) this.output.info(line);
    if (program === undefined) {
      this.#changed.fire();
      void this.#missing(looked);
      return;
    }
    const client = makeClient(program, this.#context.extension.packageJSON as Manifest, this.output, () => this.#on);
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        const { name = 'the server', version: build = 'of unknown version' } = client.initializeResult?.serverInfo ?? {};
        this.output.info(`${name} ${build} has started`);
      }
      if (newState === State.Stopped) this.output.info(`the server has ended${client === this.#client ? ' by itself' : ''}`);
      this.#changed.fire();
    });
    this.#client = client;
    try {
      await client.start();
    } catch (error) {
      this.output.error(String(error));
      this.#changed.fire();
      void this.#say(`redlua: ${program} does not start as a language server: ${String(error)}`, true);
      return;
    }
    const known = client.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
    const lacking = WANTED.filter((command) => !known.includes(command));
    if (lacking.length > 0) {
      void this.#say(`redlua: ${program} is older than the extension: it has no ${lacking.join(', ')}. Please update it.`, false);
    }
  }

  async #missing(looked: string[]): Promise<void> {
    const where = looked.join(', ');
    await this.#say(
      `redlua: the server program was not found (${where}). Install the .vsix made for your platform, which carries it; or build ` +
        'it in a clone with `cargo install --path server/cli`; or say where it is.',
      true,
    );
  }

  async #say(text: string, isError: boolean): Promise<void> {
    const choose = 'Choose Program …';
    const help = 'How to Install';
    const output = 'Show Output';
    const show = isError ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
    const chosen = await show(text, choose, help, output);
    if (chosen === output) this.output.show();
    if (chosen === help) {
      await vscode.commands.executeCommand('workbench.action.openWalkthrough', { category: 'redlua.redlua#start', step: 'server' });
    }
    if (chosen === choose) {
      const [file] = (await vscode.window.showOpenDialog({ title: 'The program redlua' })) ?? [];
      if (file !== undefined) {
        const config = vscode.workspace.getConfiguration('redlua');
        await config.update('server.path', file.fsPath, vscode.ConfigurationTarget.Global);
      }
    }
  }
}
