/**
 * What waits for an operator's word, and what was granted and is not used yet. Nothing of it is
 * kept on disk: after a restart whoever still wants to run something asks again.
 */
import type { Cancel, Clock } from "../platform/ports.ts";
import type { ApprovalDecision, GrantedDecision } from "../protocol/approval-requests.ts";
import {
  approvalUseMs,
  maxGrantedApprovals,
  maxPendingApprovals,
  maxPendingApprovalsOfDevice,
} from "../protocol/limits.ts";

/** Everything that the approver was shown. */
export interface ApprovalRequest {
  readonly command: string;
  readonly cwd: string | null;
  readonly host: string | null;
  readonly security: string | null;
  readonly ask: string | null;
  readonly agentId: string | null;
  readonly resolvedPath: string | null;
  readonly sessionKey: string | null;
  /** Absent: the approval is not bound to a node. */
  readonly nodeId?: string;
}

export interface ApprovalRecord {
  readonly id: string;
  readonly request: ApprovalRequest;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Who asked, and over which connection. */
  readonly deviceId: string;
  readonly connId: string;
}

export interface Grant {
  readonly record: ApprovalRecord;
  readonly decision: GrantedDecision;
}

export type Opened =
  /** The decision is undefined when nobody gave one in time or the caller has gone. */
  | { readonly ok: true; readonly decided: Promise<ApprovalDecision | undefined> }
  | { readonly ok: false; readonly why: "already pending" | "too many" };

interface Waiting {
  readonly record: ApprovalRecord;
  readonly cancelTimer: Cancel;
  settle(decision: ApprovalDecision | undefined): void;
}

interface Granted extends Grant {
  /** By the clock that never jumps. */
  readonly usableUntil: number;
}

export class ApprovalBook {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  readonly #granted = new Map<string, Granted>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(record: ApprovalRecord): Opened {
    this.#forgetExpired();
    // A yes that waits to be used must not come to mean another run.
    if (this.#waiting.has(record.id) || this.#granted.has(record.id)) {
      return { ok: false, why: "already pending" };
    }
    const own = this.pending().filter(({ deviceId }) => deviceId === record.deviceId);
    if (this.#waiting.size >= maxPendingApprovals || own.length >= maxPendingApprovalsOfDevice) {
      return { ok: false, why: "too many" };
    }
    const { promise, resolve } = Promise.withResolvers<ApprovalDecision | undefined>();
    const ms = record.expiresAtMs - record.createdAtMs;
    const cancelTimer = this.#clock.after(ms, () => this.#settle(record.id, undefined));
    this.#waiting.set(record.id, { record, cancelTimer, settle: resolve });
    return { ok: true, decided: promise };
  }

  pending(): readonly ApprovalRecord[] {
    return [...this.#waiting.values()].map(({ record }) => record);
  }

  /** The record that this decides; undefined when none waits under the id. */
  decide(id: string, decision: ApprovalDecision): ApprovalRecord | undefined {
    const record = this.#waiting.get(id)?.record;
    if (record === undefined) return undefined;
    if (decision !== "deny") this.#grant({ record, decision });
    this.#settle(id, decision);
    return record;
  }

  /** Takes back what a connection that is gone had asked for. */
  withdraw(connId: string): readonly ApprovalRecord[] {
    const gone = this.pending().filter((record) => record.connId === connId);
    for (const { id } of gone) this.#settle(id, undefined);
    return gone;
  }

  /** Grants that can still be used, oldest first. */
  granted(): readonly Grant[] {
    this.#forgetExpired();
    return [...this.#granted.values()];
  }

  /** An approval counts for one run. */
  use(id: string): void {
    this.#granted.delete(id);
  }

  #grant(grant: Grant): void {
    this.#forgetExpired();
    const [oldest] = this.#granted.keys();
    if (oldest !== undefined && this.#granted.size >= maxGrantedApprovals)
      this.#granted.delete(oldest);
    const usableUntil = this.#clock.monotonic() + approvalUseMs;
    this.#granted.set(grant.record.id, { ...grant, usableUntil });
  }

  #settle(id: string, decision: ApprovalDecision | undefined): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.cancelTimer();
    waiting.settle(decision);
  }

  #forgetExpired(): void {
    const now = this.#clock.monotonic();
    for (const [id, { usableUntil }] of this.#granted) {
      if (now >= usableUntil) this.#granted.delete(id);
    }
  }
}
