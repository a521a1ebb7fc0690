/** Where the parts are put together. Everything that thinks is in the server. */

import { type ExtensionContext, commands, window, workspace } from "vscode";
import { showActions } from "./actions";
import { Ask } from "./ask";
import { forwardDiagnostics } from "./diagnostics";
import { Environment } from "./environment";
import { Explanations } from "./explanations";
import { Pages } from "./pages";
import { Session } from "./session";
import { Settings } from "./settings";
import { StatusItem } from "./status";
import { Token } from "./token";

let session: Session | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const output = window.createOutputChannel("Mistral LSP", { log: true });
  const settings = new Settings(context.extension.packageJSON);
  const token = new Token(context.secrets);
  const environment = new Environment(context.globalStorageUri.fsPath, context.extensionPath, output);
  const current = (session = new Session(output, settings, token, environment, context.globalState));
  const status = new StatusItem(current);
  const pages = new Pages();
  const ask = new Ask(current, pages);
  context.subscriptions.push(output, status, pages, new Explanations(current, pages), forwardDiagnostics(current));

  const handlers: Record<string, () => unknown> = {
    menu: () => status.showMenu(),
    why: () => ask.why(),
    doctor: () => ask.doctor(),
    counts: () => ask.counts(),
    pause: () => ask.pause(),
    switch: () => ask.switchModel(),
    actions: () => showActions(current),
    explainOutput: () => ask.explainOutput(),
    explainTerminal: () => ask.explainTerminal(),
    setToken: () => token.set(),
    forgetToken: () => token.forget(),
    settings: () => commands.executeCommand("workbench.action.openSettings", "@ext:mistral-lsp.mistral-lsp endpoint"),
    install: () => current.install(),
    restart: () => current.restart(),
    output: () => output.show(),
    walkthrough: () => commands.executeCommand("workbench.action.openWalkthrough", "mistral-lsp.mistral-lsp#start"),
  };
  for (const [name, handler] of Object.entries(handlers)) {
    context.subscriptions.push(commands.registerCommand(`mistral-lsp.${name}`, handler));
  }
  context.subscriptions.push(
    token.onDidChange(() => current.restart()),
    workspace.onDidGrantWorkspaceTrust(() => current.startIfStopped()),
    workspace.onDidChangeConfiguration((event) => current.configured(event)),
  );
  await current.start();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
  session = undefined;
}
