/** The status bar: which model, whether it is busy, why nothing was shown last, and what to do about a fault. */

import {
  type Disposable,
  MarkdownString,
  type QuickPickItem,
  QuickPickItemKind,
  StatusBarAlignment,
  ThemeColor,
  commands,
  window,
} from "vscode";
import type { Health } from "./client";
import { unserved } from "./documents";
import type { Session } from "./session";

interface Row extends QuickPickItem {
  command?: string;
}

export class StatusItem implements Disposable {
  private readonly item = window.createStatusBarItem("mistral-lsp.status", StatusBarAlignment.Right, 100);
  private readonly subscriptions: Disposable[];
  private health: Health | undefined;
  private isBusy = false;
  private model = "";
  private silence = { reason: "", advice: "" };

  constructor(private readonly session: Session) {
    this.item.name = "Mistral LSP";
    this.item.command = "mistral-lsp.menu";
    this.subscriptions = [
      this.item,
      window.onDidChangeActiveTextEditor(() => this.draw()),
      window.tabGroups.onDidChangeTabs(() => this.draw()),
      session.onLife((life) => {
        if (life.state !== "running") [this.health, this.isBusy] = [undefined, false];
        this.draw();
      }),
      session.onHealth((health) => {
        this.health = health;
        this.model = health.model ?? this.model;
        this.draw();
      }),
      session.onActivity(({ busy, reason, advice }) => {
        this.isBusy = busy;
        if (reason !== undefined) this.silence = { reason, advice: advice ?? "" };
        this.draw();
      }),
    ];
    this.draw();
    this.item.show();
  }

  dispose(): void {
    for (const one of this.subscriptions) one.dispose();
  }

  async showMenu(): Promise<void> {
    const rows = this.rows();
    const picked = await window.showQuickPick(rows, { title: "Mistral LSP", placeHolder: this.headline() });
    if (picked?.command) await commands.executeCommand(picked.command);
  }

  private rows(): Row[] {
    const isRunning = this.session.life.state === "running";
    const isPaused = this.health?.state === "paused";
    const running: Row[] = [
      { label: isPaused ? "$(play) Resume ghost text" : "$(debug-pause) Pause ghost text", command: "mistral-lsp.pause" },
      { label: "$(arrow-swap) Switch model", command: "mistral-lsp.switch" },
      { label: "$(question) Why is there no suggestion?", detail: sentence(unserved() ?? this.silence.reason), command: "mistral-lsp.why" },
      { label: "$(pulse) Doctor", command: "mistral-lsp.doctor" },
      { label: "$(graph) Counts", command: "mistral-lsp.counts" },
    ];
    const stopped: Row[] = [{ label: "$(cloud-download) Install the server", command: "mistral-lsp.install" }];
    return [
      ...(isRunning ? running : stopped),
      { label: "", kind: QuickPickItemKind.Separator },
      { label: "$(gear) Settings", command: "mistral-lsp.settings" },
      { label: "$(key) Set the endpoint's token", command: "mistral-lsp.setToken" },
      { label: "$(debug-restart) Restart the server", command: "mistral-lsp.restart" },
      { label: "$(output) Show output", command: "mistral-lsp.output" },
    ];
  }

  private draw(): void {
    const { life } = this.session;
    const isBad = life.state === "stopped" || this.health?.state === "error";
    const name = this.model.split("/").at(-1) || "Mistral LSP";
    this.item.text = `$(${this.icon()}) ${name}`;
    this.item.backgroundColor = isBad ? new ThemeColor("statusBarItem.warningBackground") : undefined;
    const lines = [this.headline()];
    if (this.model && life.state === "running") lines.push(`Model: ${this.model}`);
    const here = unserved();
    if (here) lines.push(`Nothing is shown here, since ${here}.`);
    else if (this.silence.reason) lines.push(`Nothing was shown last, since ${this.silence.reason}.`, this.silence.advice);
    const tooltip = new MarkdownString();
    for (const line of lines.filter(Boolean)) tooltip.appendText(line).appendMarkdown("\n\n");
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: `Mistral LSP: ${this.headline()}` };
  }

  private icon(): string {
    const { life } = this.session;
    if (life.state === "stopped") return "circle-slash";
    if (life.state === "starting" || this.health?.state === "busy" || this.isBusy) return "loading~spin";
    return { ready: "sparkle", busy: "loading~spin", paused: "debug-pause", error: "warning" }[this.health?.state ?? "ready"];
  }

  private headline(): string {
    const { life } = this.session;
    if (life.state === "starting") return "The server is starting.";
    if (life.state === "stopped") return life.why || "The server is not running.";
    return sentence(this.health?.message ?? "the server is running");
  }
}

function sentence(words: string): string {
  const text = words.startsWith("http") ? words : words.charAt(0).toUpperCase() + words.slice(1);
  return text && !/[.!?]$/.test(text) ? `${text}.` : text;
}
