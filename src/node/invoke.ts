/** What a handler of a node command gets and gives. */
import type { InvokeOutcome } from "../protocol/node-invoke.ts";
import type { ExecEvent } from "../protocol/system-run.ts";

export interface Invocation {
  /** Names this request; a gateway uses it once. */
  readonly id: string;
  /** Names what is asked for: a caller that asks again for the same sends the same key. */
  readonly idempotencyKey?: string;
  /** Milliseconds until the gateway gives up waiting; undefined: it did not say. */
  readonly timeoutMs?: number;
  /** Aborted when the gateway takes the request back: nothing of it may go on or be answered. */
  readonly cancelled: AbortSignal;
  /** Parsed `paramsJSON`; undefined when the request carried none. */
  readonly params: unknown;
}

/** Sends an event on its way; it stands before the invocation's result on the line. */
export type SendExecEvent = (event: ExecEvent) => void;

export type InvokeHandler = (invocation: Invocation) => Promise<InvokeOutcome> | InvokeOutcome;

export function invalid(message: string): InvokeOutcome {
  return { ok: false, code: "INVALID_REQUEST", message };
}

/** The wording that callers of the reference know. */
export function invalidParams(problem: string): InvokeOutcome {
  return invalid(`Error: INVALID_REQUEST: ${problem}`);
}
