/** Edits of the server's code actions, as they are before they are the editor's. */

import type { CodeAction, WorkspaceEdit } from "vscode-languageclient/node";

/** Whether the editor will show it before it applies it. */
export function needsPreview(edit: WorkspaceEdit): boolean {
  return Object.values(edit.changeAnnotations ?? {}).some(({ needsConfirmation }) => needsConfirmation);
}

/** The same edit, to be shown first. */
export function previewed(edit: WorkspaceEdit): WorkspaceEdit {
  const annotations = Object.entries(edit.changeAnnotations ?? {});
  return {
    ...edit,
    changeAnnotations: Object.fromEntries(annotations.map(([id, one]) => [id, { ...one, needsConfirmation: true }])),
  };
}

/** What was checked, out of the title of an action that was resolved: "parses, the error is gone". */
export function checksOf({ title }: CodeAction): string {
  return /^.* \((.*)\)$/.exec(title)?.[1] ?? "";
}
