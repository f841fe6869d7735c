/** A run that is not to be, and what its gateway is told. */
import type { InvokeOutcome } from "../protocol/node-invoke.ts";
import type { DeniedReason } from "../protocol/system-run.ts";

export interface Refusal {
  readonly ok: false;
  readonly outcome: InvokeOutcome;
  readonly reason?: DeniedReason;
  /** Of the decision, stable, for logs. */
  readonly code?: string;
  /** The policy would let a trusted person decide. */
  readonly mayAsk?: boolean;
  /** The programs of skills, which were not given, could change that. */
  readonly wantsSkills?: boolean;
}

export function refuse(outcome: InvokeOutcome, reason?: DeniedReason): Refusal {
  return reason === undefined ? { ok: false, outcome } : { ok: false, outcome, reason };
}
