// Documents that cannot be edited and are nowhere on the disk, by a scheme of their own.
import * as vscode from 'vscode';

export class Texts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  /** The texts of the documents that are open, by URI. */
  readonly #texts = new Map<string, string>();
  readonly #ask: (uri: vscode.Uri) => Promise<string> | string;
  readonly #subscriptions: vscode.Disposable;

  /** Documents of a scheme; a text that was not set is asked for. */
  public constructor(scheme: string, ask: (uri: vscode.Uri) => Promise<string> | string) {
    this.#ask = ask;
    this.#subscriptions = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
    );
  }

  public set(uri: vscode.Uri, text: string): void {
    this.#texts.set(uri.toString(), text);
  }

  public provideTextDocumentContent(uri: vscode.Uri): Promise<string> | string {
    return this.#texts.get(uri.toString()) ?? this.#ask(uri);
  }

  public dispose(): void {
    this.#subscriptions.dispose();
  }
}
