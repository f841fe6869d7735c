import { formatDuration } from "../lib/duration.ts";
import type { Cancel, Clock } from "../platform/ports.ts";
import type { ResponseFrame } from "../protocol/frame.ts";
import { NoAnswerError, RpcError } from "./rpc-error.ts";

interface Pending {
  readonly method: string;
  readonly cancelTimeout: Cancel;
  resolve(payload: unknown): void;
  reject(error: Error): void;
}

/** Matches responses to requests by id; every request ends: answered, timed out or closed. */
export class PendingRequests {
  readonly #pending = new Map<string, Pending>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Registers a request that was just sent. */
  add(id: string, method: string, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#clock.after(timeoutMs, () => {
        this.#pending.delete(id);
        reject(new NoAnswerError(method, "timeout", `nothing within ${formatDuration(timeoutMs)}`));
      });
      this.#pending.set(id, { method, cancelTimeout, resolve, reject });
    });
  }

  /** False when the id is unknown: a late or forged answer. */
  settle(frame: ResponseFrame): boolean {
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return false;
    this.#pending.delete(frame.id);
    pending.cancelTimeout();
    if (frame.ok) {
      pending.resolve(frame.payload);
    } else {
      const error = frame.error ?? { code: "UNAVAILABLE", message: `${pending.method} failed` };
      pending.reject(new RpcError(pending.method, error));
    }
    return true;
  }

  closeAll(detail: string): void {
    for (const pending of this.#pending.values()) {
      pending.cancelTimeout();
      pending.reject(new NoAnswerError(pending.method, "closed", detail));
    }
    this.#pending.clear();
  }

  get size(): number {
    return this.#pending.size;
  }
}
