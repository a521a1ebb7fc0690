/** Explanations that the server writes, beside the code while they are written. */

import type { Disposable } from "vscode";
import type { Explanation } from "./client";
import type { Pages } from "./pages";
import type { Session } from "./session";

const MOST_TITLE = 80;

export class Explanations implements Disposable {
  private readonly ids = new Map<string, string>(); // by the page's name
  private readonly subscriptions: Disposable[];

  constructor(session: Session, pages: Pages) {
    this.subscriptions = [
      session.onExplanation((told) => void this.show(told, pages)),
      pages.onDidClose((name) => {
        const id = this.ids.get(name);
        this.ids.delete(name);
        if (id) void session.client?.sendNotification("$/mistralLsp/closeExplanation", { id });
      }),
    ];
  }

  dispose(): void {
    for (const one of this.subscriptions) one.dispose();
  }

  private async show({ id, title, text, state }: Explanation, pages: Pages): Promise<void> {
    const name = `${title.replace(/[\\/]/g, "-").slice(0, MOST_TITLE)}.md`;
    const whole = `# ${title}\n\n${text}${state === "writing" ? " …" : "\n"}`;
    if (this.ids.get(name) === id) {
      pages.update(name, whole);
    } else if (state === "writing") {
      this.ids.set(name, id);
      await pages.show(name, whole);
    }
  }
}
