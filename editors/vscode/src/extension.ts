// Puts the parts together.
import * as vscode from 'vscode';
import type { Location, Position } from 'vscode-languageclient';
import { Active, setTarget } from './active.ts';
import { AssembledView } from './assembled.ts';
import type { Manifest } from './client.ts';
import { Explanations } from './explain.ts';
import { KeyspaceTree } from './keyspace.ts';
import { Neighbour } from './neighbour.ts';
import { OUTCOME_VIEW, Panel } from './panel.ts';
import type { RunArguments } from './protocol.ts';
import { Runner } from './runner.ts';
import { Server } from './server.ts';
import { Servers } from './servers.ts';
import { Steps } from './steps.ts';
import { suggestInStrings } from './suggest.ts';
import { findScript } from './where.ts';

const NEW_SCRIPT = `-- Counts visits.
--
-- KEYS[1] the counter
-- ARGV[1] how many to add
--
--> EVAL . 1 visits 3
--= (integer) 3

return redis.call('INCRBY', KEYS[1], ARGV[1])
`;

let running: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const server = (running = new Server(context));
  const active = new Active(server);
  const panel = new Panel(context.extensionUri);
  const servers = new Servers(server, active);
  const tree = new KeyspaceTree(server, servers);
  const runner = new Runner(server, active, panel, tree, servers, context.workspaceState);
  const assembled = new AssembledView(server);
  const explanations = new Explanations(server);
  const neighbour = new Neighbour(context.globalState);
  const steps = new Steps();
  const manifest = context.extension.packageJSON as Manifest;

  const commands: Record<string, (...args: never[]) => unknown> = {
    'redlua.run': (given?: RunArguments | string) => runner.run(isArguments(given) ? given : undefined),
    'redlua.runWith': (given?: RunArguments) => runner.run({ ...(isArguments(given) ? given : {}), ask: true }),
    'redlua.runOn': (given?: RunArguments | string) => runner.runOn(isArguments(given) && typeof given === 'object' ? given : undefined),
    'redlua.selectServer': () => servers.choose(),
    'redlua.runExamples': (given?: { uri: string }) => runner.examples(isArguments(given) ? given : undefined),
    'redlua.stop': () => {
      runner.stop();
    },
    'redlua.updateExample': (given?: { uri: string }) => (isArguments(given) ? server.ask('redlua.updateExample', given) : undefined),
    'redlua.resetKeyspace': (given?: { uri: string } | string) => runner.reset(isArguments(given) ? given : undefined),
    'redlua.showAssembled': (given?: { uri: string } | string) =>
      assembled.show(isArguments(given) ? (typeof given === 'string' ? given : given.uri) : active.script?.uri),
    // Menus call it with what they are about.
    'redlua.explain': (given?: { name?: string }) => explanations.show(given?.name),
    'redlua.where': () => findScript(server),
    'redlua.refreshKeyspace': () => tree.refresh(true),
    'redlua.copyKey': (node: unknown) => tree.copy(node, 'key'),
    'redlua.copyValue': (node: unknown) => tree.copy(node, 'value'),
    'redlua.editKey': (node: unknown) => tree.edit(node),
    'redlua.deleteKey': (node: unknown) => tree.delete(node),
    'redlua.filterKeys': () => tree.filter(),
    'redlua.clearKeyFilter': () => tree.filter(''),
    'redlua.setTarget': () => {
      steps.done('target');
      return setTarget(active.script, manifest);
    },
    'redlua.newScript': async () => {
      const document = await vscode.workspace.openTextDocument({ language: 'lua', content: NEW_SCRIPT });
      await vscode.window.showTextDocument(document);
    },
    'redlua.tellLuaExtension': () => neighbour.tell(),
    'redlua.restart': () => {
      runner.stop();
      return server.restart();
    },
    'redlua.showOutput': () => {
      server.output.show();
    },
    'redlua.walkthrough': () => vscode.commands.executeCommand('workbench.action.openWalkthrough', 'redlua.redlua#start'),
    // A lens that counts uses.
    'redlua.showReferences': (uri: string, position: Position, places: Location[]) => {
      const convert = server.client?.protocol2CodeConverter;
      if (convert === undefined) return undefined;
      const locations = places.map((place) => convert.asLocation(place));
      const command = 'editor.action.showReferences';
      return vscode.commands.executeCommand(command, vscode.Uri.parse(uri), convert.asPosition(position), locations);
    },
  };
  context.subscriptions.push(
    server,
    active,
    servers,
    panel,
    tree,
    assembled,
    explanations,
    runner,
    steps,
    ...Object.entries(commands).map(([name, work]) => vscode.commands.registerCommand(name, work)),
    vscode.window.registerWebviewViewProvider(OUTCOME_VIEW, panel),
    suggestInStrings(active),
    server.onDidChange(() => {
      if (server.client !== undefined) steps.done('server');
    }),
    runner.onDidRun(() => {
      steps.done('run');
    }),
    panel.onDidSay((message) => void runner.hear(message)),
    servers.onDidChange(() => {
      server.refreshLenses(servers.selected?.name);
      void runner.follow();
    }),
    active.onDidChange(() => {
      void runner.follow();
      if (active.script?.status.script === true) steps.done('script');
      if (active.script?.status.examples === true) steps.done('examples');
      if (active.script?.status.script === true) void neighbour.offer();
    }),
    vscode.extensions.onDidChange(() => {
      neighbour.note();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (['redlua.server.path', 'redlua.otherLanguages'].some((name) => event.affectsConfiguration(name))) void server.restart();
      else if (event.affectsConfiguration('redlua')) void server.reconfigure();
    }),
    // The server is told at its start whether it may run anything.
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
  );
  neighbour.note();
  await server.restart();
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}

/** Menus call commands with what they are about, which says nothing to us. */
function isArguments<T extends { uri: string } | string>(given: T | undefined): given is T {
  return typeof given === 'string' || (typeof given === 'object' && 'uri' in given && typeof given.uri === 'string');
}
