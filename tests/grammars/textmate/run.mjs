// Holds the TextMate grammars against cases, with the engine that VS Code has and other people's base grammars.
//
//   node run.mjs MODULES [--show] CASE…
//
// MODULES is the folder that tests/setup/grammars.sh filled. A case is a text with lines that begin with `~`, which are
// no part of it: carets stand below what has the scope that follows (`~   ^^^ support.function`), or has it not
// (`~   ^^^ !comment`). `--show` prints the scopes of every token instead.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const [modules, ...rest] = process.argv.slice(2);
const show = rest[0] === '--show';
const cases = show ? rest.slice(1) : rest;
if (!modules || cases.length === 0) {
  console.error('usage: run.mjs MODULES [--show] CASE…');
  process.exit(2);
}
const require = createRequire(join(resolve(modules), 'node_modules/'));
const { Registry, parseRawGrammar, INITIAL } = require('vscode-textmate');
const oniguruma = require('vscode-oniguruma');

const grammars = new URL('../../../grammars/', import.meta.url).pathname;
const contributes = JSON.parse(readFileSync(join(grammars, 'contributes.json'), 'utf8')).grammars;
const theirs = join(resolve(modules), 'node_modules/tm-grammars/grammars');
// What the base grammars of the cases are called, by the case's extension.
const bases = {
  lua: 'source.lua', redis: 'source.redis', py: 'source.python', js: 'source.js', ts: 'source.ts', go: 'source.go',
  rb: 'source.ruby', java: 'source.java', php: 'source.php', cs: 'source.cs', rs: 'source.rust', sh: 'source.shell',
  md: 'text.html.markdown',
};
const files = {
  'source.lua': 'lua', 'source.python': 'python', 'source.js': 'javascript', 'source.ts': 'typescript', 'source.go': 'go',
  'source.ruby': 'ruby', 'source.java': 'java', 'source.php': 'php', 'source.cs': 'csharp', 'source.rust': 'rust',
  'source.shell': 'shellscript', 'text.html.markdown': 'markdown',
};

await oniguruma.loadWASM(readFileSync(join(resolve(modules), 'node_modules/vscode-oniguruma/release/onig.wasm')).buffer);
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => {
    const ours = contributes.find((grammar) => grammar.scopeName === scope);
    const path = ours ? join(grammars, ours.path) : files[scope] && join(theirs, `${files[scope]}.json`);
    return path ? parseRawGrammar(readFileSync(path, 'utf8'), path) : null;
  },
  getInjections: (scope) => contributes.filter((it) => it.injectTo?.includes(scope)).map((it) => it.scopeName),
});

const has = (scopes, wanted) => scopes.some((scope) => scope === wanted || scope.startsWith(`${wanted}.`));
let assertions = 0;
let failures = 0;
for (const path of cases) {
  const extension = basename(path).split('.').at(-1);
  const grammar = await registry.loadGrammar(bases[extension]);
  let stack = INITIAL;
  let line = '';
  let tokens = [];
  for (const [number, text] of readFileSync(path, 'utf8').replace(/\n$/, '').split('\n').entries()) {
    const check = /^~(\s*)(\^+)\s+(.+)$/.exec(text);
    if (!check) {
      const result = grammar.tokenizeLine(text, stack);
      ({ tokens } = result);
      stack = result.ruleStack;
      line = text;
      if (show) {
        console.log(line);
        for (const token of tokens) {
          // A scope may be several names, with blanks between.
          console.log(`    ${JSON.stringify(line.slice(token.startIndex, token.endIndex))} ${token.scopes.slice(1).join(' ')}`);
        }
      }
      continue;
    }
    const from = 1 + check[1].length;
    const to = from + check[2].length;
    for (const wanted of check[3].trim().split(/\s+/)) {
      assertions += 1;
      const not = wanted.startsWith('!');
      const name = not ? wanted.slice(1) : wanted;
      // Places are counted from the mark, which stands in the first column of the line above.
      const wrong = tokens.find((token) => token.startIndex < to && token.endIndex > from && (token.endIndex > token.startIndex)
        && has(token.scopes.flatMap((scope) => scope.split(' ')), name) === not);
      if (wrong || line.length < to) {
        failures += 1;
        const got = wrong ? wrong.scopes.join(' ') : 'nothing is there';
        console.error(`${path}:${number + 1}: wanted ${wanted}\n    ${line}\n    ${text}\n    ${got}`);
      }
    }
  }
}
if (!show) console.log(`textmate: ${cases.length} cases, ${assertions} assertions, ${failures} failures`);
process.exit(failures ? 1 : 0);
