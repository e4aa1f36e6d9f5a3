// From an error of a server's to the script and the line that it came from.
import * as vscode from 'vscode';
import type { Place } from './protocol.ts';
import type { Server } from './server.ts';
import { isScriptError } from './script-error.ts';

const PROMPT = 'The error of a server, or of a client library, as it stands in a log';

export async function findScript(server: Server): Promise<void> {
  const copied = (await vscode.env.clipboard.readText()).trim();
  const error = await vscode.window.showInputBox({
    title: 'Find the Script of an Error',
    prompt: PROMPT,
    placeHolder: 'ERR … script: 8f6c…, on @user_script:12.',
    ignoreFocusOut: true,
    value: isScriptError(copied) ? copied.replace(/\s+/g, ' ') : '',
  });
  if (error === undefined || error.trim() === '') return;
  let places: Place[];
  try {
    places = await server.ask<Place[]>('redlua.where', { error, show: false });
  } catch (failed) {
    void vscode.window.showErrorMessage(`redlua: ${failed instanceof Error ? failed.message : String(failed)}`);
    return;
  }
  const place = places.length > 1 ? await choose(places) : places[0];
  if (place === undefined) {
    if (places.length === 0) void vscode.window.showWarningMessage('redlua: no script of the workspace is the one that the error names. It may have been loaded from another version of a file.');
    return;
  }
  if (place.uri === null) return;
  const line = place.line ?? 0;
  const selection = new vscode.Range(line, 0, line, 0);
  await vscode.window.showTextDocument(vscode.Uri.parse(place.uri), { selection });
}

/** One of several places: scripts of the same text, or functions of the same name. */
async function choose(places: Place[]): Promise<Place | undefined> {
  const rows = places.flatMap((place) => {
    if (place.uri === null) return [];
    const path = vscode.workspace.asRelativePath(vscode.Uri.parse(place.uri));
    const script = place.script !== null && place.script !== place.uri ? vscode.workspace.asRelativePath(vscode.Uri.parse(place.script)) : undefined;
    return [{ label: `${path}:${(place.line ?? 0) + 1}`, ...(script === undefined ? {} : { description: `in ${script}` }), place }];
  });
  return (await vscode.window.showQuickPick(rows, { title: 'The error may have come from' }))?.place;
}
