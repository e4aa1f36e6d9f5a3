// Scripts in the strings of other languages have colours, which look like a promise: that they are not checked is said once.
import * as vscode from 'vscode';

const LANGUAGES: ReadonlySet<string> = new Set([
  'python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'go', 'ruby', 'java', 'php', 'csharp', 'rust', 'shellscript',
]);
const SAID = 'hosts.said';

/** Says it when the first file with such a string is in front. */
export function sayOfHosts(kept: vscode.Memento): vscode.Disposable {
  const look = (editor: vscode.TextEditor | undefined) => {
    if (editor === undefined || !LANGUAGES.has(editor.document.languageId) || kept.get<boolean>(SAID) === true) return;
    if (!/\b(?:redis|server)\.p?call\s*\(\s*['"\\]/.test(editor.document.getText())) return;
    void kept.update(SAID, true);
    void vscode.window.showInformationMessage(
      'redlua: the Lua in the strings of this file is coloured, and not checked yet. In a file of its own (.lua) it is.',
    );
  };
  look(vscode.window.activeTextEditor);
  return vscode.window.onDidChangeActiveTextEditor(look);
}
