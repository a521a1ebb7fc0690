/** Diagnostics of every extension, told to the server, which is asked about them on hover. */

import { type Disposable, type Uri, languages, window, workspace } from "vscode";
import { SCHEMES } from "./documents";
import type { Session } from "./session";

const OWN = "mistral-lsp";

export function forwardDiagnostics(session: Session): Disposable {
  const tell = (uri: Uri): void => {
    const { client } = session;
    const document = workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
    if (!client?.isRunning() || !document || !SCHEMES.includes(uri.scheme)) return;
    const diagnostics = languages.getDiagnostics(uri).filter(({ source }) => source !== OWN);
    void client.sendNotification("$/mistralLsp/diagnostics", {
      uri: client.code2ProtocolConverter.asUri(uri),
      version: document.version,
      diagnostics: client.code2ProtocolConverter.asDiagnosticsSync([...diagnostics]),
    });
  };
  const all = (): void => window.visibleTextEditors.forEach((editor) => tell(editor.document.uri));
  const listeners = [
    languages.onDidChangeDiagnostics(({ uris }) => uris.forEach(tell)),
    window.onDidChangeVisibleTextEditors(all),
    session.onLife(({ state }) => {
      if (state === "running") all();
    }),
  ];
  return { dispose: () => listeners.forEach((one) => one.dispose()) };
}
