/** What the user has set. Defaults are left out: they are the server's, and its own file may say otherwise. */

import { workspace } from "vscode";

const SECTION = "mistralLsp";

interface Property {
  scope: string;
}

export class Settings {
  private readonly scopes = new Map<string, string>();

  /** `manifest` is the extension's package.json, whose form says which setting a folder may make. */
  constructor(manifest: { contributes: { configuration: { properties: Record<string, Property> }[] } }) {
    for (const group of manifest.contributes.configuration) {
      for (const [name, property] of Object.entries(group.properties)) {
        this.scopes.set(name.slice(SECTION.length + 1), property.scope);
      }
    }
  }

  /** Those that only the user can make, for the server to trust. */
  own(): Record<string, unknown> {
    return this.explicit("machine");
  }

  /** Those that a folder may have made. */
  shared(): Record<string, unknown> {
    return this.explicit("window");
  }

  private explicit(scope: string): Record<string, unknown> {
    const configuration = workspace.getConfiguration(SECTION);
    const found: Record<string, unknown> = {};
    for (const [key, itsScope] of this.scopes) {
      const made = configuration.inspect(key);
      const isMade = [made?.globalValue, made?.workspaceValue, made?.workspaceFolderValue].some((one) => one !== undefined);
      if (itsScope === scope && isMade && !key.startsWith("server.")) {
        found[key] = configuration.get(key);
      }
    }
    return found;
  }
}

/** One of the extension's own settings, or of the server's that the extension must know. */
export function setting(key: string): string {
  return workspace.getConfiguration(SECTION).get<string>(key, "");
}

export const needsRestart = [`${SECTION}.server`, `${SECTION}.endpoint.token_env`];
export { SECTION };
