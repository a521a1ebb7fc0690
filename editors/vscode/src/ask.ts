/** Commands that ask the server something and show its answer as it is. */

import { window } from "vscode";
import { say } from "./client";
import { unserved } from "./documents";
import type { Pages } from "./pages";
import type { Session } from "./session";
import { terminalSelection } from "./terminal";

interface Endpoints {
  endpoints: { name: string; url: string; model: string; isCurrent: boolean }[];
  problems: string[];
}

export class Ask {
  constructor(
    private readonly session: Session,
    private readonly pages: Pages,
  ) {}

  async why(): Promise<void> {
    const here = unserved();
    await this.show("Why is there no suggestion.md", here ? `Nothing is suggested here, since ${here}.\n\n` : "", "mistralLsp.why", "quiet");
  }

  doctor(): Promise<void> {
    return this.show("Doctor.txt", "", "mistralLsp.doctor");
  }

  counts(): Promise<void> {
    return this.show("Counts.md", "", "mistralLsp.counts");
  }

  async pause(): Promise<void> {
    await this.answer("mistralLsp.pause");
  }

  /** What a program printed, as it is selected in an editor or the Output panel; the answer comes as an explanation. */
  async explainOutput(): Promise<void> {
    const editor = window.activeTextEditor;
    if (!editor || editor.selection.isEmpty) {
      void window.showInformationMessage("Mistral LSP: select a traceback or a compiler's output first.");
      return;
    }
    const { document, selection } = editor;
    await this.answer("mistralLsp.explainOutput", { uri: document.uri.toString(), text: document.getText(selection) });
  }

  /** The same of a terminal. */
  async explainTerminal(): Promise<void> {
    const text = await terminalSelection();
    if (text.trim()) await this.answer("mistralLsp.explainOutput", text);
  }

  async switchModel(): Promise<void> {
    const known = await this.answer<Endpoints>("mistralLsp.switch");
    if (!known) return;
    if (known.problems.length) void window.showWarningMessage(`Mistral LSP: ${known.problems.join(" ")}`);
    const rows = known.endpoints.map(({ name, url, model, isCurrent }) => ({
      label: `$(${isCurrent ? "check" : "blank"}) ${name}`,
      description: [url, model].filter(Boolean).join(" · "),
      name,
    }));
    const placeHolder = "Endpoints of the setting mistralLsp.endpoint.profiles";
    const picked = await window.showQuickPick(rows, { title: "Switch model", placeHolder });
    if (!picked) return;
    const done = await this.answer<{ message: string }>("mistralLsp.switch", picked.name);
    if (done) void window.showInformationMessage(`Mistral LSP: ${done.message}`);
  }

  private async show(name: string, head: string, command: string, ...args: unknown[]): Promise<void> {
    const text = await this.answer<string>(command, ...args);
    if (text) await this.pages.show(name, head + text);
  }

  private async answer<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
    try {
      return await this.session.run<T>(command, ...args);
    } catch (error) {
      say(error);
      return undefined;
    }
  }
}
