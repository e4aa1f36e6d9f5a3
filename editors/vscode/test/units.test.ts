// Parts that need no editor.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quoted, readable } from '../src/notation.ts';
import { findProgram } from '../src/program.ts';
import { linesOf } from '../src/report.ts';
import { isScriptError } from '../src/script-error.ts';

test('words are quoted where redis-cli wants it', () => {
  const words = { a: 'a', 'a b': '"a b"', '': '""', 'a"b': '"a\\"b"', '\n\0': '"\\n\\x00"', 'grüße': 'grüße', '\u202e': '"\\xe2\\x80\\xae"', 'a\\b': '"a\\\\b"' };
  for (const [word, text] of Object.entries(words)) assert.equal(quoted(word), text);
});

test('letters in UTF-8 are readable, other bytes stay escapes', () => {
  const replies = { '"gr\\xc3\\xbc\\xc3\\x9fe"': '"grüße"', '"\\xff\\xc3\\xa9"': '"\\xff\\xc3\\xa9"', '"\\\\xc3\\xa9"': '"\\\\xc3\\xa9"', '"\\xe2\\x80\\xae"': '"\\xe2\\x80\\xae"' };
  for (const [reply, text] of Object.entries(replies)) assert.equal(readable(reply), text);
});

test('a start is told with all that a report needs', () => {
  const { program, looked } = findProgram('/nowhere/redlua', '/extension', '/shop');
  assert.equal(program, undefined);
  const start = { extension: '0.1.0', editor: 'VS Code 1.100.0', platform: 'linux-x64', folder: '/shop', trusted: false, looked, program };
  assert.deepEqual(linesOf(start), [
    'extension 0.1.0 in VS Code 1.100.0 on linux-x64',
    'folder /shop, not trusted: nothing runs',
    'looked for the program in /nowhere/redlua (the setting redlua.server.path): not found',
  ]);
  assert.equal(linesOf({ ...start, program: '/bin/redlua' }).at(-1), 'starting /bin/redlua lsp');
});

test('errors that name a script are known by their look', () => {
  const sha1 = '8f6c0a1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b';
  for (const error of [
    `ERR Error running script (call to f_${sha1}): @user_script:3: WRONGTYPE`,
    `ReplyError: ERR x script: ${sha1}, on @user_script:3.`,
    'ERR boom script: take, on @user_function:3.',
  ]) assert.ok(isScriptError(error), error);
  for (const text of ['', sha1, 'script: run.sh', 'return 1']) assert.ok(!isScriptError(text), text);
});
