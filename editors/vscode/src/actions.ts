/** A picker of the server's own code actions, for who doesn't want to look for them among others'. */

import { type CodeAction, CodeActionTriggerKind, type Command, ProgressLocation, commands, languages, window, workspace } from "vscode";
import { CodeActionRequest, CodeActionResolveRequest, type CodeAction as Listed, type LanguageClient } from "vscode-languageclient/node";
import { say } from "./client";
import type { Session } from "./session";

export async function showActions({ client }: Session): Promise<void> {
  const editor = window.activeTextEditor;
  if (!client?.isRunning() || !editor) return;
  try {
    const listed = await list(client);
    const rows = listed.map((action) => ({ label: action.title, description: action.isPreferred ? "preferred" : "", action }));
    const placeHolder = rows.length ? "What to do here" : "There is nothing to do here";
    const picked = await window.showQuickPick(rows, { title: "Mistral LSP", placeHolder });
    if (picked) await carryOut(client, picked.action);
  } catch (error) {
    say(error);
  }
}

async function list(client: LanguageClient): Promise<Listed[]> {
  const { document, selection } = window.activeTextEditor!;
  const found = languages.getDiagnostics(document.uri).filter(({ range }) => range.intersection(selection));
  const answer = await client.sendRequest(CodeActionRequest.type, {
    textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(document),
    range: client.code2ProtocolConverter.asRange(selection),
    context: {
      diagnostics: client.code2ProtocolConverter.asDiagnosticsSync([...found]),
      triggerKind: CodeActionTriggerKind.Invoke,
    },
  });
  return (answer ?? []) as Listed[];
}

async function carryOut(client: LanguageClient, listed: Listed): Promise<void> {
  const resolve = (): Promise<Listed> => client.sendRequest(CodeActionResolveRequest.type, listed);
  const where = { location: ProgressLocation.Window, title: listed.title };
  const whole = listed.command || listed.edit ? listed : await window.withProgress(where, resolve);
  const action = (await client.protocol2CodeConverter.asCodeAction(whole)) as CodeAction;
  if (action.edit) await workspace.applyEdit(action.edit, { isRefactoring: true });
  const command = action.command as Command | undefined;
  if (command) await commands.executeCommand(command.command, ...(command.arguments ?? []));
}
