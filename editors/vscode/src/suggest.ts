// Commands stand in strings, where the editor suggests nothing by itself while one types: only behind the quote. Whoever comes
// back to an empty string would have to ask.
import * as vscode from 'vscode';
import type { Active } from './active.ts';

/** The first letter within a string that is an argument of a call. */
const FIRST_LETTER = /call\s*\((?:[^'"]|'[^']*'|"[^"]*")*['"][A-Za-z]$/;

export function suggestInStrings(active: Active): vscode.Disposable {
  return vscode.workspace.onDidChangeTextDocument(({ document, contentChanges: [change, another] }) => {
    if (change === undefined || another !== undefined || !/^[A-Za-z]$/.test(change.text)) return;
    if (document !== vscode.window.activeTextEditor?.document || active.script?.status.script !== true) return;
    const config = vscode.workspace.getConfiguration('editor', document);
    const quick = config.get<boolean | { other?: boolean | string; strings?: boolean | string }>('quickSuggestions');
    // Who wants no suggestions gets none, and who wants them in strings has them.
    const { other = quick, strings = quick } = typeof quick === 'object' ? quick : {};
    const isOff = (value: unknown) => value === false || value === 'off' || value === 'inline';
    if (isOff(other) || !isOff(strings)) return;
    const { start } = change.range;
    const before = document.lineAt(start.line).text.slice(0, start.character + 1);
    if (FIRST_LETTER.test(before)) void vscode.commands.executeCommand('editor.action.triggerSuggest');
  });
}
