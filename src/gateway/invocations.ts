/** Invocations on their way: sent to a node, waiting for its result. */
import { longestTimerMs } from "../lib/duration.ts";
import type { Cancel, Clock, Random } from "../platform/ports.ts";
import { invokeDefaultMs, maxInvokesInFlight } from "../protocol/limits.ts";
import { type InvokeResult, invokeRequestEvent } from "../protocol/node-invoke.ts";
import type { ConnectedNode } from "./node-registry.ts";
import type { Peer } from "./session.ts";

export interface Call {
  readonly command: string;
  readonly params: unknown;
  readonly timeoutMs?: number | undefined;
  readonly idempotencyKey?: string | undefined;
}

export type CallOutcome =
  | { readonly kind: "answered"; readonly result: InvokeResult }
  /** No answer in time; whatever the node sends later is ignored. */
  | { readonly kind: "timeout" }
  | { readonly kind: "disconnected" }
  | { readonly kind: "not-sent"; readonly why: string };

interface Waiting {
  readonly peer: Peer;
  readonly nodeId: string;
  readonly cancelTimer: Cancel;
  settle(outcome: CallOutcome): void;
}

export class Invocations {
  readonly #waiting = new Map<string, Waiting>();
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  call(node: ConnectedNode, call: Call): Promise<CallOutcome> {
    if (this.#waiting.size >= maxInvokesInFlight) {
      return Promise.resolve({ kind: "not-sent", why: "too many invocations are in flight" });
    }
    const id = this.#random.uuid();
    const sent = node.peer.sendEvent(invokeRequestEvent, {
      id,
      nodeId: node.nodeId,
      command: call.command,
      // The reference sends null, not nothing, where there are no parameters.
      paramsJSON: call.params === undefined ? null : JSON.stringify(call.params),
      timeoutMs: call.timeoutMs,
      idempotencyKey: call.idempotencyKey,
    });
    if (!sent) {
      return Promise.resolve({ kind: "not-sent", why: "failed to send invoke to node" });
    }
    return new Promise((resolve) => {
      const ms = Math.min(call.timeoutMs ?? invokeDefaultMs, longestTimerMs);
      this.#waiting.set(id, {
        peer: node.peer,
        nodeId: node.nodeId,
        cancelTimer: this.#clock.after(ms, () => this.#settle(id, { kind: "timeout" })),
        settle: resolve,
      });
    });
  }

  /** False for a result that nobody waits for: late, or of another node. */
  answer(nodeId: string, result: InvokeResult): boolean {
    if (this.#waiting.get(result.id)?.nodeId !== nodeId) return false;
    this.#settle(result.id, { kind: "answered", result });
    return true;
  }

  /** Ends what was sent over a line that is gone. */
  lost(peer: Peer): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.peer === peer) this.#settle(id, { kind: "disconnected" });
    }
  }

  #settle(id: string, outcome: CallOutcome): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.cancelTimer();
    waiting?.settle(outcome);
  }
}
