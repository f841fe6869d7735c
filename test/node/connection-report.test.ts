import { describe, expect, test } from "bun:test";
import { type ConnectionState, initialState } from "../../src/client/connection-state.ts";
import type { Failure } from "../../src/client/failure.ts";
import { ConnectionReport } from "../../src/node/connection-report.ts";
import { CollectedLog } from "../fakes/collected-log.ts";

const deviceId = "d".repeat(64);
const dialing: ConnectionState = { ...initialState, phase: { name: "dialing" } };

function connected(
  server: { host?: string; version?: string } = {},
  protocol = 3,
): ConnectionState {
  const hello = { type: "hello-ok", protocol, server } as const;
  return { ...initialState, phase: { name: "connected", hello, tickMs: 1000 } };
}

function waiting(failure: Failure, failures = 1): ConnectionState {
  return { ...initialState, failures, phase: { name: "waiting", failure, delayMs: 2500 } };
}

/** The lines that a person sees after all these states, as "level message key=value". */
function told(states: readonly ConnectionState[], secretGiven = true): string[] {
  const log = new CollectedLog();
  const context = { url: () => "ws://gw:1/", deviceId, secretGiven: () => secretGiven };
  const report = new ConnectionReport(log, context);
  for (const state of states) report.show(state);
  return log.lines
    .filter(({ level }) => level !== "debug")
    .map(({ level, message, fields }) =>
      [level, message, ...Object.entries(fields).map(([key, value]) => `${key}=${value}`)].join(
        " ",
      ),
    );
}

const refused: Failure = { kind: "refused", message: "nothing listens" };
const auth: Failure = { kind: "auth", message: "unauthorized: gateway token mismatch" };
const pairing: Failure = { kind: "pairing", message: "pairing required", requestId: "r-1" };

describe("ConnectionReport", () => {
  const renewing: ConnectionState = {
    ...initialState,
    phase: { name: "closing", failure: undefined, next: "retry-now" },
  };

  test("is silent about a connection that this side renews, and about nothing after it", () => {
    expect(told([connected(), renewing, dialing, connected()])).toHaveLength(1);
    expect(told([renewing, dialing, waiting(refused), dialing, connected()])).toEqual([
      expect.stringContaining("nothing listens"),
      expect.anything(),
      expect.stringContaining("connected to"),
    ]);
  });

  test("says that the gateway changed this device's access", () => {
    const after: Failure = { kind: "auth-changed", message: "device removed (4001)" };
    const phase = { name: "dialing", after } as const;
    expect(told([{ ...initialState, phase }])).toEqual([
      "warn the gateway ended the connection: device removed (4001); reconnecting",
    ]);
  });

  test("names the approval also where the gateway tries to do without, and the reason", () => {
    const message = "this device was approved for another platform";
    const [headline, ...rest] = told([waiting({ ...pairing, message, checkedByGateway: true })]);
    expect(headline).toContain(
      "on the gateway, unless it can verify it by itself (this device was",
    );
    expect(rest.join("\n")).toContain("devices approve r-1");
  });

  test("says where it connects, and to what", () => {
    expect(told([dialing, connected({ host: "box", version: "2026.1.24-3" })])).toEqual([
      "info connecting to ws://gw:1/",
      `info connected to ws://gw:1/ gateway=box version=2026.1.24-3 protocol=3 device=${"d".repeat(12)}`,
    ]);
  });

  test("a gateway that says nothing of itself", () => {
    expect(told([connected()])).toEqual([
      `info connected to ws://gw:1/ gateway=undefined version=undefined protocol=3 device=${"d".repeat(12)}`,
    ]);
  });

  test("each failure once, with what mends it; the attempts after it in silence", () => {
    const again = [dialing, waiting(refused, 2), dialing, waiting(refused, 3), dialing];
    expect(told([dialing, waiting(refused), ...again])).toEqual([
      "info connecting to ws://gw:1/",
      "warn cannot connect to ws://gw:1/: nothing listens retryIn=3 s attempt=1",
      "info   Nothing listens there: start the gateway, or check host and port",
    ]);
  });

  test("another failure is told again, and so is the first one after it", () => {
    const lines = told([waiting(refused), waiting(auth), waiting(refused), waiting(refused)]);
    expect(
      lines.filter((line) => line.startsWith("warn")).map((line) => line.split(": ")[1]),
    ).toEqual([
      expect.stringMatching(/^nothing/),
      expect.stringMatching(/^unauthorized/),
      expect.stringMatching(/^nothing/),
    ]);
  });

  test("a connection in between makes the same failure news", () => {
    const lines = told([waiting(refused), connected(), waiting(refused)]);
    expect(lines.filter((line) => line.startsWith("warn"))).toHaveLength(2);
  });

  test("whether a token was offered decides what to do about a refusal", () => {
    expect(told([waiting(auth)], true)[1]).toContain("The token or password is not this gateway's");
    expect(told([waiting(auth)], false)[1]).toContain("Give its token with --token-file");
  });

  test.each<[string, Failure, string]>([
    [
      "a restart",
      { kind: "restarting", message: "the gateway restarts" },
      "the gateway restarts; reconnecting",
    ],
    [
      "a lost line",
      { kind: "closed", message: "connection closed (1006)" },
      "connection to ws://gw:1/ lost: connection closed (1006)",
    ],
    [
      "a silent line",
      { kind: "silent", message: "silent for 61 s" },
      "connection to ws://gw:1/ lost: silent for 61 s",
    ],
    [
      "a wrong pin",
      { kind: "tls-pin", message: "the pin is another" },
      "cannot connect to ws://gw:1/: the pin is another",
    ],
  ])("%s", (_case, failure, headline) => {
    expect(told([waiting(failure)])[0]).toBe(`warn ${headline} retryIn=3 s attempt=1`);
  });

  test("a failure's own remedy goes before the general one", () => {
    const lines = told([waiting({ kind: "settings", message: "no", hint: "Do this" })]);
    expect(lines[1]).toBe("info   Do this");
  });

  describe("pairing", () => {
    test("names the request, the device, and both commands", () => {
      expect(told([waiting(pairing)])).toEqual([
        `warn pairing required: an operator has to approve this device on the gateway requestId=r-1 deviceId=${deviceId}`,
        "info   with this program:  clawdbot nodes approve r-1 --url ws://gw:1/",
        "info   on its machine:     clawdbot devices approve r-1  (the gateway's own tool)",
        "info   This host keeps its identity, keeps trying, and goes on by itself once it is approved.",
      ]);
    });

    test("a gateway of the later generation has another tool", () => {
      const lines = told([waiting({ ...pairing, structured: true })]);
      expect(lines[2]).toContain("openclaw devices approve r-1");
      expect(lines.join("\n")).toContain("openclaw nodes pending");
    });

    test("the same request is told once, a new one again", () => {
      const lines = told([
        waiting(pairing),
        waiting(pairing, 2),
        waiting({ ...pairing, requestId: "r-2" }, 3),
      ]);
      expect(lines.filter((line) => line.startsWith("warn"))).toHaveLength(2);
      expect(lines.join("\n")).toContain("nodes approve r-2");
    });

    test("without a request the place for it is shown", () => {
      const lines = told([waiting({ kind: "pairing", message: "pairing required" })]);
      expect(lines[1]).toContain("nodes approve REQUEST_ID --url");
    });

    test("what a gateway calls its request cannot become a command", () => {
      const lines = told([waiting({ ...pairing, requestId: "x; rm -rf ~" })]);
      expect(lines[1]).toContain("nodes approve 'x; rm -rf ~' --url");
    });
  });
});
