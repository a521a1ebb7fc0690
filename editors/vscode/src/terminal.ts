/** What is selected in the terminal. VS Code gives it to the clipboard alone, so what stood there is put back. */

import { commands, env } from "vscode";

/** Empty where nothing is selected, which VS Code then says itself. */
export async function terminalSelection(): Promise<string> {
  const before = await env.clipboard.readText();
  await env.clipboard.writeText("");
  try {
    await commands.executeCommand("workbench.action.terminal.copySelection");
    return await env.clipboard.readText();
  } finally {
    await env.clipboard.writeText(before);
  }
}
