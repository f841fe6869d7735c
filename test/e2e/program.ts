// The compiled executable as a person starts it: its own home, a bare environment, real signals.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Scratch } from "../fakes/scratch.ts";

const root = join(import.meta.dir, "..", "..");
const system = process.platform === "win32" ? "windows" : process.platform;

/** These tests say nothing about sources that are not built: a missing executable is a failure. */
export function executable(): string {
  const target = join(root, "dist", `${system}-${process.arch}`);
  const candidates = [
    process.env["CLAWDBOT_BINARY"],
    join(target, "clawdbot"),
    join(`${target}-musl`, "clawdbot"),
  ];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `Cannot find the executable "${candidates[1]}": build it first with "npm run build"`,
  );
}

export interface Ended {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** A shell text that starts the program as `"$@"`. */
  readonly shell?: string;
}

/** A home directory and the programs that were started in it; all of them end with it. */
export class Person extends Scratch implements AsyncDisposable {
  readonly home = this.directory("home");
  readonly #started: Program[] = [];

  start(words: readonly string[], options: StartOptions = {}): Program {
    const argv = [executable(), ...words];
    const program = new Program(
      options.shell === undefined ? argv : ["/bin/sh", "-c", options.shell, "sh", ...argv],
      {
        env: { HOME: this.home, PATH: "/usr/bin:/bin", ...options.env },
        cwd: options.cwd ?? this.home,
        stdin: options.stdin ?? "",
      },
    );
    this.#started.push(program);
    return program;
  }

  /** Starts a program that ends by itself. */
  run(words: readonly string[], options?: StartOptions): Promise<Ended> {
    return this.start(words, options).ended;
  }

  /** Writes a file below the state directory. */
  state(name: string, content: unknown): string {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return this.file(`home/.clawdbot/${name}`, text);
  }

  /** Waits until a file is there. */
  async appears(name: string): Promise<void> {
    while (!this.has(name)) await Bun.sleep(5);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#started) await program.end();
    this[Symbol.dispose]();
  }
}

interface SpawnFacts {
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly stdin: string;
}

export class Program {
  readonly ended: Promise<Ended>;
  readonly #child: Bun.Subprocess<Uint8Array, "pipe", "pipe">;
  readonly #name: string;
  #stdout = "";
  #stderr = "";
  #running = true;

  constructor(argv: string[], { env, cwd, stdin }: SpawnFacts) {
    this.#name = argv.join(" ");
    this.#child = Bun.spawn(argv, {
      env,
      cwd,
      stdin: new TextEncoder().encode(stdin),
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
    this.ended = this.#follow();
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stderr(): string {
    return this.#stderr;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it says something on standard error; gives the match. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const running = this.#running;
      const match = pattern.exec(this.#stderr);
      if (match !== null) return match;
      if (!running) throw new Error(`${this.#name} ended without ${pattern}:\n${this.#stderr}`);
      await Bun.sleep(5);
    }
  }

  async end(): Promise<void> {
    if (this.#running) this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async #follow(): Promise<Ended> {
    const read = Promise.all([
      this.#collect(this.#child.stdout, (text) => (this.#stdout += text)),
      this.#collect(this.#child.stderr, (text) => (this.#stderr += text)),
    ]);
    const code = await this.#child.exited;
    await read;
    this.#running = false;
    const { signalCode } = this.#child;
    return {
      code: signalCode === null ? code : undefined,
      signal: signalCode === null ? undefined : String(signalCode),
      stdout: this.#stdout,
      stderr: this.#stderr,
    };
  }

  async #collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) add(decoder.decode(chunk, { stream: true }));
  }
}
