/** The one server of this window: found, started, restarted when it dies, stopped; and what to say when it can't be. */

import { homedir } from "node:os";
import {
  type ConfigurationChangeEvent,
  type Disposable,
  EventEmitter,
  type LogOutputChannel,
  type Memento,
  ProgressLocation,
  commands,
  window,
} from "vscode";
import { CloseAction, type LanguageClient, State } from "vscode-languageclient/node";
import { setTimeout as timeout } from "node:timers/promises";
import { type Activity, type Explanation, type Health, QuietClient, optionsOf } from "./client";
import { CanNotInstall } from "./claim";
import type { Environment } from "./environment";
import { CHOSEN, DoesNotRun, NotFound, OWN, type Server, findServer, isOlder } from "./find";
import { readLines, stopPrograms } from "./run";
import { SECTION, type Settings, needsRestart, setting } from "./settings";
import type { Token } from "./token";

const INSTALL = "Install It";
const SET_PATH = "Set Its Path";
const SHOW_OUTPUT = "Show Output";
const RESTART = "Restart";
const TOLD_OF = "older"; // in the editor's memory: the older server that the user was told of
const SEVERAL_TIMES = "The server ended by itself several times.";
const KEPT_LINES = 20;
const LAST_WORDS_MS = 1_000;
const MOST_DEATHS = 4;
const WITHIN_MS = 3 * 60_000;

export type Life = { state: "starting" | "running" } | { state: "stopped"; why: string };

export class Session {
  client: LanguageClient | undefined;
  life: Life = { state: "stopped", why: "" };
  private readonly lives = new EventEmitter<Life>();
  private readonly healths = new EventEmitter<Health>();
  private readonly activities = new EventEmitter<Activity>();
  private readonly explained = new EventEmitter<Explanation>();
  readonly onLife = this.lives.event;
  readonly onHealth = this.healths.event;
  readonly onActivity = this.activities.event;
  readonly onExplanation = this.explained.event;
  private isBeginning = false; // `begin` waits for the server, and says why it doesn't come
  private isOver = false;
  private deaths: number[] = [];
  private said: string[] = []; // the server's last lines on stderr
  private saidAll: Promise<unknown> = Promise.resolve(); // it has nothing more to say
  private queue: Promise<unknown> = Promise.resolve(); // starts and stops, one after the other

  constructor(
    private readonly output: LogOutputChannel,
    private readonly settings: Settings,
    private readonly token: Token,
    private readonly environment: Environment,
    private readonly memory: Memento,
  ) {}

  start(): Promise<void> {
    return this.inTurn(() => this.begin());
  }

  /** For good: the extension is switched off, or its window is closed. */
  stop(): Promise<void> {
    this.isOver = true;
    stopPrograms();
    return this.inTurn(() => this.end());
  }

  restart(): Promise<void> {
    this.deaths = [];
    return this.inTurn(async () => {
      await this.end();
      await this.begin();
    });
  }

  startIfStopped(): Promise<void> {
    return this.life.state === "stopped" ? this.start() : Promise.resolve();
  }

  /** Make the extension's own environment, or bring it up to date, and start from it. */
  async install(): Promise<void> {
    if (await this.make("Installing the server")) await this.restart();
  }

  /** Pass on what the user changed. */
  async configured(event: ConfigurationChangeEvent): Promise<void> {
    if (needsRestart.some((section) => event.affectsConfiguration(section))) {
      await this.restart();
    } else if (event.affectsConfiguration(SECTION) && this.client?.isRunning()) {
      await this.client.sendNotification("$/mistralLsp/settings", { settings: this.settings.own() });
    }
  }

  /** What a command of the server answers; says so where it can't. */
  async run<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
    if (!this.client?.isRunning()) {
      void window.showWarningMessage("Mistral LSP: the server is not running.", RESTART).then((picked) => {
        if (picked) void this.restart();
      });
      return undefined;
    }
    return this.client.sendRequest<T>("workspace/executeCommand", { command, arguments: args });
  }

  private async begin(): Promise<void> {
    this.live({ state: "starting" });
    try {
      const server = await this.newest(await findServer(this.environment));
      if (this.isOver) return;
      this.output.info(`mistral-lsp ${server.version} from ${server.place}: ${server.command}`);
      this.client = this.clientFor(server.command, await this.token.environment());
      this.isBeginning = true;
      await this.client.start();
    } catch (error) {
      const isOurs = error instanceof NotFound || error instanceof DoesNotRun || error instanceof CanNotInstall;
      if (!isOurs) await Promise.race([this.saidAll, timeout(LAST_WORDS_MS)]);
      const said = this.said.at(-1);
      await this.end();
      const once = `The server ended while it was starting.${said ? ` It said: ${said}` : ""}`;
      const started = this.deaths.length < MOST_DEATHS ? once : SEVERAL_TIMES;
      const mends = setting("server.path") ? [SET_PATH, SHOW_OUTPUT] : [INSTALL, SET_PATH, SHOW_OUTPUT];
      this.tell(isOurs ? error.message : started, isOurs ? mends : [RESTART, SHOW_OUTPUT]);
    } finally {
      this.isBeginning = false;
    }
  }

  /** The server that was found; where it is the extension's own and older than the extension, the one that it brings. */
  private async newest(server: Server): Promise<Server> {
    if (server.place === OWN) {
      const isNew = this.environment.isOld && (await this.make("Updating the server"));
      return isNew ? findServer(this.environment) : server;
    }
    const which = `${server.command} ${server.version} ${this.environment.version}`;
    if (isOlder(server.version, this.environment.version) && this.memory.get(TOLD_OF) !== which) {
      void this.memory.update(TOLD_OF, which);
      const why = `mistral-lsp ${server.version} from ${server.place} is older than this extension, which brings ${this.environment.version}.`;
      this.offer(why, server.place === CHOSEN ? [SET_PATH] : [INSTALL]);
    }
    return server;
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client) await client.dispose(2_000).catch((error) => this.output.debug(String(error)));
    this.live({ state: "stopped", why: "" });
  }

  private clientFor(command: string, secrets: Record<string, string>): LanguageClient {
    const env = { ...process.env, ...secrets, MISTRAL_LSP_LOG: setting("server.log_level") };
    const options = optionsOf(this.output, this.settings, {
      onStderr: (stream) => {
        this.said = [];
        this.saidAll = readLines(stream, (line) => {
          this.output.info(line);
          this.said = [...this.said, line].slice(-KEPT_LINES);
        });
      },
      onClosed: () => this.died(),
    });
    const client = new QuietClient("mistral-lsp", "Mistral LSP", { command, options: { env, cwd: homedir() } }, options);
    const listeners: Disposable[] = [
      client.onDidChangeState(({ newState }) => {
        if (newState === State.Running) this.live({ state: "running" });
      }),
      client.onNotification("$/mistralLsp/status", (told: Health) => this.healths.fire(told)),
      client.onNotification("$/mistralLsp/activity", (told: Activity) => this.activities.fire(told)),
      client.onNotification("$/mistralLsp/explanation", (told: Explanation) => this.explained.fire(told)),
    ];
    client.onDispose(() => listeners.forEach((one) => one.dispose()));
    return client;
  }

  /** The server has gone by itself: once more, unless it does nothing else. */
  private died(): { action: CloseAction; handled: true } {
    const now = Date.now();
    this.deaths = [...this.deaths.filter((at) => now - at < WITHIN_MS), now];
    this.output.warn(`the server has ended by itself (${this.deaths.length} of ${MOST_DEATHS})`);
    const noMore = { action: CloseAction.DoNotRestart, handled: true } as const;
    if (this.isBeginning) return noMore;
    if (this.deaths.length >= MOST_DEATHS) {
      void this.inTurn(() => this.end()).then(() => this.tell(SEVERAL_TIMES, [RESTART, SHOW_OUTPUT]));
      return noMore;
    }
    if (this.life.state === "starting") {
      // While the client started it again, which the client doesn't try twice.
      void this.inTurn(() => this.end().then(() => this.begin()));
      return noMore;
    }
    this.live({ state: "starting" });
    return { action: CloseAction.Restart, handled: true };
  }

  /** Say what keeps the server from running, with buttons that mend it. */
  private tell(why: string, buttons: string[]): void {
    this.live({ state: "stopped", why });
    this.output.error(why);
    void window.showErrorMessage(`Mistral LSP: ${why}`, ...buttons).then((picked) => this.pressed(picked));
  }

  private offer(what: string, buttons: string[]): void {
    this.output.warn(what);
    void window.showInformationMessage(`Mistral LSP: ${what}`, ...buttons).then((picked) => this.pressed(picked));
  }

  private pressed(button: string | undefined): void {
    if (button === INSTALL) void this.install();
    if (button === SET_PATH) void commands.executeCommand("workbench.action.openSettings", `${SECTION}.server`);
    if (button === SHOW_OUTPUT) this.output.show();
    if (button === RESTART) void this.restart();
  }

  private async make(title: string): Promise<boolean> {
    const where = { location: ProgressLocation.Notification, cancellable: true, title: `Mistral LSP: ${title}` };
    return window.withProgress(where, async (progress, token) => {
      try {
        await this.environment.make((message) => progress.report({ message }), token);
        return true;
      } catch (error) {
        this.tell(error instanceof Error ? error.message : String(error), [INSTALL, SET_PATH, SHOW_OUTPUT]);
        return false;
      }
    });
  }

  private live(life: Life): void {
    this.life = life;
    void commands.executeCommand("setContext", "mistral-lsp.running", life.state === "running");
    this.lives.fire(life);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}

