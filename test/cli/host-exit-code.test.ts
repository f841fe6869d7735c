import { expect, test } from "bun:test";
import { hostExitCode } from "../../src/cli/host/host-exit-code.ts";
import type { HostStatus } from "../../src/protocol/host-status.ts";
import { hostStatusWith } from "../fakes/host-status.ts";

const status = hostStatusWith({
  lastError: { kind: "tls", message: "", atMs: 0, exitCode: 12 },
});
const directory = "/state";
const running = (changes: Partial<HostStatus>) =>
  ({ kind: "running", directory, status: { ...status, ...changes } }) as const;
const { connection } = status;

test.each([
  ["connected", running({}), true, 0],
  ["connected, and no service", running({}), false, 0],
  ["its commands wait", running({ pairing: { state: "commands-wait" } }), true, 11],
  ["held up", running({ connection: { ...connection, state: "retrying" } }), true, 12],
  ["connecting", running({ connection: { ...connection, state: "connecting" } }), true, 75],
  ["stopping", running({ connection: { ...connection, state: "stopping" } }), true, 75],
  [
    "there and mute",
    { kind: "mute", directory, problem: "p", hint: undefined } as const,
    false,
    75,
  ],
  ["not there, says it", { kind: "absent", directory } as const, true, 75],
  ["not there at all", { kind: "absent", directory } as const, false, 1],
])("a host that is %s", (_case, host, serviceRuns, code) => {
  expect(hostExitCode(host, serviceRuns)).toBe(code);
});
