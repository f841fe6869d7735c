// The machine in a small model of the world: one that has a socket or not, and timers that are
// pending or not. The world offers only what can happen in it; what happens is random.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { step } from "../../src/client/connection-machine.ts";
import {
  type ConnectionState,
  type Input,
  type TimerId,
  initialState,
} from "../../src/client/connection-state.ts";
import type { Failure, FailureKind } from "../../src/client/failure.ts";
import { anyText, holds, seed } from "../fakes/property.ts";

const kinds = ["auth", "pairing", "protocol", "closed", "restarting", "signature"] as const;

/** Phases in which only a timer or the socket can bring the machine further. */
const restless = new Set([
  "dialing",
  "challenge",
  "authenticating",
  "connected",
  "closing",
  "waiting",
]);

class World {
  state: ConnectionState = initialState;
  /** A dial was performed and its end was not yet reported. */
  socket: "none" | "never-began" | "alive" = "none";
  readonly timers = new Set<TimerId>();
  dialsSinceWait = 0;
  mostDials = 0;
  stopAsked = false;

  /** Everything that can happen now. `dice` decides the details. */
  possible(dice: number): Input[] {
    const failure: Failure = { kind: kinds[dice % kinds.length]!, message: "" };
    const hello = { type: "hello-ok", protocol: 3, server: {} } as const;
    const fired = [...this.timers].map((id): Input =>
      id === "liveness"
        ? { type: "liveness", quietMs: (dice % 4) * 25_000, pingUnanswered: dice % 7 === 0 }
        : { type: "timer", id },
    );
    const ofSocket: Input[] = [
      { type: "opened" },
      { type: "failed", failure, socketLeft: true },
      { type: "challenge", nonce: "n", ts: undefined },
      { type: "accepted", hello },
      { type: "refused", failure, anotherCredential: dice % 2 === 0 },
      { type: "shutdown" },
      { type: "closed", code: [1000, 1006, 1012, 1008, 4001][dice % 5]!, reason: "" },
    ];
    return [
      { type: "start" },
      ...(dice % 17 === 0 ? [{ type: "renew" } as const] : []),
      ...(dice % 11 === 0 ? [{ type: "stop" } as const] : []),
      ...fired,
      ...(this.socket === "alive" ? ofSocket : []),
      ...(this.socket === "never-began"
        ? [{ type: "failed", failure, socketLeft: false } as const]
        : []),
    ];
  }

  happen(input: Input, dice: number): void {
    if (input.type === "closed" || (input.type === "failed" && !input.socketLeft)) {
      this.socket = "none";
    }
    if (input.type === "timer") this.timers.delete(input.id);
    if (input.type === "liveness") this.timers.delete("liveness");
    if (input.type === "stop") this.stopAsked = true;
    const { state, effects } = step(this.state, input, (dice % 100) / 100);
    this.state = state;
    if (state.phase.name === "waiting" || state.phase.name === "connected") this.dialsSinceWait = 0;
    for (const effect of effects) {
      switch (effect.type) {
        case "dial":
          // The promise that everything hangs on: never a second socket.
          expect(this.socket).toBe("none");
          this.socket = dice % 5 === 0 ? "never-began" : "alive";
          this.dialsSinceWait += 1;
          this.mostDials = Math.max(this.mostDials, this.dialsSinceWait);
          break;
        case "clear-timers":
          this.timers.clear();
          break;
        case "set-timer":
          expect(effect.ms).toBeGreaterThan(0);
          expect(effect.ms).toBeLessThanOrEqual(600_000);
          this.timers.add(effect.id);
          break;
        case "send-connect":
        case "ping":
          expect(this.socket).toBe("alive");
          break;
        case "close":
        case "terminate":
          expect(this.socket).not.toBe("none");
      }
    }
    this.#check();
  }

  #check(): void {
    const { name } = this.state.phase;
    if (restless.has(name)) expect([name, this.timers.size]).not.toEqual([name, 0]);
    else expect(this.timers.size).toBe(0);
    if (name === "idle" || name === "stopped" || name === "waiting") {
      expect([name, this.socket]).toEqual([name, "none"]);
    } else expect([name, this.socket]).not.toEqual([name, "none"]);
    if (this.stopAsked) {
      expect(["stopped", "closing"]).toContain(name);
      if (this.state.phase.name === "closing") expect(this.state.phase.next).toBe("stop");
    }
  }
}

const life = fc.array(fc.nat(), { minLength: 1, maxLength: 150 });

function live(dice: readonly number[]): World {
  const world = new World();
  world.happen({ type: "start" }, dice[0] ?? 0);
  for (const throwing of dice) {
    const possible = world.possible(throwing);
    world.happen(possible[Math.floor(throwing / 13) % possible.length]!, throwing);
  }
  return world;
}

describe(`a connection in a random life (seed ${seed})`, () => {
  test("has at most one socket, always a timer, and follows what was asked", () => {
    holds(
      fc.property(life, (dice) => void live(dice)),
      2000,
    );
  });

  test("tries at most two credentials and one other signature before it waits", () => {
    holds(
      fc.property(life, (dice) => {
        expect(live(dice).mostDials).toBeLessThanOrEqual(3);
      }),
      1000,
    );
  });

  test("stops as soon as its socket is gone, and stays so", () => {
    holds(
      fc.property(life, (dice) => {
        const world = live(dice);
        world.happen({ type: "stop" }, 1);
        if (world.socket === "alive") world.happen({ type: "closed", code: 1006, reason: "" }, 1);
        if (world.socket === "never-began") {
          const failure: Failure = { kind: "settings", message: "" };
          world.happen({ type: "failed", failure, socketLeft: false }, 1);
        }
        expect(world.state.phase.name).toBe("stopped");
        for (const input of world.possible(0)) world.happen(input, 0);
        expect(world.state.phase.name).toBe("stopped");
      }),
      1000,
    );
  });

  test("comes back by itself after any failure, when the gateway works again", () => {
    holds(
      fc.property(life, (dice) => {
        const world = live(dice.map((throwing) => (throwing % 11 === 0 ? throwing + 1 : throwing)));
        if (world.stopAsked) return;
        // Only timers and a well-behaved gateway from here on.
        for (let steps = 0; world.state.phase.name !== "connected"; steps += 1) {
          expect(steps).toBeLessThan(20);
          world.happen(kindly(world), 1);
        }
      }),
      1000,
    );
  });
});

/** What a good gateway and the clock do next. */
function kindly({ state, socket }: World): Input {
  switch (state.phase.name) {
    case "idle":
      return { type: "start" };
    case "dialing":
    case "closing":
      if (socket === "never-began") {
        return { type: "failed", failure: { kind: "closed", message: "" }, socketLeft: false };
      }
      return state.phase.name === "dialing"
        ? { type: "opened" }
        : { type: "closed", code: 1000, reason: "" };
    case "challenge":
      return { type: "challenge", nonce: "n", ts: 1 };
    case "waiting":
      return { type: "timer", id: "retry" };
    default:
      return { type: "accepted", hello: { type: "hello-ok", protocol: 3, server: {} } };
  }
}

describe(`inputs that cannot happen (seed ${seed})`, () => {
  const kind = fc.constantFrom<FailureKind>("auth", "tls", "closed", "pairing", "signature");
  const failure = fc.record({ kind, message: anyText });
  const ids = ["dial", "challenge", "handshake", "stable", "close-grace", "retry"] as const;
  const input: fc.Arbitrary<Input> = fc.oneof(
    fc.constantFrom<Input>(
      { type: "start" },
      { type: "stop" },
      { type: "opened" },
      { type: "shutdown" },
      { type: "renew" },
    ),
    fc.record({ type: fc.constant("timer"), id: fc.constantFrom(...ids) }),
    fc.record({ type: fc.constant("failed"), failure, socketLeft: fc.boolean() }),
    fc.record({ type: fc.constant("challenge"), nonce: anyText, ts: fc.double() }),
    fc.record({ type: fc.constant("refused"), failure, anotherCredential: fc.boolean() }),
    fc.record({ type: fc.constant("closed"), code: fc.integer(), reason: anyText }),
    fc.record({
      type: fc.constant("liveness"),
      quietMs: fc.double(),
      pingUnanswered: fc.boolean(),
    }),
    fc.record({
      type: fc.constant("accepted"),
      hello: fc.record({
        type: fc.constant("hello-ok"),
        protocol: fc.double(),
        server: fc.constant({}),
        policy: fc.record({ tickIntervalMs: fc.double({ noNaN: true }) }),
      }),
    }),
  );

  test("throw nothing and leave a state that makes sense", () => {
    holds(
      fc.property(fc.array(input, { maxLength: 60 }), (lived) => {
        let state = initialState;
        for (const one of lived) {
          const after = step(state, one, 0.5);
          if (state.phase.name === "stopped") expect(after.state.phase.name).toBe("stopped");
          const delays = after.effects.filter((effect) => effect.type === "set-timer");
          for (const { ms } of delays) expect(ms > 0 && ms <= 600_000).toBe(true);
          ({ state } = after);
          expect(Number.isInteger(state.failures)).toBe(true);
        }
      }),
      1000,
    );
  });
});
