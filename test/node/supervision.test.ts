// What systemd is told: over a fake line for the order, and over real sockets for the bytes.
import { describe, expect, test } from "bun:test";
import { supervision, watchdogMs } from "../../src/node/supervision.ts";
import { initialState, type ConnectionState } from "../../src/client/connection-state.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

const url = "ws://gateway.local/";

function scene(watchdog?: number) {
  const sent: string[] = [];
  const clock = new ManualClock();
  const notifier = { send: (text: string) => sent.push(text) > 0 };
  return { sent, clock, told: supervision(notifier, clock, { url, watchdogMs: watchdog }) };
}

const inPhase = (phase: any): ConnectionState => ({ ...initialState, phase });
const failed = inPhase({
  name: "waiting",
  delayMs: 1,
  failure: { kind: "refused", message: "no\nline" },
});

describe("supervision", () => {
  test("ready is said once, and no more where nobody watches", () => {
    const { sent, clock, told } = scene();
    told.ready();
    clock.advance(600_000);
    expect(sent).toEqual(["READY=1"]);
  });

  test("a watchdog is fed twice in its time, until the host stops", () => {
    const { sent, clock, told } = scene(60_000);
    told.ready();
    clock.advance(90_000);
    expect(sent).toEqual(["READY=1", ...Array<string>(4).fill("WATCHDOG=1")]);
    told.stopping();
    clock.advance(600_000);
    expect(sent.slice(5)).toEqual(["STOPPING=1\nSTATUS=stopping"]);
  });

  test("the status is told when it changes, on one line, and not for every attempt", () => {
    const { sent, told } = scene();
    told.show(inPhase({ name: "dialing" }));
    told.show(failed);
    told.show(inPhase({ name: "dialing" }));
    told.show(failed);
    told.show(inPhase({ name: "connected" }));
    told.show(inPhase({ name: "authenticating" }));
    expect(sent).toEqual([
      `STATUS=connecting to ${url}`,
      `STATUS=not connected to ${url}: no\\nline`,
      `STATUS=connected to ${url}`,
    ]);
  });
});

describe("watchdogMs", () => {
  test.each([
    [{}, undefined],
    [{ WATCHDOG_USEC: "120000000" }, 120_000],
    [{ WATCHDOG_USEC: "120000000", WATCHDOG_PID: "7" }, 120_000],
    [{ WATCHDOG_USEC: "120000000", WATCHDOG_PID: "8" }, undefined],
    [{ WATCHDOG_USEC: "soon" }, undefined],
    [{ WATCHDOG_USEC: "0" }, undefined],
  ])("%j", (env, expected) => {
    expect(watchdogMs(env, 7)).toBe(expected);
  });
});
