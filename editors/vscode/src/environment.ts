/** The extension's own virtual environment, made where the user agrees, from the wheel that the extension brings. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CancellationToken, LogOutputChannel } from "vscode";
import { CanNotInstall, claim } from "./claim";
import { lastLine, run } from "./run";
import { setting } from "./settings";

const PREFIX = "server-";
const DONE = ".done"; // written last: an environment without it was not finished
const BIN = process.platform === "win32" ? "Scripts" : "bin";
const INSTALLING_MS = 30 * 60_000; // a slow line
const TELL_VERSION = "import sys; print(*sys.version_info[:3], sep='.'); sys.exit(sys.version_info < (3, 11))";

export class Environment {
  /** Of the server that the extension brings; empty where it brings none. */
  readonly version: string;
  private readonly wheel: string;
  private readonly folder: string;

  constructor(
    private readonly storage: string,
    extension: string,
    private readonly output: LogOutputChannel,
  ) {
    const brought = join(extension, "server");
    const name = existsSync(brought) ? readdirSync(brought).find((one) => one.endsWith(".whl")) : undefined;
    this.wheel = name ? join(brought, name) : "";
    this.version = name?.split("-")[1] ?? "";
    this.folder = join(storage, PREFIX + (name ? hashOf(this.wheel) : "registry"));
  }

  /** The newest server that was installed here. */
  get command(): string | undefined {
    const folder = [this.folder, ...this.others()].find(isDone);
    return folder && join(folder, BIN, "mistral-lsp");
  }

  /** Whether what is installed is not what this extension brings. */
  get isOld(): boolean {
    return this.command !== undefined && !isDone(this.folder);
  }

  /** Make it anew, unless another window does so just now. Throws CanNotInstall. */
  async make(tell: (message: string) => void, token: CancellationToken): Promise<void> {
    await mkdir(this.storage, { recursive: true });
    const { waited, release } = await claim(join(this.storage, "installing"), () => tell("another window installs it"), token);
    try {
      if (!(waited && isDone(this.folder))) await this.build(tell, token);
    } finally {
      release();
    }
  }

  private async build(tell: (message: string) => void, token: CancellationToken): Promise<void> {
    const python = await this.python();
    rmSync(this.folder, { recursive: true, force: true });
    tell("making an environment");
    await this.must(python, ["-m", "venv", this.folder], token);
    const what = `${this.wheel || "mistral-lsp"}[embedded]`;
    const install = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", what];
    await this.must(join(this.folder, BIN, "python"), install, token, (line) => {
      const package_ = /^Collecting (\S+)|^Installing collected/.exec(line);
      if (package_) tell(package_[1] ?? "putting it all in its place");
    });
    writeFileSync(join(this.folder, DONE), "");
    // The one before it may still run in another window.
    for (const old of this.others().slice(1)) rmSync(old, { recursive: true, force: true });
  }

  /** Environments of other versions, the newest first. */
  private others(): string[] {
    if (!existsSync(this.storage)) return [];
    const names = readdirSync(this.storage).filter((name) => name.startsWith(PREFIX));
    const folders = names.map((name) => join(this.storage, name)).filter((folder) => folder !== this.folder);
    return folders.sort((one, other) => madeAt(other) - madeAt(one));
  }

  private async python(): Promise<string> {
    const wanted = setting("server.python");
    const names = wanted ? [wanted] : ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11"];
    let found = "";
    for (const name of names) {
      const { code, text } = await run(name, ["-c", TELL_VERSION], { timeoutMs: 30_000 });
      if (code === 0) return name;
      const version = /^\d+\.\d+\S*$/m.exec(text)?.[0]; // Windows has a program of this name that is none
      if (version) found ||= `${name} is ${version}`;
    }
    const what = found || `there is no ${wanted || "Python on the PATH"}`;
    const cure = "Install a newer one, or say where it is in the setting mistralLsp.server.python";
    throw new CanNotInstall(`mistral-lsp needs Python 3.11 or newer, and ${what}. ${cure}.`);
  }

  private async must(
    command: string,
    args: string[],
    token: CancellationToken,
    onLine?: (line: string) => void,
  ): Promise<void> {
    const log = (line: string): void => {
      this.output.info(line);
      onLine?.(line);
    };
    this.output.info(`$ ${command} ${args.join(" ")}`);
    const { code, text } = await run(command, args, { timeoutMs: INSTALLING_MS, token, onLine: log });
    if (code === 0) return;
    rmSync(this.folder, { recursive: true, force: true });
    if (token.isCancellationRequested) throw new CanNotInstall("The installation was cancelled.");
    throw new CanNotInstall(
      /ensurepip/.test(text)
        ? "This Python can't make environments: on Debian or Ubuntu, apt install python3-venv."
        : `The server could not be installed: ${lastLine(text) || "no reason was given"}`,
    );
  }
}

function isDone(folder: string): boolean {
  return existsSync(join(folder, DONE));
}

function madeAt(folder: string): number {
  return statSync(join(folder, DONE), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function hashOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
}
