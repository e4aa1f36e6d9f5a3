// The view with the form and the outcome: a webview that is told what to show and tells what was pressed.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { FromWebview, ToWebview } from './protocol.ts';

export const OUTCOME_VIEW = 'redlua.outcome';

export class Panel implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #said = new vscode.EventEmitter<FromWebview>();
  /** Something was pressed. */
  public readonly onDidSay = this.#said.event;
  #view: vscode.WebviewView | undefined;
  #isReady = false;
  /** What is shown; told anew when the view is made anew. */
  #script: ToWebview | undefined;
  #result: ToWebview | undefined;
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
        for (const known of [this.#script, this.#result]) if (known) void view.webview.postMessage(known);
        if (this.#focus) this.#tellFocus();
      }
      this.#said.fire(message);
    });
    view.onDidDispose(() => {
      this.#view = undefined;
    });
    view.webview.html = this.#page(view.webview, dist);
  }

  /** Brings the view to the front; the keys still go where they went, unless the form is wanted. */
  public async show(form: boolean): Promise<void> {
    this.#focus = form;
    if (this.#view?.visible === true && !form) return;
    await vscode.commands.executeCommand(`${OUTCOME_VIEW}.focus`, { preserveFocus: !form });
    if (form && this.#isReady) this.#tellFocus();
  }

  public tell(message: ToWebview): void {
    if (message.kind === 'script' || message.kind === 'none') this.#script = message;
    else if (message.kind !== 'focus') this.#result = message;
    if (this.#view && 'name' in message) this.#view.description = message.name;
    if (this.#isReady) void this.#view?.webview.postMessage(message);
  }

  #tellFocus(): void {
    this.#focus = false;
    void this.#view?.webview.postMessage({ kind: 'focus' } satisfies ToWebview);
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
