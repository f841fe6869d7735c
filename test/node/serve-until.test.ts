import { describe, expect, test } from "bun:test";
import { type ConnectionState, initialState } from "../../src/client/connection-state.ts";
import type { FailureKind } from "../../src/client/failure.ts";
import { LeaveRule, type Patience } from "../../src/node/serve-until.ts";

const once: Patience = { once: true, waitForPairingMs: undefined };
const service: Patience = { once: false, waitForPairingMs: undefined };
const patient: Patience = { once: false, waitForPairingMs: 60_000 };

const connected: ConnectionState = {
  ...initialState,
  phase: { name: "connected", hello: { type: "hello-ok", protocol: 3, server: {} }, tickMs: 1000 },
};

function waiting(kind: FailureKind): ConnectionState {
  const failure = { kind, message: "no" };
  return { ...initialState, phase: { name: "waiting", failure, delayMs: 1000 } };
}

const idle: ConnectionState[] = [
  initialState,
  { ...initialState, phase: { name: "dialing" } },
  { ...initialState, phase: { name: "challenge" } },
  { ...initialState, phase: { name: "authenticating" } },
  { ...initialState, phase: { name: "closing", failure: undefined, next: "retry" } },
  { ...initialState, phase: { name: "stopped" } },
];

/** What a host leaves with after a failure before it was ever connected. */
const codes: [kind: FailureKind, once: number, waitingForPairing: number | undefined][] = [
  ["settings", 3, 3],
  ["dns", 75, undefined],
  ["refused", 75, undefined],
  ["unreachable", 75, undefined],
  ["timeout", 75, undefined],
  ["proxy", 75, undefined],
  ["tls", 12, 12],
  ["tls-pin", 12, 12],
  ["not-a-gateway", 13, 13],
  ["auth", 10, 10],
  ["pairing", 11, undefined],
  ["clock", 13, undefined],
  ["protocol", 13, 13],
  ["rejected", 13, 13],
  ["restarting", 75, undefined],
  ["closed", 75, undefined],
  ["silent", 75, undefined],
];

describe("LeaveRule", () => {
  test.each(codes)(
    "%s: --once leaves with %p, --wait-for-pairing with %p, a service stays",
    (kind, first, second) => {
      expect(new LeaveRule(once).judge(waiting(kind))).toBe(first);
      expect(new LeaveRule(patient).judge(waiting(kind))).toBe(second);
      expect(new LeaveRule({ ...patient, once: true }).judge(waiting(kind))).toBe(first);
      expect(new LeaveRule(service).judge(waiting(kind))).toBeUndefined();
    },
  );

  test.each(codes)(
    "a connection that ends with %s later: --once leaves with 75, all others stay",
    (kind) => {
      for (const [patience, code] of [
        [once, 75],
        [patient, undefined],
        [service, undefined],
      ] as const) {
        const rule = new LeaveRule(patience);
        expect(rule.judge(connected)).toBeUndefined();
        expect(rule.judge(waiting(kind))).toBe(code);
      }
    },
  );

  test("nothing but a failure is a reason to leave", () => {
    for (const patience of [once, service, patient]) {
      const rule = new LeaveRule(patience);
      for (const state of [...idle, connected]) expect(rule.judge(state)).toBeUndefined();
    }
  });

  test.each<[string, ConnectionState[], number | undefined]>([
    ["nothing has happened yet", [], 75],
    ["it still waits for its approval", [waiting("pairing")], 11],
    ["the gateway was never there", [waiting("refused")], 75],
    ["the last failure counts", [waiting("refused"), waiting("pairing")], 11],
    ["it is connected", [waiting("pairing"), connected], undefined],
    ["it was connected once", [connected, waiting("refused")], undefined],
  ])("the patience is over: %s", (_case, states, code) => {
    const rule = new LeaveRule(patient);
    for (const state of states) rule.judge(state);
    expect(rule.expire()).toBe(code);
  });
});
