/** The endpoint's token: in the editor's secret storage, and from there into the server's environment. */

import { type Event, type SecretStorage, window } from "vscode";
import { setting } from "./settings";

const KEY = "endpoint.token";

export class Token {
  readonly onDidChange: Event<unknown>;

  constructor(private readonly secrets: SecretStorage) {
    this.onDidChange = secrets.onDidChange;
  }

  /** The variable that the server reads it from; nothing where none is stored. */
  async environment(): Promise<Record<string, string>> {
    const [name, token] = [setting("endpoint.token_env"), await this.secrets.get(KEY)];
    return name && token ? { [name]: token } : {};
  }

  async set(): Promise<void> {
    const token = await window.showInputBox({
      title: "The endpoint's token",
      prompt: "It is kept in this editor's secret storage and given to the server alone.",
      password: true,
      ignoreFocusOut: true,
    });
    if (token?.trim()) {
      await this.secrets.store(KEY, token.trim());
    }
  }

  async forget(): Promise<void> {
    await this.secrets.delete(KEY);
  }
}
