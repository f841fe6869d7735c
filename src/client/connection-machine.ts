/**
 * The life of one connection to a gateway as a pure function: every input gives the next state and
 * the effects to perform. At most one socket exists at any time, and no failure is final.
 */
import { assertNever } from "../lib/errors.ts";
import { closeCodes } from "../protocol/gateway-errors.ts";
import { challengeWaitMs, handshakeMs, tickIntervalMs } from "../protocol/limits.ts";
import { retryDelayMs } from "./backoff.ts";
import type { ConnectionState, Effect, Input, Step } from "./connection-state.ts";
import { type Failure, failureOfClose } from "./failure.ts";

export const dialMs = 15_000;
export const closeGraceMs = 2000;
/** A connection that lived this long has proved that it works; failures count from zero again. */
export const stableMs = 30_000;

const none: readonly Effect[] = [];

/** `unit` is a random number in [0, 1) that spreads retries. */
export function step(state: ConnectionState, input: Input, unit: number): Step {
  switch (input.type) {
    case "start":
      return state.phase.name === "idle" ? dial(state) : stay(state);
    case "stop":
      return stop(state);
    case "opened":
      if (state.phase.name !== "dialing") return stay(state);
      return {
        state: { ...state, phase: { name: "challenge" } },
        effects: [
          { type: "clear-timers" },
          { type: "set-timer", id: "challenge", ms: challengeWaitMs },
        ],
      };
    case "challenge":
      return state.phase.name === "challenge"
        ? authenticate(state, input.nonce, input.ts)
        : stay(state);
    case "accepted":
      return accepted(state, input);
    case "refused":
      return refused(state, input);
    case "failed":
      return failed(state, input, unit);
    case "shutdown":
      if (state.phase.name !== "connected") return stay(state);
      return stay({ ...state, cause: { kind: "restarting", message: "the gateway restarts" } });
    case "renew":
      if (state.phase.name !== "connected") return stay(state);
      return close(state, undefined, "retry-now");
    case "closed":
      return closed(state, failureOfClose(input.code, input.reason), unit);
    case "timer":
      return timer(state, input.id);
    case "liveness":
      return liveness(state, input);
    default:
      return assertNever(input);
  }
}

function stay(state: ConnectionState): Step {
  return { state, effects: none };
}

function dial(state: ConnectionState, after?: Failure): Step {
  const phase = { name: "dialing", ...(after === undefined ? {} : { after }) } as const;
  return {
    state: { ...state, phase, cause: undefined },
    effects: [
      { type: "clear-timers" },
      { type: "set-timer", id: "dial", ms: dialMs },
      { type: "dial", credential: state.credential },
    ],
  };
}

function authenticate(
  state: ConnectionState,
  nonce: string | undefined,
  ts: number | undefined,
): Step {
  return {
    state: { ...state, phase: { name: "authenticating" } },
    effects: [
      { type: "clear-timers" },
      { type: "set-timer", id: "handshake", ms: handshakeMs },
      { type: "send-connect", nonce, ts, signature: state.signature },
    ],
  };
}

function accepted(state: ConnectionState, input: Extract<Input, { type: "accepted" }>): Step {
  if (state.phase.name !== "authenticating") return stay(state);
  const wish = input.hello.policy?.tickIntervalMs ?? tickIntervalMs;
  const tickMs = Math.min(Math.max(wish, 1000), 600_000);
  return {
    state: {
      ...state,
      phase: { name: "connected", hello: input.hello, tickMs },
      credential: "first",
      cause: undefined,
    },
    effects: [
      { type: "clear-timers" },
      { type: "set-timer", id: "liveness", ms: tickMs },
      { type: "set-timer", id: "stable", ms: stableMs },
    ],
  };
}

function refused(state: ConnectionState, input: Extract<Input, { type: "refused" }>): Step {
  if (state.phase.name !== "authenticating") return stay(state);
  const { kind } = input.failure;
  if (kind === "auth" && input.anotherCredential && state.credential === "first") {
    return close({ ...state, credential: "second" }, input.failure, "retry-now");
  }
  if (kind === "signature" && state.signature === "v2") {
    return close({ ...state, signature: "v3" }, input.failure, "retry-now");
  }
  return close({ ...state, credential: "first", signature: "v2" }, input.failure, "retry");
}

function failed(
  state: ConnectionState,
  input: Extract<Input, { type: "failed" }>,
  unit: number,
): Step {
  if (!hasSocket(state)) return stay(state);
  // Without a socket no close follows: this is the end of the attempt, also while it is stopped.
  if (!input.socketLeft) return closed(state, input.failure, unit);
  // The socket's own close follows and must be waited for; only the reason is kept.
  if (state.phase.name === "closing") return stay(state);
  return stay({ ...state, cause: state.cause ?? input.failure });
}

function closed(state: ConnectionState, failure: Failure, unit: number): Step {
  const { phase } = state;
  if (phase.name === "closing") {
    if (phase.next === "stop") return halt(state);
    if (phase.next === "retry-now") return dial(state);
    return wait(state, phase.failure ?? failure, unit);
  }
  if (!hasSocket(state)) return stay(state);
  // Credentials changed on the other side: what is at hand now may already be the right one.
  if (phase.name === "connected" && failure.kind === "auth-changed" && state.failures === 0) {
    return dial({ ...state, failures: 1 }, failure);
  }
  return wait(state, state.cause ?? failure, unit);
}

function wait(state: ConnectionState, failure: Failure, unit: number): Step {
  const delay = retryDelayMs(failure.kind, state.failures, unit);
  const delayMs = Math.min(Math.max(delay, failure.retryAfterMs ?? 0), 300_000);
  return {
    state: {
      ...state,
      phase: { name: "waiting", failure, delayMs },
      failures: state.failures + 1,
      cause: undefined,
    },
    effects: [{ type: "clear-timers" }, { type: "set-timer", id: "retry", ms: delayMs }],
  };
}

/** Begins to close the socket; the machine goes on only when it is gone. */
function close(
  state: ConnectionState,
  failure: Failure | undefined,
  next: "retry" | "retry-now" | "stop",
  code: number = closeCodes.normal,
  reason = "",
): Step {
  return {
    state: { ...state, phase: { name: "closing", failure, next } },
    effects: [
      { type: "clear-timers" },
      { type: "set-timer", id: "close-grace", ms: closeGraceMs },
      { type: "close", code, reason },
    ],
  };
}

function stop(state: ConnectionState): Step {
  const { phase } = state;
  if (phase.name === "closing") {
    return stay({ ...state, phase: { ...phase, next: "stop" } });
  }
  if (!hasSocket(state)) return halt(state);
  return close(state, undefined, "stop", closeCodes.normal, "client is stopping");
}

function halt(state: ConnectionState): Step {
  return {
    state: { ...state, phase: { name: "stopped" } },
    effects: [{ type: "clear-timers" }],
  };
}

function timer(state: ConnectionState, id: Extract<Input, { type: "timer" }>["id"]): Step {
  const { phase } = state;
  switch (id) {
    case "dial":
      if (phase.name !== "dialing") return stay(state);
      return close(state, { kind: "timeout", message: noAnswer("connection", dialMs) }, "retry");
    case "challenge":
      return phase.name === "challenge" ? authenticate(state, undefined, undefined) : stay(state);
    case "handshake":
      if (phase.name !== "authenticating") return stay(state);
      return close(state, { kind: "timeout", message: noAnswer("connect", handshakeMs) }, "retry");
    case "stable":
      return phase.name === "connected" ? stay({ ...state, failures: 0 }) : stay(state);
    case "close-grace":
      if (phase.name !== "closing") return stay(state);
      return {
        state,
        effects: [
          { type: "set-timer", id: "close-grace", ms: closeGraceMs },
          { type: "terminate" },
        ],
      };
    case "retry":
      return phase.name === "waiting" ? dial(state) : stay(state);
    default:
      return assertNever(id);
  }
}

function noAnswer(what: string, ms: number): string {
  return `no answer to the ${what} request within ${ms / 1000} s`;
}

function liveness(state: ConnectionState, input: Extract<Input, { type: "liveness" }>): Step {
  const { phase } = state;
  if (phase.name !== "connected") return stay(state);
  const tooQuiet = input.quietMs > 2 * phase.tickMs + 1000;
  if (tooQuiet || input.pingUnanswered) {
    const seconds = Math.round(input.quietMs / 1000);
    const message = `the gateway has been silent for ${seconds} s`;
    return close(
      state,
      { kind: "silent", message },
      "retry",
      closeCodes.tickTimeout,
      "tick timeout",
    );
  }
  return {
    state,
    effects: [{ type: "ping" }, { type: "set-timer", id: "liveness", ms: phase.tickMs }],
  };
}

function hasSocket({ phase }: ConnectionState): boolean {
  return (
    phase.name === "dialing" ||
    phase.name === "challenge" ||
    phase.name === "authenticating" ||
    phase.name === "connected" ||
    phase.name === "closing"
  );
}
