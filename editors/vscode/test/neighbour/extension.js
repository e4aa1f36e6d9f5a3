// What other Lua extensions do: hover and format every Lua file, under the name of the one that most people have.
const vscode = require('vscode');

exports.activate = (context) => {
  const lua = { language: 'lua' };
  context.subscriptions.push(
    vscode.languages.registerHoverProvider(lua, { provideHover: () => new vscode.Hover('the neighbour hovers') }),
    vscode.languages.registerDocumentFormattingEditProvider(lua, {
      provideDocumentFormattingEdits: () => [vscode.TextEdit.insert(new vscode.Position(0, 0), '-- formatted by the neighbour\n')],
    }),
  );
};
