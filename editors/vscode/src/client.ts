/** The language client: what it tells the server of this editor, and what it keeps from the user's face. */

import type { Readable } from "node:stream";
import { type LogOutputChannel, Uri, window } from "vscode";
import {
  type ClientCapabilities,
  type CloseAction,
  ErrorAction,
  type InlineCompletionParams,
  InlineCompletionRequest,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type StaticFeature,
} from "vscode-languageclient/node";
import { SCHEMES } from "./documents";
import type { Settings } from "./settings";

const CHECKS_SHOWN_MS = 10_000;

/** `$/mistralLsp/status` */
export interface Health {
  state: "ready" | "busy" | "paused" | "error";
  message: string;
  model?: string;
  fault?: string;
  risks?: string[];
}

/** `$/mistralLsp/activity` */
export interface Activity {
  busy: boolean;
  reason?: string;
  advice?: string;
}

/** `$/mistralLsp/explanation` */
export interface Explanation {
  id: string;
  title: string;
  text: string;
  state: "writing" | "done" | "failed";
}

/** A client that shows no dialogs of its own: the session says what there is to say, once and with a button. */
export class QuietClient extends LanguageClient {
  private readonly ends: (() => void)[] = [];

  constructor(...args: ConstructorParameters<typeof LanguageClient>) {
    super(...(args as [string, string, any, LanguageClientOptions]));
    this.registerFeature(abilities);
  }

  onDispose(listener: () => void): void {
    this.ends.push(listener);
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override async dispose(timeoutMs?: number): Promise<void> {
    try {
      await super.dispose(timeoutMs);
    } finally {
      for (const end of this.ends) end();
    }
  }
}

const abilities: StaticFeature = {
  fillClientCapabilities: (capabilities: ClientCapabilities) => {
    capabilities.experimental = { ...capabilities.experimental, mistralLsp: { activity: true, explanations: true } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};

export function optionsOf(
  output: LogOutputChannel,
  settings: Settings,
  on: { onStderr: (stream: Readable) => void; onClosed: () => { action: CloseAction; handled: true } },
): LanguageClientOptions {
  return {
    documentSelector: SCHEMES.map((scheme) => ({ scheme })),
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: () => settings.own(),
    initializationFailedHandler: () => false,
    errorHandler: { error: () => ({ action: ErrorAction.Continue, handled: true }), closed: on.onClosed },
    stdioOptions: { stdout: () => undefined, stderr: (stream: Readable) => on.onStderr(stream) },
    middleware: {
      workspace: { configuration: (params) => params.items.map(() => settings.shared()) },
      // Asked for by hand: what goes wrong is said, where VS Code would only log it.
      resolveCodeAction: async (item, token, next) => {
        try {
          const resolved = await next(item, token);
          // VS Code applies it without another look at the title, which now says what was checked.
          if (resolved?.edit) window.setStatusBarMessage(`$(sparkle) ${resolved.title}`, CHECKS_SHOWN_MS);
          return resolved;
        } catch (error) {
          if (!token.isCancellationRequested) say(error);
          throw error;
        }
      },
      sendRequest: (type, param, token, next) =>
        next(type, isInline(type) ? withSelection(param) : param, token),
      executeCommand: async (command, args, next) => {
        try {
          return await next(command, args);
        } catch (error) {
          say(error);
          return undefined;
        }
      },
    },
  };
}

function isInline(type: string | { method: string }): boolean {
  return (typeof type === "string" ? type : type.method) === InlineCompletionRequest.method;
}

/** LSP has no word for what is selected, as a snippet's placeholder is; ghost text behind it would be in the way. */
function withSelection<P>(param: P): P {
  const editor = window.activeTextEditor;
  const params = param as P & InlineCompletionParams;
  const isOf = editor && editor.document.uri.toString() === Uri.parse(params.textDocument.uri).toString();
  if (!isOf || editor.selection.isEmpty) return param;
  const { start, end } = editor.selection;
  const selection = {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
  return { ...params, context: { ...params.context, selection } };
}

/** Show what the server said of a failure. */
export function say(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (message && !/cancel/i.test(message)) void window.showWarningMessage(message.replace(/^mistral-lsp: /, "Mistral LSP: "));
}
