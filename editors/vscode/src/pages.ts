/** Pages: read-only documents beside the code, which may grow while they are looked at. */

import {
  type Disposable,
  EventEmitter,
  TabInputText,
  type TextDocumentContentProvider,
  Uri,
  ViewColumn,
  window,
  workspace,
} from "vscode";

const SCHEME = "mistral-lsp";

export class Pages implements TextDocumentContentProvider, Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changes = new EventEmitter<Uri>();
  private readonly closings = new EventEmitter<string>();
  readonly onDidChange = this.changes.event;
  /** A page was closed; its name. */
  readonly onDidClose = this.closings.event;
  private readonly subscriptions: Disposable[];

  constructor() {
    this.subscriptions = [
      this.changes,
      this.closings,
      workspace.registerTextDocumentContentProvider(SCHEME, this),
      window.tabGroups.onDidChangeTabs(({ closed }) => {
        for (const { input } of closed) {
          if (input instanceof TabInputText && input.uri.scheme === SCHEME) this.closed(input.uri);
        }
      }),
    ];
  }

  dispose(): void {
    for (const one of this.subscriptions) one.dispose();
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.texts.get(uri.path) ?? "";
  }

  /** Show a page; `name` is its tab's title and what tells pages apart, with an extension that says its language. */
  async show(name: string, text: string): Promise<void> {
    const uri = uriOf(name);
    this.texts.set(uri.path, text);
    this.changes.fire(uri);
    const document = await workspace.openTextDocument(uri);
    await window.showTextDocument(document, { viewColumn: ViewColumn.Beside, preserveFocus: true, preview: true });
    this.changes.fire(uri); // what came while it was being opened reached no document
  }

  /** Change the text of one that is shown. */
  update(name: string, text: string): void {
    const uri = uriOf(name);
    if (!this.texts.has(uri.path)) return;
    this.texts.set(uri.path, text);
    this.changes.fire(uri);
  }

  private closed(uri: Uri): void {
    if (this.texts.delete(uri.path)) this.closings.fire(uri.path.slice(1));
  }
}

function uriOf(name: string): Uri {
  return Uri.from({ scheme: SCHEME, path: `/${name.replace(/[\\/]/g, "-")}` });
}
