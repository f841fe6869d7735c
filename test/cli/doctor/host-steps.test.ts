// What a running host says about its connection, as the links of the chain.
import { describe, expect, test } from "bun:test";
import { runSteps } from "../../../src/cli/doctor/check.ts";
import { hostSteps } from "../../../src/cli/doctor/host-steps.ts";
import type { FailureKind } from "../../../src/client/failure.ts";
import type { HostStatus } from "../../../src/protocol/host-status.ts";
import { hostStatusWith } from "../../fakes/host-status.ts";

const facts = { start: "clawdbot node run", endpoint: { host: "gw", port: 1 } };

async function checksOf(changes: Partial<HostStatus>) {
  const steps = hostSteps(hostStatusWith(changes), facts, "linux", false);
  return runSteps(steps, (finding) => finding);
}

function held(kind: string, more: Partial<HostStatus> = {}): Partial<HostStatus> {
  return {
    connection: { state: "retrying", sinceMs: 0, url: "wss://gw/", failures: 1 },
    lastError: { kind, message: "it says so", hint: "its own hint", atMs: 0, exitCode: 1 },
    ...more,
  };
}

describe("a failure stands at its link, those before it are passed", () => {
  test.each<[FailureKind | "of-the-future", string, string]>([
    ["settings", "settings", "its own hint"],
    ["dns", "dns", "getent hosts gw"],
    ["refused", "tcp", "--port PORT"],
    ["unreachable", "tcp", "ping -c 3 gw"],
    ["timeout", "tcp", "nc -vz gw 1"],
    ["proxy", "proxy", "its own hint"],
    ["tls", "tls", "--tls-fingerprint SHA256"],
    ["tls-pin", "tls", "--tls-fingerprint SHA256"],
    ["not-a-gateway", "upgrade", "Another program"],
    ["closed", "upgrade", "its own hint"],
    ["silent", "upgrade", "its own hint"],
    ["restarting", "protocol", "its own hint"],
    ["protocol", "protocol", "its own hint"],
    ["rejected", "protocol", "its own hint"],
    ["auth", "auth", "its own hint"],
    ["setup-code", "auth", "its own hint"],
    ["auth-changed", "auth", "its own hint"],
    ["limited", "auth", "its own hint"],
    ["signature", "auth", "its own hint"],
    ["clock", "auth", "its own hint"],
    ["pairing", "pairing", "its own hint"],
    ["of-the-future", "protocol", "its own hint"],
  ])("%s", async (kind, id, fix) => {
    const checks = await checksOf(held(kind));
    const at = checks.findIndex(({ status }) => status === "fail");
    expect(checks[at]).toMatchObject({ id, fact: "the running host says: it says so" });
    expect(checks[at]?.fix).toContain(fix);
    const others = checks.filter(({ id: other }) => other !== id && other !== "clock");
    const statuses = others.map(({ status }) => status);
    expect(statuses).toEqual([...Array(at).fill("pass"), ...Array(8 - at).fill("skip")]);
  });
});

test("pairing: the command that approves it", async () => {
  const pairing = {
    state: "required",
    requestId: "r",
    approve: "clawdbot nodes approve r",
  } as const;
  const checks = await checksOf(held("pairing", { pairing }));
  expect(checks.find(({ id }) => id === "pairing")?.fix).toBe("clawdbot nodes approve r");
});

test("commands that wait are a warning: it is connected and serves nothing", async () => {
  const [warning, ...more] = (
    await checksOf({ pairing: { state: "commands-wait", approve: "do it" } })
  ).filter(({ status }) => status === "warn");
  expect(warning).toMatchObject({ id: "pairing", fix: "do it" });
  expect(more).toEqual([]);
});

test.each(["connecting", "stopping"] as const)("%s: nothing is known yet", async (state) => {
  const connection = { state, sinceMs: 0, url: "ws://gw/", failures: 0 };
  const [settings, ...others] = await checksOf({ connection, gateway: null });
  expect(settings?.status).toBe("pass");
  expect(others.map(({ status }) => status)).toEqual(Array(9).fill("skip"));
});

test.each([
  [undefined, "skip", "did not say"],
  [59_000, "pass", "within a minute"],
  [90_000, "warn", "1 min 30 s ahead of"],
  [-7_200_000, "warn", "2 h behind"],
])("clocks that are %s ms apart", async (clockSkewMs, status, fact) => {
  const { connection } = hostStatusWith({});
  const skew = clockSkewMs === undefined ? {} : { clockSkewMs };
  const checks = await checksOf({ connection: { ...connection, ...skew } });
  const clock = checks.find(({ id }) => id === "clock");
  expect(clock?.status).toBe(status as "skip");
  expect(clock?.fact).toContain(fact);
});
