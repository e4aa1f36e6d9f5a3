// The webview's own script: shows what it is told, in place, and tells what is pressed.
import type { FromWebview, ToWebview } from '../protocol.ts';
import { h } from './dom.ts';
import { showForm, untrusted } from './form.ts';
import { examplesOf, runOf, runningOf, stoppedOf } from './outcome.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromWebview): void };

const editor = acquireVsCodeApi();
const say = (message: FromWebview): void => {
  editor.postMessage(message);
};

const HINT = 'The reply of a run, the commands that it calls, the keys that it changes and what it costs are shown here.';

function find(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

const form = find('form') as HTMLFormElement;
const result = find('result');
const status = find('status');

/** Puts a result in the place of the last one, where the reader's eye is. */
function show(parts: HTMLElement[], told: string): void {
  result.classList.remove('running');
  result.setAttribute('aria-busy', 'false');
  result.replaceChildren(...parts);
  result.scrollTop = 0;
  status.textContent = told;
}

function hear(message: ToWebview): void {
  switch (message.kind) {
    case 'script':
      showForm(form, message, say);
      if (wantsFocus) focus();
      return;
    case 'none':
      form.replaceChildren();
      show(message.trusted ? [h('p', { class: 'note' }, HINT)] : [untrusted(say)], '');
      return;
    case 'focus':
      delete form.dataset.brief;
      wantsFocus = true;
      focus();
      return;
    case 'running':
      result.classList.add('running');
      result.setAttribute('aria-busy', 'true');
      result.querySelectorAll('.banner, .note, .error').forEach((it) => { it.remove(); });
      result.prepend(runningOf(message, say));
      status.textContent = `Running ${message.name}`;
      return;
    case 'notRun':
      delete form.dataset.brief;
      show([h('p', { class: 'note' }, h('b', {}, 'Not run yet. '), HINT)], '');
      return;
    case 'stopped':
      show([stoppedOf(message)], `${message.name} was stopped`);
      return;
    case 'outcome':
      form.dataset.brief = 'yes';
      show(runOf(message, say), `${message.name} replied ${message.outcome.reply.slice(0, 200)}`);
      return;
    case 'examples': {
      const wrong = message.verdicts.filter(({ passed }) => !passed).length;
      show(examplesOf(message, say), `${message.verdicts.length} examples, ${wrong} differ`);
      return;
    }
    case 'failed':
      show([h('p', { class: 'error' }, message.message)], message.message);
  }
}

/** The form is to have the focus, also when it is made anew before the user does anything. */
let wantsFocus = false;
for (const event of ['keydown', 'pointerdown', 'blur']) window.addEventListener(event, () => { wantsFocus = false; });

function focus(): void {
  const first = form.querySelector<HTMLElement>('input[type=text], select, button:not(.line)');
  first?.focus();
  if (first instanceof HTMLInputElement) first.select();
}

window.addEventListener('message', (event: MessageEvent<ToWebview>) => {
  hear(event.data);
});
say({ kind: 'ready' });
