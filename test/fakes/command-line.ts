// Our command line in this very process: real files, sockets and clock; captured output; signals
// by hand.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

  async call(...words: string[]): Promise<Ended> {
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
      out: { isTerminal: false, write: (text: string) => void (stdout += text) },
      err,
      readStandardInput: () => Promise.resolve(this.standardInput),
      onSignal: (listener: (signal: Signal) => void) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
    const code = await runCommandLine(context, root, words);
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
