// The language client, without what would get into the way of other Lua extensions or of our own commands.
import * as vscode from 'vscode';
import {
  CodeLensRequest,
  DocumentFormattingRequest,
  DocumentOnTypeFormattingRequest,
  DocumentRangeFormattingRequest,
  ExecuteCommandRequest,
  InlayHintRequest,
  LanguageClient,
  State,
  vsdiag,
  type MessageSignature,
  type DynamicFeature,
  type LanguageClientOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { linked } from './explain.ts';
import { provideInlayHints } from './verdicts.ts';

/** Languages of scripts. */
const LANGUAGES = ['lua', 'redis'];

/** Languages whose strings may hold scripts. A test compares them with those that the server registers for. */
export const HOSTS: readonly string[] = [
  'python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'vue', 'svelte', 'go', 'java', 'kotlin', 'php', 'ruby',
  'csharp', 'rust', 'shellscript', 'markdown', 'mdx',
];

/** Whether scripts in files of other languages are wanted. */
export function wantsHosts(): boolean {
  return vscode.workspace.getConfiguration('redlua').get<boolean>('otherLanguages') ?? true;
}

const SCRIPTS = LANGUAGES.flatMap((language) => ['file', 'untitled'].map((scheme) => ({ scheme, language })));

/** What we do ourselves: commands show their results in our views, and formatters are registered for scripts alone. */
const OURS: ReadonlySet<string> = new Set([
  ExecuteCommandRequest.method,
  DocumentFormattingRequest.method,
  DocumentRangeFormattingRequest.method,
  DocumentOnTypeFormattingRequest.method,
]);

class Client extends LanguageClient {
  public override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ('registrationType' in feature && OURS.has(feature.registrationType.method)) return;
    super.registerFeature(feature);
  }

  /** While the server does not run, features have no answer; of that the user is told once, elsewhere. */
  public override handleFailedRequest<T>(
    type: MessageSignature,
    token: vscode.CancellationToken | undefined,
    error: unknown,
    defaultValue: T,
    showNotification?: boolean,
    throwOnCancel?: boolean,
  ): T {
    if (this.state !== State.Running) return defaultValue;
    return super.handleFailedRequest(type, token, error, defaultValue, showNotification, throwOnCancel);
  }
}

/** The settings that somebody has set. The defaults are the server's own, for some depend on others. */
function settings(manifest: Manifest, scope: vscode.Uri | undefined): unknown {
  const config = vscode.workspace.getConfiguration('redlua', scope ?? null);
  const out: Record<string, unknown> = {};
  for (const section of manifest.contributes.configuration) {
    for (const name of Object.keys(section.properties)) {
      const words = name.split('.').slice(1);
      const last = words.pop();
      const found = config.inspect([...words, last].join('.'));
      const set = [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue];
      if (last === undefined || set.every((value) => value === undefined)) continue;
      let table = out;
      for (const word of words) table = (table[word] ??= {}) as Record<string, unknown>;
      table[last] = config.get([...words, last].join('.'));
    }
  }
  return out;
}

export interface Manifest {
  contributes: { configuration: { properties: Record<string, { oneOf?: unknown }> }[] };
}

/** Says in the titles of lenses that they run on a real server. */
function named(lenses: vscode.CodeLens[], on: string): vscode.CodeLens[] {
  for (const { command } of lenses) {
    if (command?.command === 'redlua.run') command.title = command.title.replace(/ ?(with…)?$/, (_, more?: string) => ` on ${on}${more === undefined ? '' : ` ${more}`}`);
  }
  return lenses;
}

/** Makes the client. `server` tells which real server runs go to, if not to the engine. */
export function makeClient(program: string, manifest: Manifest, output: vscode.LogOutputChannel, server: () => string | undefined): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: [
      ...SCRIPTS,
      { scheme: 'file', pattern: '**/redlua.toml' },
      // Plain: of providers with finer selectors the workbench asks those alone.
      ...(wantsHosts() ? HOSTS.map((language) => ({ language })) : []),
    ],
    initializationOptions: {
      redlua: { inputs: true, runs: vscode.workspace.isTrusted, hosts: wantsHosts() },
      ...(settings(manifest, undefined) as object),
    },
    outputChannel: output,
    middleware: {
      // The widget shows the detail above the documentation: what both say is said once.
      resolveCompletionItem: async (item, token, next) => {
        const found = await next(item, token);
        const words = found?.documentation;
        if (words instanceof vscode.MarkdownString && found?.detail !== undefined) words.value = words.value.replace(`${found.detail}\n`, '');
        return found;
      },
      handleDiagnostics: (uri, findings, next) => {
        next(uri, linked(findings));
      },
      provideDiagnostics: async (document, previous, token, next) => {
        const report = await next(document, previous, token);
        if (report?.kind === vsdiag.DocumentDiagnosticReportKind.full) linked(report.items);
        return report;
      },
      provideWorkspaceDiagnostics: (previous, token, reporter, next) =>
        next(previous, token, (chunk) => {
          for (const report of chunk?.items ?? []) if (report.kind === vsdiag.DocumentDiagnosticReportKind.full) linked(report.items);
          reporter(chunk);
        }),
      // Scripts are run by lenses, buttons and menus; a list of fixes need not offer it too.
      provideCodeActions: async (document, range, context, token, next) => {
        const found = await next(document, range, context, token);
        return context.only === undefined ? found?.filter((action) => !('kind' in action && action.kind.value === 'redlua.run')) : found;
      },
      provideCodeLenses: async (document, token, next) => {
        const heard = hearMissed(client.getFeature(CodeLensRequest.method).getProvider(document)?.onDidChangeCodeLensEmitter);
        try {
          const [lenses, on] = [await next(document, token), server()];
          return lenses && on !== undefined ? named(lenses, on) : lenses;
        } finally {
          heard();
        }
      },
      provideInlayHints: async (document, range, token, next) => {
        const heard = hearMissed(client.getFeature(InlayHintRequest.method).getProvider(document)?.onDidChangeInlayHints);
        try {
          return await provideInlayHints(document, range, token, next);
        } finally {
          heard();
        }
      },
      workspace: {
        configuration: (params) =>
          params.items.map(({ section, scopeUri }): unknown => {
            const scope = scopeUri === undefined ? undefined : vscode.Uri.parse(scopeUri);
            if (section === 'redlua') return settings(manifest, scope);
            return vscode.workspace.getConfiguration(undefined, scope ?? null).get<unknown>(section ?? '') ?? null;
          }),
      },
    },
  };
  const client = new Client('redlua', 'redlua', { command: program, args: ['lsp'] }, options);
  return client;
}

/** What we say again ourselves is no news. */
let saysAgain = false;

/** Until the workbench listens again after an answer, in milliseconds. */
const DEAF = 250;

/**
 * The workbench does not listen for changes of hints while it waits for hints (seen in 1.139), nor of lenses, so a run that ends
 * meanwhile would stay unseen. What comes from now until shortly after the answer is said again. To be called with the answer.
 */
function hearMissed(changed: vscode.EventEmitter<void> | undefined): () => void {
  let missed = false;
  const ear = changed?.event(() => {
    missed ||= !saysAgain;
  });
  return () => {
    setTimeout(() => {
      ear?.dispose();
      if (!missed) return;
      saysAgain = true;
      changed?.fire();
      saysAgain = false;
    }, DEAF);
  };
}

/** Formats a document that the server takes as a script. Other Lua files are left to other extensions. */
export function registerFormatters(client: LanguageClient, document: vscode.TextDocument): vscode.Disposable {
  const filter = { scheme: document.uri.scheme, pattern: new vscode.RelativePattern(parentOf(document.uri), nameOf(document.uri)) };
  const selector = document.uri.scheme === 'file' ? filter : { scheme: document.uri.scheme, language: 'lua' };
  const id = (uri: vscode.Uri) => ({ uri: client.code2ProtocolConverter.asUri(uri) });
  const toEdits = (edits: Parameters<typeof client.protocol2CodeConverter.asTextEdits>[0]) =>
    client.protocol2CodeConverter.asTextEdits(edits);
  return vscode.Disposable.from(
    vscode.languages.registerDocumentFormattingEditProvider(selector, {
      provideDocumentFormattingEdits: async ({ uri }, options, token) =>
        toEdits(
          await client.sendRequest(DocumentFormattingRequest.type, { textDocument: id(uri), options: { ...options } }, token),
        ),
    }),
    vscode.languages.registerDocumentRangeFormattingEditProvider(selector, {
      provideDocumentRangeFormattingEdits: async ({ uri }, range, options, token) =>
        toEdits(
          await client.sendRequest(
            DocumentRangeFormattingRequest.type,
            { textDocument: id(uri), range: client.code2ProtocolConverter.asRange(range), options: { ...options } },
            token,
          ),
        ),
    }),
    vscode.languages.registerOnTypeFormattingEditProvider(
      selector,
      {
        provideOnTypeFormattingEdits: async (document, position, ch, options, token) => {
          const edits = await toEdits(
            await client.sendRequest(
              DocumentOnTypeFormattingRequest.type,
              {
                textDocument: id(document.uri),
                position: client.code2ProtocolConverter.asPosition(position),
                ch,
                options: { ...options, 'redlua.keepsCursor': true },
              },
              token,
            ),
          );
          return token.isCancellationRequested ? [] : await keepCursor(document, edits ?? []);
        },
      },
      '\n',
    ),
  );
}

/**
 * Adds what closes a block at the very end of the text, with the other edits, for the workbench would move the cursor behind it.
 * Returns what is left to the workbench.
 */
async function keepCursor(document: vscode.TextDocument, edits: vscode.TextEdit[]): Promise<vscode.TextEdit[]> {
  const last = () => document.lineAt(document.lineCount - 1);
  const end = last().range.end;
  const closing = edits.find(({ range, newText }) => range.isEmpty && range.start.isEqual(end) && /^\r?\n/.test(newText));
  if (closing === undefined) return edits;
  const others = edits.filter((edit) => edit !== closing);
  const editor = vscode.window.visibleTextEditors.find((one) => one.document === document);
  if (editor === undefined) return others;
  const options = { undoStopBefore: false, undoStopAfter: false };
  const write = (edit: vscode.TextEditorEdit) => {
    for (const { range, newText } of others) edit.replace(range, newText);
  };
  if (others.length > 0 && !(await editor.edit(write, options))) return [];
  // The whole line is written again: behind blanks that were put in by themselves a line break would take these away.
  const { text, range } = last();
  const snippet = new vscode.SnippetString().appendText(text).appendTabstop(0).appendText(closing.newText);
  await editor.insertSnippet(snippet, range, { ...options, keepWhitespace: true });
  return [];
}

function parentOf(uri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(uri, '..');
}

/** The name as a pattern that means only itself. */
function nameOf(uri: vscode.Uri): string {
  const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  return name.replace(/[[\]{}*?!]/g, '[$&]');
}
