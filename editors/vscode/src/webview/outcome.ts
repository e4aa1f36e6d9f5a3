// What a run gave: reply, keys before and after, commands by line, log, messages, cost.
import type { Change, FromWebview, Outcome, ToWebview, Verdict } from '../protocol.ts';
import { quoted, readable } from '../notation.ts';
import { counted, h, long, reply } from './dom.ts';

type Say = (message: FromWebview) => void;
type Told<Kind> = Extract<ToWebview, { kind: Kind }>;

/** Rows that are shown before somebody asks for all. */
const MOST_ROWS = 200;

/** A run's outcome. */
export function runOf({ uri, name, target, outcome }: Told<'outcome'>, say: Say): HTMLElement[] {
  const { error, inputs, commands = [], changes = [], log = [], published = [], server, advice } = outcome;
  const isError = error !== undefined || outcome.reply.startsWith('(error)');
  const words = inputs ? [inputs.keys.length, ...inputs.keys.map(quoted), ...inputs.args.map(quoted)].join(' ') : '';
  const place = (line: number, path?: string) => {
    const where = path === undefined ? `${line}` : `${path}:${line}`;
    const title = path === undefined ? `Show line ${line}` : `Show line ${line} of ${path}`;
    const go = () => {
      say(path === undefined ? { kind: 'reveal', uri, line } : { kind: 'reveal', uri, line, path });
    };
    return h('button', { class: 'link', type: 'button', title, 'aria-label': title, click: go }, where);
  };
  const product = server?.product ? ` · ${server.product} ${server.version ?? ''}` : '';
  return [
    ...(server === undefined ? [] : [h('p', { class: 'real' }, h('b', {}, `On ${server.name}`), `${product} · a real server`)]),
    h(
      'header',
      { class: isError ? 'banner failed' : 'banner passed' },
      h('span', { class: 'mark', 'aria-hidden': 'true' }, isError ? '✗' : '✓'),
      h('h2', {}, name, words === '' ? false : h('code', { class: 'given', title: 'Count of keys, keys, arguments' }, long(words, String))),
      costOf(outcome, server === undefined ? target : ''),
    ),
    h(
      'div',
      { class: 'answer' },
      h('pre', { tabindex: '0', 'aria-label': 'Reply' }, reply(outcome.reply)),
      h('button', { type: 'button', class: 'quiet', title: 'Copy the reply', click: () => { say({ kind: 'copy', text: outcome.reply }); } }, 'Copy'),
    ),
    ...(error === undefined
      ? []
      : [failure(error, outcome.reply, place)]),
    ...(advice === undefined ? [] : [h('p', { class: 'error' }, advice)]),
    ...(inputs?.madeUp === true
      ? [h('p', { class: 'note' }, 'Nothing says what the keys and arguments should be, so these were made up. Give others in the form, or write an example.')]
      : []),
    ...(server === undefined
      ? [
          part('Keys', changes.length, 'No key was changed.', () =>
            table(['Key', 'Type', 'Before', 'After'], changes, (change) => changed(change)),
          ),
          part('Commands', commands.length, 'No command was called.', () =>
            table(['Line', 'Command', 'Reply'], commands, ({ line, path, argv, quoted: given, reply: answer }) => [
              place(line, path),
              called(given ?? argv.map(quoted)),
              long(answer, reply),
            ]),
          ),
        ]
      : [h('p', { class: 'note' }, 'A real server tells neither the commands of a script nor the keys that it changed: the embedded engine does.')]),
    ...(log.length === 0 ? [] : [part('Log', log.length, '', () => table(['Level', 'Text'], log, ({ level, text }) => [level, h('code', {}, long(text, String))]))]),
    ...(published.length === 0
      ? []
      : [part('Published', published.length, '', () => table(['Channel', 'Message'], published, ({ channel, message }) => [h('code', {}, channel), h('code', {}, long(message, String))]))]),
  ];
}

/** Where and why a run failed. What the reply says is not said again. */
function failure(error: NonNullable<Outcome['error']>, answer: string, place: (line: number, path?: string) => HTMLElement): HTMLElement {
  const { message, reason = message, line, path, callers = [] } = error;
  const why = answer.includes(message) && !answer.includes('script: ') && !answer.includes('(call to ') ? undefined : reason;
  const lines = line === undefined ? [] : [{ line, ...(path === undefined ? {} : { path }) }, ...callers];
  const steps = lines.flatMap((step, at) => [at === 0 ? 'at line ' : ', called from line ', place(step.line, step.path)]);
  return h('p', { class: 'error' }, why === undefined ? false : steps.length > 0 ? `${why} ` : why, ...steps);
}

/** A script runs: what it gave before has no mark any more. */
export function runningOf({ name }: Told<'running'>, say: Say): HTMLElement {
  return h(
    'header',
    { class: 'banner' },
    h('span', { class: 'mark spinner', 'aria-hidden': 'true' }),
    h('h2', {}, `Running ${name}`),
    h('button', { type: 'button', class: 'second', id: 'stop', click: () => { say({ kind: 'stop' }); } }, 'Stop'),
  );
}

/** The user ended a run. */
export function stoppedOf({ name }: Told<'stopped'>): HTMLElement {
  return h(
    'header',
    { class: 'banner' },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, '◼'),
    h('h2', {}, `${name} was stopped`),
    h('p', { class: 'note' }, 'The keyspace is as it was before the run.'),
  );
}

function called([command = '', ...rest]: string[]): HTMLElement {
  const words = rest.map((word) => [' ', long(readable(word), String)]);
  return h('code', {}, h('span', { class: 'command' }, command), ...words.flat());
}

/** What became of examples. */
export function examplesOf({ uri, name, target, verdicts }: Told<'examples'>, say: Say): HTMLElement[] {
  const wrong = verdicts.filter(({ passed }) => !passed).length;
  const summary = verdicts.length === 0 ? 'there are no examples' : wrong === 0 ? 'all pass' : `${wrong} of ${verdicts.length} differ`;
  const row = ({ line, command, passed, expected, got, error }: Verdict) =>
    h(
      'li',
      { class: passed ? 'passed' : 'failed' },
      h('span', { class: 'mark', 'aria-label': passed ? 'passes' : 'differs' }, passed ? '✓' : '✗'),
      h('button', { class: 'link', type: 'button', title: `Show line ${line}`, click: () => { say({ kind: 'reveal', uri, line }); } }, `${line}`),
      h('code', { class: 'given' }, command),
      !passed &&
        h(
          'dl',
          {},
          ...(expected === undefined ? [] : [h('dt', {}, 'expected'), h('dd', {}, h('pre', {}, reply(expected)))]),
          ...(got === undefined ? [] : [h('dt', {}, 'got'), h('dd', {}, h('pre', {}, reply(got)))]),
          ...(error === undefined ? [] : [h('dt', {}, 'not run'), h('dd', {}, error)]),
        ),
    );
  return [
    h(
      'header',
      { class: wrong > 0 ? 'banner failed' : 'banner passed' },
      h('span', { class: 'mark', 'aria-hidden': 'true' }, wrong > 0 ? '✗' : '✓'),
      h('h2', {}, `Examples of ${name}: ${summary}`),
      h('p', { class: 'cost' }, h('span', {}, target)),
    ),
    verdicts.length === 0
      ? h('p', { class: 'note' }, 'A comment ', h('code', {}, '--> EVAL . 1 key argument'), ' is an example; ', h('code', {}, '--= reply'), ' below it says what it gives.')
      : h('ul', { class: 'examples' }, ...verdicts.map(row)),
  ];
}

function costOf({ cost }: Outcome, target: string): HTMLElement {
  const chips = cost
    ? [
        cost.commands === undefined ? '' : counted(cost.commands, 'command'),
        cost.instructions === undefined ? '' : counted(cost.instructions, 'instruction'),
        cost.memory === undefined ? '' : `${Math.ceil(cost.memory / 1024).toLocaleString('en')} KiB`,
        `${(cost.microseconds / 1000).toFixed(1)} ms`,
      ]
    : [];
  const told = [target, ...chips].filter((chip) => chip !== '');
  return h('p', { class: 'cost', 'aria-label': 'Cost' }, ...told.map((chip) => h('span', {}, chip)));
}

function part(title: string, count: number, nothing: string, make: () => HTMLElement): HTMLElement {
  const heading = h('h3', {}, title, count > 0 && h('span', { class: 'count' }, count.toLocaleString('en')));
  return h('section', { class: 'part', 'aria-label': title }, heading, count === 0 ? h('p', { class: 'note' }, nothing) : make());
}

function table<Row>(names: string[], rows: Row[], cells: (row: Row) => (Node | string)[]): HTMLElement {
  const line = (row: Row) => h('tr', {}, ...cells(row).map((cell) => h('td', {}, cell)));
  const body = h('tbody', {}, ...rows.slice(0, MOST_ROWS).map(line));
  const all = h('table', {}, h('thead', {}, h('tr', {}, ...names.map((name) => h('th', { scope: 'col' }, name)))), body);
  if (rows.length <= MOST_ROWS) return all;
  const more = h('button', { type: 'button', class: 'quiet' }, `Show ${(rows.length - MOST_ROWS).toLocaleString('en')} more`);
  more.addEventListener('click', () => {
    body.append(...rows.slice(MOST_ROWS).map(line));
    more.remove();
  });
  return h('div', {}, all, more);
}

function changed({ key, quoted: given, type, before, after, db, expires, expiresBefore }: Change): (Node | string)[] {
  const state = (value: string | null, other: string | null, at: number | undefined, kind: string) =>
    value === null
      ? h('span', { class: 'nothing' }, kind === 'before' ? 'not there' : 'gone')
      : h('div', { class: kind }, difference(value, other), at !== undefined && at !== (kind === 'before' ? expires : 0) && h('span', { class: 'expires' }, lifetime(at)));
  const name = h('code', { class: 'key' }, long(readable(given ?? key), String));
  return [
    db === undefined ? name : h('span', {}, name, ` in database ${db}`),
    type,
    state(before, after, expiresBefore, 'before'),
    state(after, before, expires, 'after'),
  ];
}

/** A value whose lines that the other has not stand out; of many that both have the first and the last are shown. */
function difference(value: string, other: string | null): HTMLElement {
  // The numbers of items shift when one comes or goes.
  const item = (line: string) => line.replace(/^\s*\d+[)#~>] /, '');
  const known = new Set(other?.split('\n').map(item));
  const rows: HTMLElement[] = [];
  let same: string[] = [];
  const settle = () => {
    const row = (line: string) => h('span', { class: 'same' }, long(line, reply));
    const [first, last] = [same[0], same.at(-1)];
    if (same.length > 4 && first !== undefined && last !== undefined) {
      rows.push(row(first), h('span', { class: 'skipped' }, `… ${same.length - 2} as they were …`), row(last));
    } else {
      rows.push(...same.map(row));
    }
    same = [];
  };
  for (const line of value.split('\n')) {
    if (known.has(item(line))) {
      same.push(line);
    } else {
      settle();
      rows.push(h('span', { class: 'other' }, long(line, reply)));
    }
  }
  settle();
  return h('pre', {}, ...rows);
}

function lifetime(at: number): string {
  const seconds = Math.round((at - Date.now()) / 1000);
  return seconds < 0 ? 'expired' : `TTL ${seconds.toLocaleString('en')} s`;
}
