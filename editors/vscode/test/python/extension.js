// Starts Pyright's language server for Python files, as other extensions for Python start theirs.
const { LanguageClient } = require('vscode-languageclient/node');

let client;

exports.activate = async () => {
  const server = { command: process.env.REDLUA_PYRIGHT, args: ['--stdio'] };
  client = new LanguageClient('pyright', 'Pyright', server, { documentSelector: [{ language: 'python' }] });
  await client.start();
};

exports.deactivate = () => client?.stop();
