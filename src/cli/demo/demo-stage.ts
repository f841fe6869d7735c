/** The processes of the demonstration: this program, started again in its three roles. */
import { join } from "node:path";

import { UserError } from "../../lib/errors.ts";
import { shellQuote } from "../../lib/display-text.ts";
import type { Child, ChildEnd } from "../../platform/ports.ts";
import type { CliContext } from "../context.ts";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started role and everything that it has said so far. */
export interface Role {
  said(): string;
  stop(): Promise<void>;
}

const stateOf = { gateway: "gateway", node: "node", operator: "operator" } as const;

export class DemoStage {
  readonly directory: string;
  readonly tokenFile: string;
  readonly url: string;
  readonly #context: CliContext;
  readonly #roles: Role[] = [];

  constructor(context: CliContext, directory: string, port: number) {
    this.#context = context;
    this.directory = directory;
    this.tokenFile = join(directory, "token");
    this.url = `ws://127.0.0.1:${port}`;
    context.files.writeAtomic(this.tokenFile, `${context.random.uuid()}\n`, 0o600);
  }

  /** Starts a role that stays; it ends with the stage. */
  start(role: "gateway" | "node", words: readonly string[]): Role {
    const child = this.#spawn(role, words);
    const texts = [textOf(child.stdout), textOf(child.stderr)];
    const started: Role = {
      said: () => texts.map((text) => text.current()).join(""),
      async stop() {
        child.killTree("SIGTERM");
        await child.ended;
      },
    };
    this.#roles.push(started);
    return started;
  }

  /** Runs a command to its end. */
  async run(role: keyof typeof stateOf, words: readonly string[]): Promise<Finished> {
    const child = this.#spawn(role, words);
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const end = await child.ended;
    await Promise.all([stdout.done, stderr.done]);
    return { code: codeOf(end), stdout: stdout.current(), stderr: stderr.current() };
  }

  /** Waits until a role has said something, or throws what it said instead. */
  async until(role: Role, pattern: RegExp): Promise<RegExpExecArray> {
    for (let tries = 0; tries < 200; tries += 1) {
      const match = pattern.exec(role.said());
      if (match !== null) return match;
      await this.#pause(50);
    }
    throw new UserError(`Cannot show the demonstration: nothing like ${pattern.source} came`, {
      hint: role.said(),
    });
  }

  /** The last role that was started is the first to go. */
  async close(): Promise<void> {
    for (const role of this.#roles.toReversed()) await role.stop();
  }

  /** The words as a person would type them. */
  typed(words: readonly string[]): string {
    return ["clawdbot", ...words].map((word) => shellQuote(word)).join(" ");
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#context.clock.after(ms, resolve));
  }

  #spawn(role: keyof typeof stateOf, words: readonly string[]): Child {
    const [program = "", ...own] = this.#context.machine.self;
    const inherited = Object.entries(this.#context.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !entry[0].startsWith("CLAWDBOT_"),
    );
    return this.#context.spawner.spawn({
      program,
      argv: [program, ...own, ...words],
      cwd: this.directory,
      env: {
        ...Object.fromEntries(inherited),
        NO_COLOR: "1",
        CLAWDBOT_STATE_DIR: join(this.directory, stateOf[role]),
        CLAWDBOT_GATEWAY_URL: this.url,
      },
    });
  }
}

function textOf(stream: ReadableStream<Uint8Array>): {
  readonly done: Promise<void>;
  current(): string;
} {
  let text = "";
  const decoder = new TextDecoder();
  const read = async (): Promise<void> => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  };
  return { done: read(), current: () => text };
}

function codeOf(end: ChildEnd): number {
  return end.kind === "exit" ? end.code : 1;
}
