/** A picker of the server's own code actions, which shows what was checked before anything is changed. */

import {
  type CancellationToken,
  CancellationTokenSource,
  CodeActionTriggerKind,
  type Command,
  type QuickPick,
  type QuickPickItem,
  commands,
  languages,
  window,
  workspace,
} from "vscode";
import {
  type CodeAction,
  CodeActionRequest,
  CodeActionResolveRequest,
  type LanguageClient,
  type WorkspaceEdit,
} from "vscode-languageclient/node";
import { say } from "./client";
import { checksOf, needsPreview, previewed } from "./edits";
import type { Session } from "./session";

interface Row extends QuickPickItem {
  /** What to do when it is picked. */
  then: () => Promise<void>;
}

export async function showActions({ client }: Session): Promise<void> {
  const editor = window.activeTextEditor;
  if (!client?.isRunning() || !editor) return;
  const picker = window.createQuickPick<Row>();
  const closing = new CancellationTokenSource();
  picker.title = "Mistral LSP";
  picker.onDidHide(() => {
    closing.cancel();
    picker.dispose();
  });
  picker.onDidAccept(async () => {
    try {
      await picker.selectedItems[0]?.then();
    } catch (error) {
      picker.hide();
      say(error);
    }
  });
  try {
    const listed = await list(client);
    picker.placeholder = listed.length ? "What to do here" : "There is nothing to do here";
    picker.items = listed.map((action) => ({
      label: action.title,
      description: action.isPreferred ? "preferred" : "",
      then: () => prepare(client, action, picker, closing.token),
    }));
    picker.show();
  } catch (error) {
    picker.dispose();
    say(error);
  }
}

async function list(client: LanguageClient): Promise<CodeAction[]> {
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
  return (answer ?? []) as CodeAction[];
}

/** Have an edit made and checked, and show how far before it is applied; anything else is done at once. */
async function prepare(
  client: LanguageClient,
  listed: CodeAction,
  picker: QuickPick<Row>,
  token: CancellationToken,
): Promise<void> {
  const command = listed.command && client.protocol2CodeConverter.asCommand(listed.command);
  if (command) {
    picker.hide();
    return run(command);
  }
  picker.value = "";
  picker.placeholder = "Escape leaves all as it is";
  picker.ignoreFocusOut = true; // a model takes its time
  picker.busy = true;
  picker.items = [{ label: listed.title, detail: "The model is asked, and its answer is checked.", then: async () => {} }];
  const made = await client.sendRequest(CodeActionResolveRequest.type, listed, token);
  picker.busy = false;
  const { edit } = made;
  if (!edit) return picker.hide();
  const detail = checksOf(made);
  const apply = async (what: WorkspaceEdit): Promise<void> => {
    picker.hide();
    await workspace.applyEdit(await client.protocol2CodeConverter.asWorkspaceEdit(what), { isRefactoring: true });
  };
  const rows: Row[] = [
    { label: "$(check) Apply", detail, then: () => apply(edit) },
    { label: "$(diff) Look at it first", detail: needsPreview(edit) ? detail : "", then: () => apply(previewed(edit)) },
  ];
  picker.title = listed.title;
  picker.items = needsPreview(edit) ? rows.slice(1) : rows;
}

async function run({ command, arguments: words }: Command): Promise<void> {
  await commands.executeCommand(command, ...(words ?? []));
}
