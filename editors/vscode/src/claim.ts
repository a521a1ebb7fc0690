/** One window at a time installs: a file with the number of its process, which counts only while that process lives. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as timeout } from "node:timers/promises";
import type { CancellationToken } from "vscode";

const LOOKING_MS = 500;

/** Why the server could not be installed; `message` is for the user. */
export class CanNotInstall extends Error {}

/** Wait for whoever has the file, and have it. `waited` says whether there was anybody. Throws CanNotInstall. */
export async function claim(
  file: string,
  onWait: () => void,
  token: CancellationToken,
): Promise<{ waited: boolean; release: () => void }> {
  let waited = false;
  let wasDead = false; // a number that is being written reads as nobody's
  while (!isTaken(file)) {
    const isDead = !isAlive(holder(file));
    if (isDead && wasDead) {
      rmSync(file, { force: true });
      continue;
    }
    if (!waited) onWait();
    [waited, wasDead] = [true, isDead];
    await timeout(LOOKING_MS);
    if (token.isCancellationRequested) throw new CanNotInstall("The installation was cancelled.");
  }
  return { waited, release: () => rmSync(file, { force: true }) };
}

function isTaken(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new CanNotInstall(`The server could not be installed: ${String(error)}`);
  }
}

function holder(file: string): number {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0; // it was given back just now
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
