// What a host says that is connected and in order.
import type { HostStatus } from "../../src/protocol/host-status.ts";
import { commit, version } from "../../src/version.ts";

export function hostStatusWith(changes: Partial<HostStatus>): HostStatus {
  return {
    ts: 10_000,
    pid: 7,
    version,
    commit,
    startedAtMs: 0,
    deviceId: "d".repeat(64),
    nodeId: "n",
    displayName: "box",
    connection: { state: "connected", sinceMs: 0, url: "ws://gw/", failures: 0 },
    gateway: { protocol: 3, version: "1" },
    pairing: { state: "approved" },
    lastError: null,
    policy: { file: "/f", exists: true, security: "deny", ask: "off", allowlist: 0, warnings: [] },
    runs: { running: 0, started: 0, awaitingApproval: null },
    memoryBytes: 1,
    path: "/bin",
    ...changes,
  };
}
