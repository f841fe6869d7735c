import type { Clock } from "../platform/ports.ts";

const quietMs = 60_000;
const mostKeys = 256;

/** Lets the same thing through once a minute: what strangers cause must not fill the log. */
export class RepeatFilter {
  readonly #clock: Clock;
  readonly #seenAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isNew(key: string): boolean {
    const now = this.#clock.monotonic();
    const seenAt = this.#seenAt.get(key);
    if (seenAt !== undefined && now - seenAt < quietMs) return false;
    if (this.#seenAt.size >= mostKeys) this.#forget(now);
    if (this.#seenAt.size >= mostKeys) return false;
    this.#seenAt.set(key, now);
    return true;
  }

  #forget(now: number): void {
    for (const [key, seenAt] of this.#seenAt) {
      if (now - seenAt >= quietMs) this.#seenAt.delete(key);
    }
  }
}
