// A script as it is loaded, with its includes pasted, in a document that cannot be edited.
import * as vscode from 'vscode';
import type { Assembled } from './protocol.ts';
import type { Server } from './server.ts';
import { Texts } from './texts.ts';

const SCHEME = 'redlua-assembled';

export class AssembledView implements vscode.Disposable {
  readonly #server: Server;
  readonly #texts = new Texts(SCHEME, () => '');

  public constructor(server: Server) {
    this.#server = server;
  }

  /** Shows a script, titled by its name and SHA1. */
  public async show(script: string | undefined): Promise<void> {
    if (script === undefined) {
      void vscode.window.showInformationMessage('redlua: open a script to see it with its includes.');
      return;
    }
    let told: Assembled;
    try {
      told = await this.#server.ask<Assembled>('redlua.showAssembled', { uri: script, show: false });
    } catch (error) {
      void vscode.window.showErrorMessage(`redlua: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const stem = told.name.replace(/\.lua$/, '');
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${stem} ${told.sha1 ?? '(library)'}.lua`, query: script });
    this.#texts.set(uri, told.text);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    if (told.missing.length > 0) {
      void vscode.window.showWarningMessage(`redlua: includes that lead nowhere: ${told.missing.join(', ')}`);
    }
  }

  public dispose(): void {
    this.#texts.dispose();
  }
}
