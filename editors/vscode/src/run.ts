/** Other programs: short ones that are waited for. */

import { type ChildProcess, spawn } from "node:child_process";
import { homedir } from "node:os";
import type { Readable } from "node:stream";
import type { CancellationToken } from "vscode";

export interface Outcome {
  /** null where it could not be started, or was stopped. */
  code: number | null;
  /** All that it wrote, or why it did not start. */
  text: string;
}

const IS_GROUP = process.platform !== "win32"; // a program that is started leads a group of processes
const children = new Set<ChildProcess>();

/** Stop all that run. */
export function stopPrograms(): void {
  for (const child of children) stop(child);
}

/** Stop a program and those that it has started, which would go on writing files. */
function stop(child: ChildProcess): void {
  if (!IS_GROUP || child.pid === undefined) {
    child.kill();
    return;
  }
  try {
    process.kill(-child.pid);
  } catch {
    // it has ended by itself
  }
}

/** Run a program to its end; `onLine` hears each line of what it writes. It never rejects. */
export function run(
  command: string,
  args: string[],
  { timeoutMs, token, onLine }: { timeoutMs: number; token?: CancellationToken; onLine?: (line: string) => void },
): Promise<Outcome> {
  return new Promise((resolve) => {
    const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { cwd: homedir(), detached: IS_GROUP, stdio, windowsHide: true });
    children.add(child);
    const timer = setTimeout(() => stop(child), timeoutMs);
    const cancelling = token?.onCancellationRequested(() => stop(child));
    let text = "";
    const end = (code: number | null, more = ""): void => {
      clearTimeout(timer);
      cancelling?.dispose();
      children.delete(child);
      resolve({ code, text: text + more });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        for (const line of chunk.split(/\r?\n/)) {
          if (line.trim()) onLine?.(line);
        }
      });
    }
    child.on("error", (error) => end(null, error.message));
    child.on("close", (code) => end(code));
  });
}

/** Hear each line of a stream; it is over when the stream is. */
export function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) onLine(line);
  });
  return new Promise((resolve) => stream.on("close", resolve));
}

/** The last line of a program's words: where Python says what was wrong. */
export function lastLine(text: string): string {
  return text.trim().split(/\r?\n/).at(-1) ?? "";
}
