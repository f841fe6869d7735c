import { describe, expect, test } from "bun:test";
import {
  type ConnectionState,
  type Phase,
  initialState,
} from "../../src/client/connection-state.ts";
import type { Failure } from "../../src/client/failure.ts";
import { type HostFacts, HostStatusBook } from "../../src/node/host-status.ts";
import { hostStatus } from "../../src/protocol/host-status.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

const policy = { file: "/f", exists: true, security: "deny", ask: "off", allowlist: 0 };
const facts: HostFacts = {
  pid: 7,
  version: "1",
  commit: "c",
  deviceId: "d",
  nodeId: "n",
  displayName: "box",
  path: "/bin",
  url: () => "ws://gw:1/?s3cret",
  redact: (text) => text.replaceAll("s3cret", "***"),
  secretGiven: () => true,
  policy: () => ({ ...policy, warnings: [] }),
  runs: () => ({ running: 0, started: 0, awaitingApproval: null }),
  memoryBytes: () => 1,
  commandsWaiting: () => undefined,
};

const hello = {
  type: "hello-ok",
  protocol: 4,
  server: { version: "2\u001b", host: "gw" },
} as const;
const connected: Phase = { name: "connected", hello, tickMs: 1 };
const waiting = (failure: Failure): Phase => ({ name: "waiting", failure, delayMs: 2500 });
const refused: Failure = { kind: "refused", message: "nothing listens; s3cret" };
const pairing: Failure = { kind: "pairing", message: "required", requestId: "r'1" };
const start = 1000;

/** One phase a second. */
function after(phases: readonly Phase[], more: Partial<HostFacts> = {}) {
  const clock = new ManualClock(start);
  const book = new HostStatusBook(clock, { ...facts, ...more });
  for (const [index, phase] of phases.entries()) {
    clock.advance(1000);
    const state: ConnectionState = { ...initialState, failures: index, phase };
    book.show(state);
  }
  return { book, clock, status: hostStatus.parse(book.status()) };
}

describe("the connection", () => {
  test.each<[string, Phase[], string, number]>([
    ["begins", [], "connecting", 0],
    ["is being made", [{ name: "dialing" }, { name: "challenge" }], "connecting", 0],
    ["is there", [{ name: "dialing" }, connected], "connected", 2],
    ["failed: since the start", [{ name: "dialing" }, waiting(refused)], "retrying", 0],
    ["is tried again", [waiting(refused), { name: "dialing" }], "retrying", 0],
    [
      "is lost: since then",
      [connected, { name: "closing", failure: refused, next: "retry" }, waiting(refused)],
      "retrying",
      2,
    ],
    ["is lost and made at once", [connected, { name: "dialing", after: refused }], "retrying", 2],
    ["is there again", [connected, waiting(refused), connected], "connected", 3],
    ["is over", [connected, { name: "stopped" }], "stopping", 2],
  ])("%s", (_case, phases, state, since) => {
    const { connection } = after(phases).status;
    expect(connection).toMatchObject({ state, sinceMs: start + since * 1000 });
  });

  test("says when it is tried next, and no more when it is tried", () => {
    const { connection } = after([waiting(refused)]).status;
    expect(connection.retryAtMs).toBe(start + 1000 + 2500);
    expect(after([waiting(refused), { name: "dialing" }]).status.connection.retryAtMs).toBe(
      undefined,
    );
  });

  test("names the gateway, safe to print, only while it is connected", () => {
    const gateway = { protocol: 4, version: "2\\u{1b}", host: "gw" };
    expect(after([connected]).status.gateway).toEqual(gateway);
    expect(after([connected, waiting(refused)]).status.gateway).toBeNull();
  });

  test("keeps the last failure with its remedy, and shows no secret", () => {
    const { lastError, connection } = after([waiting(refused), connected]).status;
    expect(lastError).toMatchObject({
      kind: "refused",
      message: "nothing listens; ***",
      hint: expect.stringContaining("start the gateway"),
      atMs: start + 1000,
      exitCode: 75,
    });
    expect(connection.url).toBe("ws://gw:1/?***");
  });
});

test("the clocks are compared when the gateway says its time", () => {
  const { book, clock } = after([]);
  expect(book.status().connection.clockSkewMs).toBeUndefined();
  book.heardTime(clock.now() - 90_000);
  clock.advance(5000);
  expect(book.status().connection.clockSkewMs).toBe(90_000);
});

test.each<[string, Phase[], Partial<HostFacts>, object]>([
  ["unknown before anything is known", [], {}, { state: "unknown" }],
  ["unknown when something else is wrong", [waiting(refused)], {}, { state: "unknown" }],
  ["approved when connected", [waiting(pairing), connected], {}, { state: "approved" }],
  [
    "required, with the command",
    [waiting(pairing)],
    {},
    {
      state: "required",
      requestId: "r'1",
      approve: `clawdbot nodes approve 'r'\\''1' --url 'ws://gw:1/?***'`,
    },
  ],
  [
    "required, without an id",
    [waiting({ kind: "pairing", message: "required" })],
    {},
    { state: "required" },
  ],
  [
    "of the commands",
    [connected],
    { commandsWaiting: () => ({ requestId: undefined }) },
    { state: "commands-wait" },
  ],
])("pairing is %s", (_case, phases, more, wanted) => {
  expect(after(phases, more).status.pairing).toEqual(wanted as never);
});
