/** Which documents the server is told of, and why it isn't told of others. */

import { TabInputText, window } from "vscode";

export const SCHEMES = ["file", "untitled", "vscode-notebook-cell"];

/** Why the server can say nothing of what the user looks at; undefined where it can. */
export function unserved(): string | undefined {
  const document = window.activeTextEditor?.document;
  if (document) {
    const { scheme } = document.uri;
    return SCHEMES.includes(scheme) ? undefined : `this is no file of this machine, but one of "${scheme}:"`;
  }
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof TabInputText ? "VS Code gives no extension the text of a file as large as this" : undefined;
}
