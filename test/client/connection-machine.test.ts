import { describe, expect, test } from "bun:test";
import { closeGraceMs, dialMs, stableMs, step } from "../../src/client/connection-machine.ts";
import {
  type ConnectionState,
  type Effect,
  type Input,
  type Phase,
  type Step,
  initialState,
} from "../../src/client/connection-state.ts";
import type { Failure } from "../../src/client/failure.ts";
import type { HelloOk } from "../../src/protocol/connect.ts";

const hello: HelloOk = { type: "hello-ok", protocol: 3, server: {} };
const lost: Failure = { kind: "closed", message: "lost" };
const wrongToken: Failure = { kind: "auth", message: "unauthorized" };

const phases = {
  idle: { name: "idle" },
  dialing: { name: "dialing" },
  challenge: { name: "challenge" },
  authenticating: { name: "authenticating" },
  connected: { name: "connected", hello, tickMs: 30_000 },
  "closing>retry": { name: "closing", failure: lost, next: "retry" },
  "closing>now": { name: "closing", failure: lost, next: "retry-now" },
  "closing>stop": { name: "closing", failure: undefined, next: "stop" },
  waiting: { name: "waiting", failure: lost, delayMs: 1500 },
  stopped: { name: "stopped" },
} satisfies Record<string, Phase>;
type Place = keyof typeof phases;

const inputs = {
  start: { type: "start" },
  stop: { type: "stop" },
  opened: { type: "opened" },
  "failed, socket left": { type: "failed", failure: lost, socketLeft: true },
  "failed, no socket": { type: "failed", failure: lost, socketLeft: false },
  challenge: { type: "challenge", nonce: "n", ts: 5 },
  accepted: { type: "accepted", hello },
  "refused, another": { type: "refused", failure: wrongToken, anotherCredential: true },
  "refused, no other": { type: "refused", failure: wrongToken, anotherCredential: false },
  "refused, signature": {
    type: "refused",
    failure: { kind: "signature", message: "device signature invalid" },
    anotherCredential: false,
  },
  shutdown: { type: "shutdown" },
  renew: { type: "renew" },
  "closed, access changed": { type: "closed", code: 4001, reason: "gateway auth changed" },
  closed: { type: "closed", code: 1006, reason: "" },
  "timer dial": { type: "timer", id: "dial" },
  "timer challenge": { type: "timer", id: "challenge" },
  "timer handshake": { type: "timer", id: "handshake" },
  "timer stable": { type: "timer", id: "stable" },
  "timer close-grace": { type: "timer", id: "close-grace" },
  "timer retry": { type: "timer", id: "retry" },
  "quiet for a moment": { type: "liveness", quietMs: 61_000, pingUnanswered: false },
  "quiet for too long": { type: "liveness", quietMs: 61_001, pingUnanswered: false },
  "quiet without a pong": { type: "liveness", quietMs: 0, pingUnanswered: true },
} satisfies Record<string, Input>;

/** Where a phase is in the table below. */
function placeOf(phase: Phase): Place {
  if (phase.name !== "closing") return phase.name;
  return phase.next === "retry-now" ? "closing>now" : `closing>${phase.next}`;
}

function at(place: Place, rest: Partial<ConnectionState> = {}): ConnectionState {
  return { ...initialState, phase: phases[place], ...rest };
}

const columns: readonly Place[] = [
  "idle",
  "dialing",
  "challenge",
  "authenticating",
  "connected",
  "closing>retry",
  "closing>now",
  "closing>stop",
  "waiting",
  "stopped",
];

/** What each input leads to from each phase, in the order above; a dot: nothing happens. */
const table: Readonly<Record<keyof typeof inputs, string>> = {
  start: "dialing . . . . . . . . .",
  stop: "stopped closing>stop closing>stop closing>stop closing>stop closing>stop closing>stop . stopped stopped",
  opened: ". challenge . . . . . . . .",
  "failed, socket left": ". . . . . . . . . .",
  "failed, no socket": ". waiting waiting waiting waiting waiting dialing stopped . .",
  challenge: ". . authenticating . . . . . . .",
  accepted: ". . . connected . . . . . .",
  "refused, another": ". . . closing>now . . . . . .",
  "refused, no other": ". . . closing>retry . . . . . .",
  "refused, signature": ". . . closing>now . . . . . .",
  shutdown: ". . . . . . . . . .",
  renew: ". . . . closing>now . . . . .",
  "closed, access changed": ". waiting waiting waiting dialing waiting dialing stopped . .",
  closed: ". waiting waiting waiting waiting waiting dialing stopped . .",
  "timer dial": ". closing>retry . . . . . . . .",
  "timer challenge": ". . authenticating . . . . . . .",
  "timer handshake": ". . . closing>retry . . . . . .",
  "timer stable": ". . . . . . . . . .",
  "timer close-grace": ". . . . . . . . . .",
  "timer retry": ". . . . . . . . dialing .",
  "quiet for a moment": ". . . . . . . . . .",
  "quiet for too long": ". . . . closing>retry . . . . .",
  "quiet without a pong": ". . . . closing>retry . . . . .",
};

const cells = Object.entries(table).flatMap(([input, line]) =>
  line.split(" ").map((result, index) => {
    const from = columns[index]!;
    return [input as keyof typeof inputs, from, result === "." ? from : (result as Place)] as const;
  }),
);

describe("the table of transitions", () => {
  test("has every phase and every input", () => {
    expect(columns.toSorted()).toEqual(Object.keys(phases).toSorted() as Place[]);
    expect(cells).toHaveLength(Object.keys(phases).length * Object.keys(inputs).length);
  });

  test.each(cells)("%s in %s leads to %s", (input, from, to) => {
    const before = at(from);
    const { state, effects } = step(before, inputs[input], 0.5);
    expect(placeOf(state.phase)).toBe(to);
    const dials = effects.filter(({ type }) => type === "dial");
    expect(dials).toHaveLength(to === "dialing" && from !== "dialing" ? 1 : 0);
    const sends = effects.filter(({ type }) => type === "send-connect");
    expect(sends).toHaveLength(to === "authenticating" && from !== to ? 1 : 0);
    const closes = effects.filter(({ type }) => type === "close");
    expect(closes).toHaveLength(to.startsWith("closing") && !from.startsWith("closing") ? 1 : 0);
    // Timers of the old phase never outlive it.
    if (placeOf(state.phase).split(">")[0] !== from.split(">")[0]) {
      expect(effects[0]).toEqual({ type: "clear-timers" });
    }
    expect(before).toEqual(at(from));
  });
});

const timer = (id: string, ms: number) => ({ type: "set-timer", id, ms }) as Effect;
const timersOf = ({ effects }: Step): Effect[] =>
  effects.filter((effect) => effect.type === "set-timer");

describe("a phase sets the timers that end it", () => {
  test.each<[string, Place, Input, Effect[]]>([
    ["dialing", "idle", inputs.start, [timer("dial", dialMs)]],
    ["the wait for a challenge", "dialing", inputs.opened, [timer("challenge", 750)]],
    ["authenticating", "challenge", inputs.challenge, [timer("handshake", 10_000)]],
    [
      "a connection",
      "authenticating",
      inputs.accepted,
      [timer("liveness", 30_000), timer("stable", stableMs)],
    ],
    ["closing", "connected", inputs.stop, [timer("close-grace", closeGraceMs)]],
    [
      "closing that drags on",
      "closing>stop",
      inputs["timer close-grace"],
      [timer("close-grace", closeGraceMs)],
    ],
    ["waiting", "connected", inputs.closed, [timer("retry", 1500)]],
    ["a quiet connection", "connected", inputs["quiet for a moment"], [timer("liveness", 30_000)]],
  ])("%s", (_what, from, input, timers) => {
    expect(timersOf(step(at(from), input, 0.5))).toEqual(timers);
  });
});

describe("hello-ok", () => {
  test.each<[string, number | undefined, number]>([
    ["none", undefined, 30_000],
    ["a usual one", 15_000, 15_000],
    ["zero", 0, 1000],
    ["a negative one", -5, 1000],
    ["a fraction", 0.001, 1000],
    ["one beyond all timers", 1e300, 600_000],
  ])("with %s as its tick interval is watched all the same", (_what, tickIntervalMs, tickMs) => {
    const policy = tickIntervalMs === undefined ? {} : { policy: { tickIntervalMs } };
    const after = step(
      at("authenticating"),
      { type: "accepted", hello: { ...hello, ...policy } },
      0,
    );
    expect(after.state.phase).toMatchObject({ name: "connected", tickMs });
    expect(after.effects).toContainEqual(timer("liveness", tickMs));
  });

  test("does not forget earlier failures until the connection was stable", () => {
    const accepted = step(at("authenticating", { failures: 7 }), inputs.accepted, 0).state;
    expect(accepted.failures).toBe(7);
    expect(step(accepted, inputs["timer stable"], 0).state.failures).toBe(0);
    const lostAgain = step(accepted, inputs.closed, 0.999).state;
    expect(lostAgain.failures).toBe(8);
  });
});

describe("silence", () => {
  test("is answered by a ping, and then by the close that the reference sends", () => {
    const pinged = step(at("connected"), inputs["quiet for a moment"], 0);
    expect(pinged.effects).toContainEqual({ type: "ping" });
    for (const input of [inputs["quiet for too long"], inputs["quiet without a pong"]]) {
      const given = step(at("connected"), input, 0);
      expect(given.effects).toContainEqual({ type: "close", code: 4000, reason: "tick timeout" });
      expect(given.state.phase).toMatchObject({ failure: { kind: "silent" } });
    }
  });
});

describe("a refused credential", () => {
  const refusedFirst = step(at("authenticating"), inputs["refused, another"], 0);

  test("is followed at once by the other one, on a new socket behind the closed one", () => {
    expect(refusedFirst.effects.map(({ type }) => type)).not.toContain("dial");
    const next = step(refusedFirst.state, inputs.closed, 0);
    expect(next.effects).toContainEqual({ type: "dial", credential: "second" });
  });

  test("that was the other one is followed by a wait, and then by the first again", () => {
    const second = at("authenticating", { credential: "second" });
    const refusedBoth = step(second, inputs["refused, another"], 0).state;
    const waiting = step(refusedBoth, inputs.closed, 0).state;
    expect(waiting.phase).toMatchObject({ name: "waiting", failure: wrongToken });
    expect(step(waiting, inputs["timer retry"], 0).effects).toContainEqual({
      type: "dial",
      credential: "first",
    });
  });

  test.each<Failure["kind"]>(["pairing", "protocol", "rejected", "clock", "restarting"])(
    "is not what a failure of kind %s is about",
    (kind) => {
      const input = { type: "refused", failure: { kind, message: "" }, anotherCredential: true };
      const { state } = step(at("authenticating"), input as Input, 0);
      expect(state).toMatchObject({ credential: "first", phase: { next: "retry" } });
    },
  );
});

describe("the reason of a failure", () => {
  /** Walks through inputs; gives the failure that is waited out. */
  function waitedOut(from: Place, ...steps: Input[]): Failure | undefined {
    let state = at(from);
    for (const input of steps) ({ state } = step(state, input, 0));
    return state.phase.name === "waiting" ? state.phase.failure : undefined;
  }
  const socketError: Input = {
    type: "failed",
    failure: { kind: "tls", message: "t" },
    socketLeft: true,
  };
  const laterError: Input = { type: "failed", failure: lost, socketLeft: true };

  test.each<[string, Failure["kind"] | undefined, Place, Input[]]>([
    [
      "is the socket's error, not the close behind it",
      "tls",
      "dialing",
      [socketError, inputs.closed],
    ],
    ["is the first of two errors", "tls", "dialing", [socketError, laterError, inputs.closed]],
    ["is the close when there was no error", "closed", "challenge", [inputs.closed]],
    [
      "is the refusal, not the close behind it",
      "auth",
      "authenticating",
      [inputs["refused, no other"], inputs.closed],
    ],
    [
      "is the restart that was announced",
      "restarting",
      "connected",
      [inputs.shutdown, inputs.closed],
    ],
    [
      "is the time limit, not the close that it caused",
      "timeout",
      "dialing",
      [inputs["timer dial"], inputs.closed],
    ],
    [
      "is the time limit, not the error that it caused",
      "timeout",
      "dialing",
      [inputs["timer dial"], socketError, inputs.closed],
    ],
    ["is a dial that could not begin", "closed", "dialing", [inputs["failed, no socket"]]],
    [
      "of one attempt does not reach the next",
      "closed",
      "dialing",
      [socketError, inputs.closed, inputs["timer retry"], inputs.closed],
    ],
  ])("%s", (_what, kind, from, steps) => {
    expect(waitedOut(from, ...steps)?.kind).toBe(kind as Failure["kind"]);
  });

  test.each([
    ["sooner than our own delay", 10, 1000],
    ["later than our own delay", 45_000, 45_000],
    ["in a year", 31_536_000_000, 300_000],
    ["in the past", -1, 1000],
  ])("may carry the gateway's wish: %s", (_what, retryAfterMs, delayMs) => {
    const failure: Failure = { kind: "restarting", message: "", retryAfterMs };
    const input: Input = { type: "failed", failure, socketLeft: false };
    expect(step(at("dialing"), input, 0).state.phase).toMatchObject({ delayMs });
  });
});

describe("stop", () => {
  test("of a dial that never began ends with its failure", () => {
    const stopping = step(at("dialing"), inputs.stop, 0).state;
    expect(step(stopping, inputs["failed, no socket"], 0).state.phase.name).toBe("stopped");
  });

  test("during the change of credentials dials no more", () => {
    const stopping = step(at("closing>now"), inputs.stop, 0).state;
    const after = step(stopping, inputs.closed, 0);
    expect(after.state.phase.name).toBe("stopped");
    expect(after.effects).toEqual([{ type: "clear-timers" }]);
  });

  test("of a socket that does not close ends it by force, again and again", () => {
    let state = at("closing>stop");
    for (let times = 0; times < 3; times += 1) {
      const after = step(state, inputs["timer close-grace"], 0);
      expect(after.effects).toContainEqual({ type: "terminate" });
      ({ state } = after);
    }
    expect(step(state, inputs.closed, 0).state.phase.name).toBe("stopped");
  });
});
