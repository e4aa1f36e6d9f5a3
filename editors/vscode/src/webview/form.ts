// The form: a field for each key and argument by its name in the header, and whole choices to fill it with.
import type { Choice, Field, FromWebview, ToWebview } from '../protocol.ts';
import { quoted } from '../notation.ts';
import { h } from './dom.ts';

type Script = Extract<ToWebview, { kind: 'script' }>;

const FROM = { last: 'last run', example: 'example', header: 'made up' } as const;

/** Where inputs come from, for a tooltip. */
function origin({ from, example }: Choice): string {
  if (example === undefined) return `Fill in: ${FROM[from]}`;
  return `Fill in: the example at line ${example}; the commands before it run first, on a fresh keyspace`;
}

/** Fills the form; what is typed stays while the script's names stay. */
export function showForm(form: HTMLFormElement, script: Script, say: (message: FromWebview) => void): void {
  const { uri, status, trusted } = script;
  const offered = script.form;
  const shape = JSON.stringify([uri, offered?.function, offered?.keys.map(({ name }) => name), offered?.args.map(({ name }) => name)]);
  const typed = form.dataset.shape === shape && form.dataset.typed === 'yes' ? read(form) : undefined;
  form.dataset.shape = shape;
  if (typed === undefined) {
    form.dataset.typed = 'no';
    delete form.dataset.example;
  }
  // The last field that had the focus stays the active one when the editor has it: asking for it then would take it away.
  const focused = document.hasFocus() && form.contains(document.activeElement) ? document.activeElement?.id : undefined;

  const fresh = h('input', { type: 'checkbox', id: 'fresh', name: 'fresh' });
  fresh.checked = form.querySelector<HTMLInputElement>('#fresh')?.checked ?? false;
  const fields = offered
    ? [
        group('KEYS', 'keys', offered.keys, offered.moreKeys, typed?.keys),
        group('ARGV', 'args', offered.args, offered.moreArgs, typed?.args),
      ]
    : [];
  const line = h('button', { type: 'button', class: 'line', title: 'Change the keys and arguments' }, given(typed ?? offered));
  line.addEventListener('click', () => {
    delete form.dataset.brief;
    form.querySelector<HTMLElement>('input[type=text], select')?.focus();
  });
  const fill = (choice: Choice) => {
    for (const [name, values] of [['keys', choice.keys], ['args', choice.args]] as const) {
      const box = form.querySelector<HTMLElement>(`[data-list=${name}]`);
      while (box && inputs(form, name).length < values.length && box.dataset.more === 'yes') add(box, name);
      inputs(form, name).forEach((input, at) => (input.value = values[at] ?? ''));
    }
    form.dataset.typed = 'yes';
    line.textContent = given(choice);
    if (choice.example === undefined) delete form.dataset.example;
    else form.dataset.example = String(choice.example);
    form.querySelector<HTMLButtonElement>('#run')?.focus();
  };
  const choices = (offered?.choices ?? []).map((choice) =>
    h('button', { type: 'button', class: 'chip', title: origin(choice), click: () => { fill(choice); } }, h('code', {}, choice.title), ` ${FROM[choice.from]}`),
  );
  form.replaceChildren(
    h('h2', {}, script.name),
    offered ? line : '',
    status.library && status.functions.length > 0 ? functions(script, say) : '',
    ...fields,
    choices.length > 0 ? h('div', { class: 'choices', role: 'group', 'aria-label': 'Fill in' }, ...choices) : '',
    trusted
      ? h(
          'div',
          { class: 'buttons' },
          offered ? h('button', { type: 'submit', id: 'run', ...(script.on !== undefined && { class: 'real' }) }, script.on === undefined ? 'Run' : `Run on ${script.on}`) : '',
          status.examples
            ? h('button', { type: 'button', class: 'second', click: () => { say({ kind: 'examples', uri }); } }, 'Run examples')
            : '',
          offered && script.on === undefined ? h('label', { for: 'fresh', title: 'Forget what earlier runs left in the keyspace' }, fresh, 'fresh keyspace') : '',
        )
      : untrusted(say),
  );
  form.oninput = () => {
    form.dataset.typed = 'yes';
    delete form.dataset.example;
    line.textContent = given(read(form));
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!offered || !trusted) return;
    const { example } = form.dataset;
    form.dataset.typed = 'no';
    delete form.dataset.example;
    const inputs = {
      uri,
      ...read(form),
      ...(offered.function === undefined ? {} : { function: offered.function }),
      ...(example === undefined ? {} : { example: Number(example) }),
    };
    say({ kind: 'run', fresh: fresh.checked, inputs });
  };
  if (focused) document.getElementById(focused)?.focus();
}

/** The values of the fields on one line, for where there is no room for the fields. */
function given(values: { keys: (Field | string)[]; args: (Field | string)[] } | undefined): string {
  const words = [...(values?.keys ?? []), ...(values?.args ?? [])].map((it) => quoted(typeof it === 'string' ? it : it.value));
  return [values?.keys.length ?? 0, ...words].join(' ');
}

/** Why there is no button. */
export function untrusted(say: (message: FromWebview) => void): HTMLElement {
  return h(
    'div',
    { class: 'untrusted' },
    h('p', {}, 'Nothing runs in a folder that is not trusted.'),
    h('button', { type: 'button', click: () => { say({ kind: 'trust' }); } }, 'Manage workspace trust'),
  );
}

function functions({ uri, status, form }: Script, say: (message: FromWebview) => void): HTMLElement {
  const select = h('select', { id: 'function' }, ...status.functions.map((name) => h('option', { value: name, selected: name === form?.function }, name)));
  select.addEventListener('change', () => {
    say({ kind: 'function', uri, name: select.value });
  });
  return h('div', { class: 'field' }, h('label', { for: 'function' }, 'Function'), select);
}

function group(title: string, name: 'keys' | 'args', fields: Field[], more: boolean, typed: string[] | undefined): HTMLElement {
  const box = h('div', { 'data-list': name, 'data-more': more ? 'yes' : 'no' });
  fields.forEach((field, at) => {
    box.append(row(title, name, at, field.name, typed?.[at] ?? field.value));
  });
  typed?.slice(fields.length).forEach((value, at) => {
    box.append(row(title, name, fields.length + at, '', value));
  });
  const button = h('button', { type: 'button', class: 'quiet', click: () => { add(box, name).focus(); } }, `Add ${title}[…]`);
  const set = h('fieldset', {}, h('legend', {}, title), box, more ? button : '');
  set.hidden = fields.length === 0 && !more;
  return set;
}

function add(box: HTMLElement, name: 'keys' | 'args'): HTMLInputElement {
  const made = row(name === 'keys' ? 'KEYS' : 'ARGV', name, box.childElementCount, '', '');
  box.append(made);
  return made.querySelector('input') ?? h('input');
}

function row(table: string, name: string, at: number, label: string, value: string): HTMLElement {
  const id = `${name}-${at}`;
  const index = `${table}[${at + 1}]`;
  const input = h('input', { id, name, type: 'text', spellcheck: 'false', autocomplete: 'off', value });
  const words = label === '' || label === index ? '' : label;
  return h('div', { class: 'field' }, h('label', { for: id }, words || index, words ? h('code', {}, index) : ''), input);
}

function inputs(form: HTMLFormElement, name: string): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>(`input[name=${name}]`)];
}

function read(form: HTMLFormElement): { keys: string[]; args: string[] } {
  const values = (name: string) => inputs(form, name).map(({ value }) => value);
  return { keys: values('keys'), args: values('args') };
}
