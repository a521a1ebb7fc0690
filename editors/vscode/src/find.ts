/** Finding the server: a path that the user set, the PATH, the Python extension's environment, or the extension's own. */

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { extensions, workspace } from "vscode";
import { lastLine, run } from "./run";
import { setting } from "./settings";

const NAME = process.platform === "win32" ? "mistral-lsp.exe" : "mistral-lsp";
const ASKING_MS = 30_000; // a cold disk and a busy machine

export interface Server {
  command: string;
  version: string;
  place: string;
}

/** Nothing is there; `message` is for the user. */
export class NotFound extends Error {}

/** Something is there, and it doesn't run. */
export class DoesNotRun extends Error {}

/** The first server that there is. Throws NotFound or DoesNotRun. */
export async function findServer(ownCommand: string | undefined): Promise<Server> {
  const path = setting("server.path").replace(/^~(?=[/\\])/, homedir());
  if (path) {
    if (!isProgram(path)) {
      throw new NotFound(`There is no program at ${path}, which the setting mistralLsp.server.path names.`);
    }
    return checked(path, "the setting mistralLsp.server.path");
  }
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, NAME)).find(isProgram);
  if (onPath) return checked(onPath, "the PATH");
  const beside = await besidePython();
  if (beside) return checked(beside, "the Python extension's environment");
  if (ownCommand) return checked(ownCommand, "the extension's own environment");
  throw new NotFound("The server, mistral-lsp, is not on this machine yet.");
}

async function checked(command: string, place: string): Promise<Server> {
  const { code, text } = await run(command, ["--version"], { timeoutMs: ASKING_MS });
  const version = /^mistral-lsp (\S+)/m.exec(text)?.[1];
  if (code === 0 && version) return { command, version, place };
  const why = /SyntaxError|requires a different Python|No module named 'tomllib'/.test(text)
    ? "It needs Python 3.11 or newer"
    : lastLine(text) || "It did not say why";
  throw new DoesNotRun(`${command}, from ${place}, does not run. ${why}.`);
}

/** In an environment that the user picked in the Python extension; a folder that isn't trusted may have brought it. */
async function besidePython(): Promise<string | undefined> {
  const python = extensions.getExtension("ms-python.python");
  if (!python || !workspace.isTrusted) return undefined;
  try {
    const api: any = await python.activate();
    const active: string | undefined = api?.environments?.getActiveEnvironmentPath?.(workspace.workspaceFolders?.[0]?.uri)?.path;
    return active ? [join(dirname(active), NAME), join(active, "bin", NAME)].find(isProgram) : undefined;
  } catch {
    return undefined; // another extension's fault is no reason to be without the server
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
