/** Runs of the last minutes, by every id and key that they were asked for with. */
import { Queue } from "../lib/queue.ts";
import type { InvokeOutcome } from "../protocol/node-invoke.ts";

export interface KnownRun {
  /** The gateway's id of the request that came first. */
  readonly id: string;
  /** Of what was asked for. */
  readonly digest: string;
  /** One or two as a rule: a set of them would take a third of what is kept of a run. */
  readonly names: string[];
  /**
   * What whoever asks again is told; of a command that ended the payload as JSON, which takes less
   * room. Absent once its room was needed, and where nobody knows how the run ended.
   */
  answer: Promise<InvokeOutcome> | string | undefined;
  /** `unknown`: the host that ran it is gone. */
  state: "open" | "unknown" | "ended";
  /** How it ended, for people. */
  summary: string;
}

export interface MemoryBounds {
  readonly rememberMs: number;
  readonly mostRuns: number;
  readonly mostBytes: number;
}

interface Settled {
  readonly run: KnownRun;
  readonly until: number;
  readonly bytes: number;
}

export class RunMemory {
  readonly #bounds: MemoryBounds;
  readonly #byName = new Map<string, KnownRun>();
  readonly #settled = new Queue<Settled>();
  /** Those among them whose answers are still there. */
  readonly #answered = new Queue<Settled>();
  #bytes = 0;

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
  }

  find(names: readonly string[]): KnownRun | undefined {
    for (const name of names) {
      const run = this.#byName.get(name);
      if (run !== undefined) return run;
    }
    return undefined;
  }

  name(run: KnownRun, names: readonly string[]): void {
    for (const name of names) {
      if (this.#byName.has(name)) continue;
      run.names.push(name);
      this.#byName.set(name, run);
    }
  }

  forget(run: KnownRun, names: readonly string[] = run.names): void {
    for (const name of names) {
      if (this.#byName.get(name) === run) this.#byName.delete(name);
    }
  }

  /** Runs that are over and not forgotten. */
  get size(): number {
    return this.#settled.size;
  }

  /** From now on the run is remembered for its time, and its answer while there is room. */
  settle(run: KnownRun, bytes: number, now: number): void {
    const settled = { run, bytes, until: now + this.#bounds.rememberMs };
    this.#settled.push(settled);
    if (run.answer === undefined) return;
    this.#answered.push(settled);
    this.#bytes += bytes;
  }

  sweep(now: number): void {
    const { mostRuns, mostBytes } = this.#bounds;
    for (let oldest = this.#settled.first; oldest !== undefined; oldest = this.#settled.first) {
      if (this.#settled.size <= mostRuns && oldest.until > now) break;
      this.#settled.shift();
      this.forget(oldest.run);
    }
    for (let oldest = this.#answered.first; oldest !== undefined; oldest = this.#answered.first) {
      if (this.#bytes <= mostBytes && oldest.until > now) break;
      this.#answered.shift();
      oldest.run.answer = undefined;
      this.#bytes -= oldest.bytes;
    }
  }
}
