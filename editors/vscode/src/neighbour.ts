// Peace with the Lua language server of others, which takes `redis`, `KEYS` and `ARGV` for mistakes.
import * as vscode from 'vscode';

const NEIGHBOUR = 'sumneko.lua';
const NAMES = ['redis', 'server', 'KEYS', 'ARGV', 'cjson', 'cmsgpack', 'struct', 'bit'];
const ASKED = 'neighbour.asked';

export class Neighbour {
  readonly #kept: vscode.Memento;

  public constructor(kept: vscode.Memento) {
    this.#kept = kept;
  }

  /** Tells menus whether that extension is there. */
  public note(): void {
    void vscode.commands.executeCommand('setContext', 'redlua.hasNeighbour', vscode.extensions.getExtension(NEIGHBOUR) !== undefined);
  }

  /** Offers it once, to who has that extension and a folder to keep the setting in. */
  public async offer(): Promise<void> {
    const isThere = vscode.extensions.getExtension(NEIGHBOUR) !== undefined;
    if (!isThere || vscode.workspace.workspaceFolders === undefined) return;
    if (this.#kept.get<boolean>(ASKED) === true || this.#unknown().length === 0) return;
    await this.#kept.update(ASKED, true);
    const yes = 'Tell It';
    const text = 'The Lua extension does not know the names that Redis gives to scripts, and may report them. Tell it, in the settings of this workspace?';
    if ((await vscode.window.showInformationMessage(text, yes, 'No')) === yes) await this.tell();
  }

  /** Adds the names to what the other extension knows. */
  public async tell(): Promise<void> {
    if (vscode.extensions.getExtension(NEIGHBOUR) === undefined) {
      void vscode.window.showInformationMessage(`redlua: the extension ${NEIGHBOUR} is not here, so nobody needs to be told.`);
      return;
    }
    const config = vscode.workspace.getConfiguration('Lua');
    const known = config.get<string[]>('diagnostics.globals') ?? [];
    await config.update('diagnostics.globals', [...known, ...this.#unknown()], vscode.ConfigurationTarget.Workspace);
  }

  #unknown(): string[] {
    const known = vscode.workspace.getConfiguration('Lua').get<string[]>('diagnostics.globals') ?? [];
    return NAMES.filter((name) => !known.includes(name));
  }
}
