// ✓ and ✗ beside examples, in the colours of tests. The server tells them as inlay hints, which have one colour.
import * as vscode from 'vscode';
import type { InlayHintsMiddleware } from 'vscode-languageclient';

const PASSED = decoration('testing.iconPassed');
const FAILED = decoration('testing.iconFailed');

function decoration(color: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    after: { color: new vscode.ThemeColor(color), margin: '0 0 0 1ch' },
  });
}

/** The hints of a document's range, without the verdicts, which are drawn here. */
export const provideInlayHints: NonNullable<InlayHintsMiddleware['provideInlayHints']> = async (document, range, token, next) => {
  // Of all the document, for two editors may show two parts of it, and each asks for its own.
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const { version } = document;
  const hints = (await next(document, whole, token)) ?? [];
  const verdicts = hints.map((hint) => ({ hint, passed: passed(hint) })).filter(({ passed }) => passed !== undefined);
  if (document.version === version && !token.isCancellationRequested) {
    for (const editor of vscode.window.visibleTextEditors.filter((editor) => editor.document === document)) {
      for (const [type, wanted] of [[PASSED, true], [FAILED, false]] as const) {
        editor.setDecorations(type, verdicts.filter(({ passed }) => passed === wanted).map(({ hint }) => drawn(hint, wanted)));
      }
    }
  }
  return hints.filter((hint) => range.contains(hint.position) && passed(hint) === undefined);
};

/** Whether the example of a hint passed; undefined for other hints. */
function passed(hint: vscode.InlayHint): boolean | undefined {
  const data = (hint as { data?: unknown }).data;
  return typeof data === 'object' && data !== null && 'passed' in data && typeof data.passed === 'boolean' ? data.passed : undefined;
}

function drawn({ position, label, tooltip }: vscode.InlayHint, wasPassed: boolean): vscode.DecorationOptions {
  const contentText = typeof label === 'string' ? label : label.map(({ value }) => value).join('');
  return {
    // One that failed covers nothing, so that the hover of its command is found.
    range: new vscode.Range(position.line, wasPassed ? 0 : position.character, position.line, position.character),
    renderOptions: { after: { contentText } },
    // What differs is a finding, whose hover tells more.
    ...(tooltip === undefined || !wasPassed ? {} : { hoverMessage: tooltip }),
  };
}
