/** One execution: spawn, collect, end. */
import { codeOf, messageOf } from "../lib/errors.ts";
import type { Child, ChildEnd, Clock, Guardian, SpawnOptions, Spawner } from "../platform/ports.ts";
import { type CapturedText, emptyText } from "./captured-text.ts";
import type { OutputEncoding } from "./output-encoding.ts";
import { OutputCapture } from "./output-capture.ts";

export interface RunPorts {
  readonly spawner: Spawner;
  readonly clock: Clock;
  /** Ends the command when this process is killed; without one it lives on. */
  readonly guardian?: Guardian | undefined;
}

export interface RunOptions extends SpawnOptions {
  /** Milliseconds until the command is ended; undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** Milliseconds between SIGTERM and SIGKILL when its time is over. */
  readonly graceMs?: number | undefined;
  /** What the command prints in; undefined: UTF-8. */
  readonly encoding?: OutputEncoding | undefined;
}

export interface RunOutcome {
  /** Undefined when the program could not be started, or could not be ended. */
  readonly end: ChildEnd | undefined;
  /** Why it could not be started: the system's code, else its message. */
  readonly startError: string | undefined;
  readonly timedOut: boolean;
  /** Processes of the tree that even SIGKILL did not end; absent when there are none. */
  readonly survivors?: number;
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
}

/** Something under way that can be ended. */
export interface Endable {
  /** Ends the whole tree: politely, then for good after `graceMs`. */
  terminate(graceMs?: number): void;
  /** Ends the whole tree at once. */
  kill(): void;
}

export interface RunningCommand extends Endable {
  /** Never rejects. */
  readonly outcome: Promise<RunOutcome>;
}

/** Between SIGTERM and SIGKILL. */
const terminateGraceMs = 2000;

/** A process in the middle of a broken disk's answer cannot be killed: it is not waited for. */
const unkillableMs = 3000;

/**
 * How long output is still read after the command itself has ended: a background process that
 * keeps the pipe open must not hold back the result.
 */
const drainMs = 250;

/**
 * Output is read when the command has ended, or so long after its start: most are over sooner, and
 * their pipes are read once instead of being watched, for a sixth less time on this thread.
 */
const readAfterMs = 10;

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
  return new Supervisor(ports, child, options);
}

class Supervisor implements RunningCommand {
  readonly outcome: Promise<RunOutcome>;
  readonly #clock: Clock;
  readonly #child: Child;
  readonly #givenUp = Promise.withResolvers<undefined>();
  #cancelGrace: (() => void) | undefined;
  #ended = false;
  #killed = false;
  #timedOut = false;

  constructor({ clock, guardian }: RunPorts, child: Child, options: RunOptions) {
    this.#clock = clock;
    this.#child = child;
    const { treeId } = options;
    const unwatch = treeId === undefined ? undefined : guardian?.watch({ pid: child.pid, treeId });
    this.outcome = this.#supervise(options, unwatch);
  }

  terminate(graceMs = terminateGraceMs): void {
    if (this.#ended || this.#cancelGrace !== undefined) return;
    this.#child.killTree("SIGTERM");
    this.#cancelGrace = this.#clock.after(graceMs, () => this.kill());
  }

  kill(): void {
    this.#cancelGrace?.();
    this.#killed = true;
    this.#child.killTree("SIGKILL");
    this.#cancelGrace = this.#ended
      ? () => {}
      : this.#clock.after(unkillableMs, () => this.#givenUp.resolve(undefined));
  }

  async #supervise(
    { timeoutMs, graceMs, encoding }: RunOptions,
    unwatch: (() => void) | undefined,
  ): Promise<RunOutcome> {
    const output = this.#readLater();
    const cancelTimeout =
      timeoutMs === undefined
        ? undefined
        : this.#clock.after(timeoutMs, () => {
            this.#timedOut = true;
            this.terminate(graceMs);
          });
    const end = await Promise.race([this.#child.ended, this.#givenUp.promise]);
    cancelTimeout?.();
    const streams = output();
    this.#ended = true;
    // The leader is gone; what it left behind of a tree that was to end must go too.
    if (this.#cancelGrace !== undefined) this.kill();
    unwatch?.();
    await this.#drained(streams.map(({ done }) => done));
    const survivors = this.#killed ? await this.#child.survivors() : 0;
    const [stdout = emptyText, stderr = emptyText] = streams.map(({ capture }) =>
      capture.text(encoding),
    );
    return {
      end,
      startError: undefined,
      timedOut: this.#timedOut,
      ...(survivors === 0 ? {} : { survivors }),
      stdout,
      stderr,
    };
  }

  /** Calling it has the output read from now on; some time after the start that happens anyway. */
  #readLater(): () => readonly Collected[] {
    let streams: readonly Collected[] | undefined;
    const read = (): readonly Collected[] => {
      cancel();
      return (streams ??= [this.#child.stdout, this.#child.stderr].map(collect));
    };
    const cancel = this.#clock.after(readAfterMs, read);
    return read;
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

interface Collected {
  readonly capture: OutputCapture;
  /** Settles at the end of the stream. */
  readonly done: Promise<void>;
}

/**
 * Reads a stream to its end, which may come long after the result: a background process must not
 * die of a closed pipe because somebody else's result was due.
 */
function collect(stream: ReadableStream<Uint8Array>): Collected {
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
