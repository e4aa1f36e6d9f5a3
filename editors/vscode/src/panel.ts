// The view with the form and the outcome: a webview that is told what to show and tells what was pressed.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { FromWebview, ToWebview } from './protocol.ts';

export const OUTCOME_VIEW = 'redlua.outcome';

/** Scripts whose last result is kept. */
const MAX_RESULTS = 20;

type Form = Extract<ToWebview, { kind: 'script' | 'none' }>;
type Result = Exclude<ToWebview, { kind: 'script' | 'none' | 'focus' }>;

export class Panel implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #said = new vscode.EventEmitter<FromWebview>();
  /** Something was pressed. */
  public readonly onDidSay = this.#said.event;
  #view: vscode.WebviewView | undefined;
  #isReady = false;
  #form: Form | undefined;
  /** The last result of each script, by its URI. */
  readonly #results = new Map<string, Result>();
  #focus = false;

  public constructor(extension: vscode.Uri) {
    this.#extension = extension;
  }

  public dispose(): void {
    this.#said.dispose();
  }

  public resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    this.#isReady = false;
    const dist = vscode.Uri.joinPath(this.#extension, 'dist');
    view.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    view.webview.onDidReceiveMessage((message: FromWebview) => {
      if (message.kind === 'ready') {
        this.#isReady = true;
        if (this.#form !== undefined) this.#post(this.#form);
        this.#post(this.#result());
        if (this.#focus) this.#tellFocus();
      }
      this.#said.fire(message);
    });
    view.onDidChangeVisibility(() => {
      // A hidden page is unloaded; it says that it is ready when it is back.
      if (!view.visible) this.#isReady = false;
    });
    view.onDidDispose(() => {
      this.#view = undefined;
      this.#isReady = false;
    });
    view.webview.html = this.#page(view.webview, dist);
  }

  /** Brings the view to the front; the keys still go where they went, unless the form is wanted. */
  public async show(form: boolean): Promise<void> {
    this.#focus = form;
    if (this.#view?.visible === true && !form) return;
    await vscode.commands.executeCommand(`${OUTCOME_VIEW}.focus`, { preserveFocus: !form });
    if (this.#focus && this.#isReady) this.#tellFocus();
  }

  /** Shows a script's form with that script's last result. */
  public tellForm(form: Form): void {
    const isOther = this.#uri !== (form.kind === 'script' ? form.uri : undefined);
    this.#form = form;
    if (this.#view) this.#view.description = form.kind === 'script' ? form.name : '';
    this.#post(form);
    if (isOther) this.#post(this.#result());
  }

  /** Keeps a result, and shows it if its script is the one that is shown. */
  public tell(result: Result): void {
    const { uri } = result;
    this.#results.delete(uri);
    this.#results.set(uri, result);
    const [oldest] = this.#results.keys();
    if (this.#results.size > MAX_RESULTS && oldest !== undefined) this.#results.delete(oldest);
    if (uri === this.#uri) this.#post(result);
  }

  public shows(uri: string): boolean {
    return this.#uri === uri;
  }

  get #uri(): string | undefined {
    return this.#form?.kind === 'script' ? this.#form.uri : undefined;
  }

  /** The last result of the script that is shown. */
  #result(): Result | undefined {
    if (this.#form?.kind !== 'script') return undefined;
    const { uri, name } = this.#form;
    return this.#results.get(uri) ?? { kind: 'notRun', uri, name };
  }

  #post(message: ToWebview | undefined): void {
    if (this.#isReady && message !== undefined) void this.#view?.webview.postMessage(message);
  }

  #tellFocus(): void {
    this.#focus = false;
    this.#post({ kind: 'focus' });
  }

  #page(webview: vscode.Webview, dist: vscode.Uri): string {
    const nonce = randomBytes(16).toString('base64');
    const at = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
    const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${at('style.css')}">
<title>redlua</title>
</head>
<body>
<main>
<form id="form" aria-label="Keys and arguments"></form>
<section id="result" aria-label="Outcome"></section>
</main>
<p id="status" role="status"></p>
<script nonce="${nonce}" src="${at('webview.js')}"></script>
</body>
</html>`;
  }
}
