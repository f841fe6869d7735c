// Our command line in this very process: real files, sockets and clock; captured output; signals
// by hand.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandGroup, defineCommand, lazy } from "../../src/cli/command.ts";
import { root } from "../../src/cli/commands/root.ts";
import { type CliContext, type Signal, systemContext } from "../../src/cli/context.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import { createLog } from "../../src/platform/log.ts";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandLine implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), "clawdbot-cli-"));
  readonly #env: Record<string, string>;
  readonly #listeners = new Set<(signal: Signal) => void>();
  #disposed = false;
  standardInput = "";
  /** What the newest call has printed so far. */
  stdout = "";

  constructor(env: Record<string, string> = {}) {
    this.#env = {
      HOME: this.home,
      PATH: process.env["PATH"] ?? "",
      CLAWDBOT_GATEWAY_TOKEN: "the-test-token",
      ...env,
    };
  }

  unset(name: string): void {
    delete this.#env[name];
  }

  call(...words: string[]): Promise<Ended> {
    return this.#within((context) => runCommandLine(context, root, words));
  }

  /** A piece of a command that stands in no tree; its errors are shown as the program shows them. */
  run(handler: (context: CliContext) => Promise<number>): Promise<Ended> {
    const load = () => Promise.resolve(defineCommand({ summary: "", args: {}, run: handler }));
    const tree: CommandGroup = {
      kind: "group",
      summary: "",
      commands: { piece: lazy("", load) },
    };
    return this.#within((context) => runCommandLine(context, tree, ["piece"]));
  }

  /** Whether a command waits for signals. */
  get listening(): boolean {
    return this.#listeners.size > 0;
  }

  async #within(use: (context: CliContext) => Promise<number>): Promise<Ended> {
    let [stdout, stderr] = ["", ""];
    const system = systemContext({
      env: this.#env,
      platform: process.platform,
      pid: process.pid,
      uid: process.getuid?.(),
      cwd: this.home,
      self: [process.execPath],
      exit: (code) => {
        throw new Error(`exit ${code}`);
      },
    });
    const err = { isTerminal: false, write: (text: string) => void (stderr += text) };
    const { redactor } = system;
    const context: CliContext = {
      ...system,
      log: (format, verbose) => createLog({ format, verbose, sink: err, redactor, colors: false }),
      out: {
        isTerminal: false,
        write: (text: string) => {
          stdout += text;
          this.stdout = stdout;
        },
      },
      err,
      readStandardInput: () => Promise.resolve(this.standardInput),
      onSignal: (listener: (signal: Signal) => void) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
    const code = await use(context);
    return { code, stdout, stderr };
  }

  /** What `--json` printed: one object and nothing else. */
  async json(...words: string[]): Promise<any> {
    const ended = await this.call(...words, "--json");
    if (ended.code !== 0)
      throw new Error(`"${words.join(" ")}" ended with ${ended.code}: ${ended.stderr}`);
    return JSON.parse(ended.stdout);
  }

  /** Sends a signal as soon as a command waits for one. */
  async signal(signal: Signal): Promise<void> {
    while (this.#listeners.size === 0 && !this.#disposed) await Bun.sleep(5);
    for (const listener of this.#listeners) listener(signal);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    rmSync(this.home, { recursive: true, force: true });
  }
}
