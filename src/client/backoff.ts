import type { FailureKind } from "./failure.ts";

const firstCapMs = 2000;
const longestMs = 30_000;
const shortestMs = 1000;

/** How soon a failure of a kind is worth another try. */
type Pace = "normal" | "operator" | "pairing";

const paceOf: Partial<Record<FailureKind, Pace>> = {
  settings: "operator",
  auth: "operator",
  "setup-code": "operator",
  limited: "operator",
  signature: "operator",
  tls: "operator",
  "tls-pin": "operator",
  protocol: "operator",
  rejected: "operator",
  pairing: "pairing",
};

/**
 * Milliseconds to wait before the next attempt. `attempt` counts failures in a row from 0, `unit`
 * is a random number in [0, 1): every delay is spread over its whole range, so that a restarted
 * gateway is not met by all its nodes at once.
 */
export function retryDelayMs(kind: FailureKind, attempt: number, unit: number): number {
  switch (paceOf[kind] ?? "normal") {
    case "normal": {
      const cap = Math.min(longestMs, firstCapMs * 2 ** Math.min(attempt, 10));
      return spread(shortestMs, cap, unit);
    }
    // Only a person can mend these: trying faster would only fill logs.
    case "operator":
      return attempt < 2 ? spread(2000, 5000, unit) : spread(longestMs, 2 * longestMs, unit);
    // Somebody is about to type the approval: be there soon after.
    case "pairing":
      return attempt < 60 ? spread(1500, 3000, unit) : spread(10_000, 20_000, unit);
  }
}

function spread(from: number, to: number, unit: number): number {
  return Math.round(from + unit * (to - from));
}
