// Pages about rules, commands and functions of the sandbox, shown as a Markdown preview.
import * as vscode from 'vscode';
import type { Page } from './protocol.ts';
import type { Server } from './server.ts';
import { Texts } from './texts.ts';

const SCHEME = 'redlua-explain';

export class Explanations implements vscode.Disposable {
  readonly #server: Server;
  /** The pages of places. Those of names alone are asked for when they are shown. */
  readonly #texts: Texts;

  public constructor(server: Server) {
    this.#server = server;
    this.#texts = new Texts(SCHEME, async (uri) => {
      const name = uri.path.slice(1).replace(/\.md$/, '');
      return (await server.ask<Page>('redlua.explain', { name, show: false })).markdown;
    });
  }

  /** Shows the page of a name, without one that of what the cursor is at. */
  public async show(name: string | undefined): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const client = this.#server.client;
    if (client === undefined || (name === undefined && editor === undefined)) return;
    const convert = client.code2ProtocolConverter;
    const place = editor && { uri: convert.asUri(editor.document.uri), position: convert.asPosition(editor.selection.active) };
    let page: Page;
    try {
      page = await this.#server.ask<Page>('redlua.explain', { ...(name === undefined ? place : { name }), show: false });
    } catch (error) {
      void vscode.window.showInformationMessage(`redlua: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    // What a place has may be more than the page of its name.
    const query = name === undefined && editor !== undefined ? `${editor.document.version}:${editor.document.offsetAt(editor.selection.active)}` : '';
    const uri = uriOf(page.name, query);
    this.#texts.set(uri, page.markdown);
    await vscode.commands.executeCommand('vscode.open', uri);
  }

  public dispose(): void {
    this.#texts.dispose();
  }
}

/** Lets the links of findings lead to the pages in the editor. */
export function linked(findings: vscode.Diagnostic[]): vscode.Diagnostic[] {
  for (const { code } of findings) {
    if (typeof code === 'object') code.target = uriOf(String(code.value));
  }
  return findings;
}

/** The page of a name. `package.json` says that such documents are shown as previews. */
function uriOf(name: string, query = ''): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name}.md`, query });
}
