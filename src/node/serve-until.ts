/** When a node host that was asked to leave by itself does so. */
import type { ConnectionState } from "../client/connection-state.ts";
import type { Failure } from "../client/failure.ts";
import { exitCodeOf } from "../client/remedy.ts";
import { exitCode } from "../lib/exit-code.ts";

export interface Patience {
  /** One attempt, one connection. */
  readonly once: boolean;
  /** How long the first connection may take, milliseconds; undefined: for ever. */
  readonly waitForPairingMs: number | undefined;
}

/** Failures that time alone does not mend. */
const lasting = new Set<Failure["kind"]>([
  "auth",
  "signature",
  "tls",
  "tls-pin",
  "protocol",
  "not-a-gateway",
  "rejected",
  "settings",
]);

/** Judges every state of the connection; says with which exit code to leave, if at all. */
export class LeaveRule {
  readonly #patience: Patience;
  #connectedOnce = false;
  #lastFailure: Failure | undefined;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** The exit code to leave with now; undefined: stay. */
  judge({ phase }: ConnectionState): number | undefined {
    if (phase.name === "connected") this.#connectedOnce = true;
    if (phase.name !== "waiting") return undefined;
    this.#lastFailure = phase.failure;
    // It is used up or out of date: however long this waits, the code will not open anything.
    if (phase.failure.kind === "setup-code") return exitCodeOf(phase.failure);
    if (this.#patience.once) {
      return this.#connectedOnce ? exitCode.temporary : exitCodeOf(phase.failure);
    }
    const stillPairing = this.#patience.waitForPairingMs !== undefined && !this.#connectedOnce;
    return stillPairing && lasting.has(phase.failure.kind) ? exitCodeOf(phase.failure) : undefined;
  }

  /** The patience of `--wait-for-pairing` is over. */
  expire(): number | undefined {
    if (this.#connectedOnce) return undefined;
    return this.#lastFailure === undefined ? exitCode.temporary : exitCodeOf(this.#lastFailure);
  }
}
