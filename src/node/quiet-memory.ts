/**
 * Gives memory back in quiet moments. The collector counts the buffers of every command's pipes,
 * takes the heap for many times its size, and leaves the garbage of thousands of runs where it is.
 */
import type { Cancel, Clock } from "../platform/ports.ts";

export interface QuietMemoryPorts {
  readonly clock: Pick<Clock, "after">;
  /** Runs under way. */
  running(): number;
  /** Forgets what is too old; says how many runs are still remembered. */
  forgetOld(): number;
  /** Takes some 20 ms, in which nothing else is done. */
  releaseMemory(): void;
}

/** Nothing was run for so long. */
const quietMs = 5000;
/** Fewer runs leave too little to be worth it. */
const enoughRuns = 200;

export class QuietMemory {
  readonly #ports: QuietMemoryPorts;
  readonly #rememberMs: number;
  #cancel: Cancel | undefined;
  /** Runs since the last look, and since memory was given back. */
  #fresh = 0;
  #unreleased = 0;
  /** What is waited for is only that the remembered runs grow old. */
  #onlyAge = false;

  /** `rememberMs`: after this time without a run none is remembered. */
  constructor(ports: QuietMemoryPorts, rememberMs: number) {
    this.#ports = ports;
    this.#rememberMs = rememberMs;
  }

  /** A run is over. */
  ran(): void {
    this.#fresh += 1;
    this.#unreleased += 1;
    if (this.#onlyAge) this.stop();
    this.#cancel ??= this.#after(quietMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#onlyAge = false;
  }

  #after(ms: number): Cancel {
    return this.#ports.clock.after(ms, () => this.#look());
  }

  #look(): void {
    this.#cancel = undefined;
    const busy = this.#fresh > 0 || this.#ports.running() > 0;
    this.#fresh = 0;
    if (busy) {
      this.#cancel = this.#after(quietMs);
      return;
    }
    const remembered = this.#ports.forgetOld();
    if (this.#unreleased >= enoughRuns || (this.#onlyAge && remembered < enoughRuns)) {
      this.#ports.releaseMemory();
      this.#unreleased = 0;
    }
    this.#onlyAge = remembered >= enoughRuns;
    if (this.#onlyAge) this.#cancel = this.#after(this.#rememberMs);
  }
}
