// A clock that moves only when a test says so.
import type { Cancel, Clock } from "../../src/platform/ports.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  readonly #startedAt: number;

  constructor(startedAt = 1_795_000_000_000) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#startedAt + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, callback: () => void): Cancel {
    const timer = { at: this.#elapsed + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets time pass; timers that are due call back in their order. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end);
      const next = due.toSorted((left, right) => left.at - right.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#elapsed = next.at;
      next.callback();
    }
    this.#elapsed = end;
  }
}
