/** One execution: spawn, collect, end. */
import { codeOf, messageOf } from "../lib/errors.ts";
import type { Child, ChildEnd, Clock, SpawnOptions, Spawner } from "../platform/ports.ts";
import { type CapturedText, emptyText } from "./captured-text.ts";
import { OutputCapture } from "./output-capture.ts";

export interface RunPorts {
  readonly spawner: Spawner;
  readonly clock: Clock;
}

export interface RunOptions extends SpawnOptions {
  /** Milliseconds until the command is ended; undefined: no limit. */
  readonly timeoutMs: number | undefined;
}

export interface RunOutcome {
  /** Undefined when the program could not be started. */
  readonly end: ChildEnd | undefined;
  /** Why it could not be started: the system's code, else its message. */
  readonly startError: string | undefined;
  readonly timedOut: boolean;
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
}

export interface RunningCommand {
  /** Never rejects. */
  readonly outcome: Promise<RunOutcome>;
  /** Ends the whole tree: politely, then for good. */
  terminate(): void;
  /** Ends the whole tree at once. */
  kill(): void;
}

/** Between SIGTERM and SIGKILL. */
const terminateGraceMs = 2000;

/**
 * How long output is still read after the command itself has ended: a background process that
 * keeps the pipe open must not hold back the result.
 */
const drainMs = 250;

/** Starts a command. A program that cannot be started is an outcome, not an exception. */
export function startCommand(ports: RunPorts, options: RunOptions): RunningCommand {
  let child: Child;
  try {
    child = ports.spawner.spawn(options);
  } catch (error) {
    const startError = codeOf(error) ?? messageOf(error);
    const outcome = {
      end: undefined,
      startError,
      timedOut: false,
      stdout: emptyText,
      stderr: emptyText,
    };
    return { outcome: Promise.resolve(outcome), terminate: () => {}, kill: () => {} };
  }
  return new Supervisor(ports.clock, child, options.timeoutMs);
}

class Supervisor implements RunningCommand {
  readonly outcome: Promise<RunOutcome>;
  readonly #clock: Clock;
  readonly #child: Child;
  #cancelGrace: (() => void) | undefined;
  #ended = false;
  #timedOut = false;

  constructor(clock: Clock, child: Child, timeoutMs: number | undefined) {
    this.#clock = clock;
    this.#child = child;
    this.outcome = this.#supervise(timeoutMs);
  }

  terminate(): void {
    if (this.#ended || this.#cancelGrace !== undefined) return;
    this.#child.killTree("SIGTERM");
    this.#cancelGrace = this.#clock.after(terminateGraceMs, () => this.kill());
  }

  kill(): void {
    this.#cancelGrace?.();
    this.#cancelGrace = () => {};
    this.#child.killTree("SIGKILL");
  }

  async #supervise(timeoutMs: number | undefined): Promise<RunOutcome> {
    const streams = [this.#child.stdout, this.#child.stderr].map(collect);
    const cancelTimeout =
      timeoutMs === undefined
        ? undefined
        : this.#clock.after(timeoutMs, () => {
            this.#timedOut = true;
            this.terminate();
          });
    const end = await this.#child.ended;
    cancelTimeout?.();
    // The leader is gone; what it left behind of a tree that was to end must go too.
    if (this.#cancelGrace !== undefined) this.kill();
    this.#ended = true;
    await this.#drained(streams.map(({ done }) => done));
    const [stdout = emptyText, stderr = emptyText] = streams.map(({ capture }) => capture.text());
    return { end, startError: undefined, timedOut: this.#timedOut, stdout, stderr };
  }

  async #drained(streams: readonly Promise<void>[]): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const cancel = this.#clock.after(drainMs, limit.resolve);
    await Promise.race([Promise.all(streams), limit.promise]);
    cancel();
  }
}

/**
 * Gives a chunk's memory back at once. The collector sees only small objects and lets a hundred
 * megabytes of output pile up to tens of them.
 */
function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/**
 * Reads a stream to its end, which may come long after the result: a background process must not
 * die of a closed pipe because somebody else's result was due.
 */
function collect(stream: ReadableStream<Uint8Array>): {
  capture: OutputCapture;
  done: Promise<void>;
} {
  const capture = new OutputCapture();
  const read = async (): Promise<void> => {
    try {
      for await (const chunk of stream) {
        capture.push(chunk);
        release(chunk);
      }
    } catch {
      // A pipe that breaks has nothing more to say; what came before counts.
    }
  };
  return { capture, done: read() };
}
