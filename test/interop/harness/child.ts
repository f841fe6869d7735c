// One process with everything it says kept, everything it does bounded, and an end that reaches
// its whole process group.
const SETTLE_MS = 1_000;

export interface ChildSpec {
  /** What this process is to the test: "gateway", "node", … */
  readonly role: string;
  readonly argv: readonly string[];
  /** How to get to where it runs; of no interest to a reader. */
  readonly launcher: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Ended {
  /** 128 + signal number when a signal ended it, as a shell would say. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Child {
  readonly #spec: ChildSpec;
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #startedAt = performance.now();
  #stdout = "";
  #stderr = "";
  #code: number | undefined;
  /** Resolves once the process is gone and what it said is read. */
  readonly ended: Promise<Ended>;

  constructor(spec: ChildSpec) {
    this.#spec = spec;
    this.#process = Bun.spawn([...spec.launcher, ...spec.argv], {
      cwd: spec.cwd,
      env: { ...spec.env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
    this.ended = this.#follow();
  }

  get pid(): number {
    return this.#process.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get isRunning(): boolean {
    return this.#code === undefined;
  }

  /** What a person wants to see of this process when a test failed. */
  transcript(): string {
    const end = this.#code === undefined ? "still running" : `ended with ${this.#code}`;
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    const head = `--- ${this.#spec.role} (pid ${this.pid}, ${end}, started ${seconds} s ago)`;
    const command = `$ ${this.#spec.argv.join(" ")}`;
    return [head, command, ...indent("out", this.#stdout), ...indent("err", this.#stderr)].join(
      "\n",
    );
  }

  /** Waits for a text on either stream; fails at once when the process ends without it. */
  async says(pattern: RegExp, limitMs: number): Promise<RegExpMatchArray> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const running = this.isRunning;
      const match = `${this.#stdout}\n${this.#stderr}`.match(pattern);
      if (match) return match;
      if (!running) throw new Error(`${this.#spec.role} ended without saying ${pattern}`);
      if (performance.now() > deadline) {
        throw new Error(`${this.#spec.role} did not say ${pattern} within ${limitMs} ms`);
      }
      await Bun.sleep(20);
    }
  }

  /** The end of a process that is expected to end by itself. */
  async endsWithin(limitMs: number): Promise<Ended> {
    const ended = await Promise.race([this.ended, Bun.sleep(limitMs).then(() => undefined)]);
    if (ended) return ended;
    this.killNow();
    await this.ended;
    throw new Error(`${this.#spec.role} did not end within ${limitMs} ms`);
  }

  /** Asks the process to leave, and fails when it has to be killed instead. */
  async stop(limitMs = 15_000): Promise<Ended> {
    if (this.isRunning) this.#process.kill("SIGTERM");
    return this.endsWithin(limitMs);
  }

  /** SIGKILL to the group; synchronous, so that it also works on the way out. */
  killNow(): void {
    if (!this.isRunning) return;
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // Gone in the meantime.
    }
  }

  async #follow(): Promise<Ended> {
    const read = Promise.all([
      collect(this.#process.stdout, (text) => (this.#stdout += text)),
      collect(this.#process.stderr, (text) => (this.#stderr += text)),
    ]);
    const exit = await this.#process.exited;
    // A grandchild may hold the pipes for ever; what it says after this is not waited for.
    await Promise.race([read, Bun.sleep(SETTLE_MS)]);
    this.#code = exit;
    return { code: exit, stdout: this.#stdout, stderr: this.#stderr };
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  add: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) add(decoder.decode(chunk, { stream: true }));
  add(decoder.decode());
}

const SHOWN_CHARACTERS = 6_000;

function indent(label: string, text: string): string[] {
  const shown = text.length > SHOWN_CHARACTERS ? `… ${text.slice(-SHOWN_CHARACTERS)}` : text;
  return shown
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `  ${label} | ${line}`);
}
