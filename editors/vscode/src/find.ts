/** Finding the server: a path that the user set, the PATH, the Python extension's environment, or the extension's own. */

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { extensions, workspace } from "vscode";
import type { Environment } from "./environment";
import { lastLine, run } from "./run";
import { setting } from "./settings";

const NAME = process.platform === "win32" ? "mistral-lsp.exe" : "mistral-lsp";
const ASKING_MS = 30_000; // a cold disk and a busy machine
export const CHOSEN = "the setting mistralLsp.server.path";
export const OWN = "the extension's own environment";

export interface Server {
  command: string;
  version: string;
  place: string;
}

/** Nothing is there; `message` is for the user. */
export class NotFound extends Error {}

/** Something is there, and it doesn't run. */
export class DoesNotRun extends Error {}

/** The first server that there is; the extension's own where it isn't the older one. Throws NotFound or DoesNotRun. */
export async function findServer(own: Environment): Promise<Server> {
  const path = setting("server.path").replace(/^~(?=[/\\])/, homedir());
  if (path) {
    if (!isProgram(path)) {
      throw new NotFound(`There is no program at ${path}, which the setting mistralLsp.server.path names.`);
    }
    return checked(path, CHOSEN);
  }
  const theirs = await others().catch((error) => {
    if (!own.command) throw error;
  });
  if (theirs && !(own.command && isOlder(theirs.version, own.version))) return theirs;
  if (own.command) return checked(own.command, OWN);
  throw new NotFound(
    "The server, mistral-lsp, is not on this machine yet. It can have an environment of its own, made with your Python " +
      "and packages from your package index.",
  );
}

/** Whether a version comes before another one; one that is no number doesn't. */
export function isOlder(version: string, than: string): boolean {
  const parts = (text: string): number[] => text.split(".").slice(0, 3).map((part) => Number.parseInt(part, 10));
  const [one, other] = [parts(version), parts(than)];
  const differs = one.findIndex((part, place) => part !== other[place]);
  return differs >= 0 && one[differs]! < (other[differs] ?? Number.NaN);
}

async function others(): Promise<Server | undefined> {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, NAME)).find(isProgram);
  if (onPath) return checked(onPath, "the PATH");
  const beside = await besidePython();
  return beside ? checked(beside, "the Python extension's environment") : undefined;
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
