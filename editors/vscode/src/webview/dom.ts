// Makes elements. Texts are only ever texts: nothing of a script becomes markup.
import { readable } from '../notation.ts';

type Child = Node | string | undefined | false;

export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Record<string, string | boolean | ((event: Event) => void) | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (typeof value === 'string') element.setAttribute(key, value);
    else if (value === true) element.setAttribute(key, '');
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** Characters of a text that are shown before somebody asks for all. */
const MAX_SHOWN = 300;

/** A text; of a long one the beginning, with a button that shows the rest. */
export function long(text: string, show: (text: string) => Node | string): HTMLElement {
  // What goes a little beyond is shown: the button would take as much room.
  if (text.length <= 1.2 * MAX_SHOWN) return h('span', { class: 'long' }, show(text));
  const out = h('span', { class: 'long' }, show(`${text.slice(0, MAX_SHOWN)}…`));
  const more = h('button', { type: 'button', class: 'quiet' }, `Show all ${text.length.toLocaleString('en')} characters`);
  more.addEventListener('click', () => { out.replaceChildren(show(text)); });
  out.append(' ', more);
  return out;
}

const TOKENS =
  /("(?:[^"\\]|\\.)*")|(\(error\)[^\n]*)|(\((?:integer|double|nil|true|false|big number)\)(?: -?[\w.+-]+)?)|(^\s*(?:\d+[)#~>] ?)+)/gm;

/** A reply in redis-cli's notation, with its kinds told apart. */
export function reply(notation: string): HTMLElement {
  const text = readable(notation);
  const out = h('code', { class: 'reply' });
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, string, error, typed] = match;
    const kind = string ? 'string' : error ? 'error' : typed ? 'number' : 'index';
    out.append(text.slice(at, match.index), h('span', { class: kind }, whole));
    at = match.index + whole.length;
  }
  out.append(text.slice(at));
  return out;
}

/** A count with its word. */
export function counted(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}
