// The ticks of the walkthrough. VS Code registers its steps when a walkthrough is first shown, and never ticks one whose context
// is true at that moment (seen in 1.139). So a context is true for a moment only, when its work is done, and again when what may
// be the walkthrough is opened.
import * as vscode from 'vscode';

export type Step = 'script' | 'run' | 'examples' | 'target' | 'server';

/** From the opening of a tab until its steps are registered, in milliseconds. */
const REGISTERED = [300, 1500];

export class Steps implements vscode.Disposable {
  readonly #done = new Set<Step>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #subscription: vscode.Disposable;

  public constructor() {
    this.#subscription = vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
      // A walkthrough is of no kind that extensions know.
      if (opened.every((tab) => tab.input !== undefined)) return;
      for (const pause of REGISTERED) {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          for (const step of this.#done) void tick(step);
        }, pause);
        this.#timers.add(timer);
      }
    });
  }

  /** The work of a step is done. */
  public done(step: Step): void {
    this.#done.add(step);
    void tick(step);
  }

  public dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#subscription.dispose();
  }
}

async function tick(step: Step): Promise<void> {
  await vscode.commands.executeCommand('setContext', `redlua.did.${step}`, true);
  await vscode.commands.executeCommand('setContext', `redlua.did.${step}`, false);
}
