// The webview's own script: shows what it is told, in place, and tells what is pressed.
import type { FromWebview, ToWebview } from '../protocol.ts';
import { h } from './dom.ts';
import { showForm, untrusted } from './form.ts';
import { examplesOf, runOf } from './outcome.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromWebview): void };

const editor = acquireVsCodeApi();
const say = (message: FromWebview): void => {
  editor.postMessage(message);
};

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
      if (result.childElementCount === 0) show([hint()], '');
      return;
    case 'none':
      form.replaceChildren();
      show(message.trusted ? [hint()] : [untrusted(say)], '');
      return;
    case 'focus': {
      const first = form.querySelector<HTMLElement>('input[type=text], select, button');
      first?.focus();
      if (first instanceof HTMLInputElement) first.select();
      return;
    }
    case 'running':
      result.classList.add('running');
      result.setAttribute('aria-busy', 'true');
      status.textContent = `Running ${message.name}`;
      return;
    case 'outcome':
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

function hint(): HTMLElement {
  return h('p', { class: 'note' }, 'Run a script: its reply, the commands that it calls, the keys that it changes and what it costs are shown here.');
}

window.addEventListener('message', (event: MessageEvent<ToWebview>) => {
  hear(event.data);
});
say({ kind: 'ready' });
