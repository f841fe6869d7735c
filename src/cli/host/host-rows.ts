/** The running host at a glance. */
import { formatDuration } from "../../lib/duration.ts";
import { formatSize } from "../../lib/size.ts";
import type { HostStatus } from "../../protocol/host-status.ts";
import { version } from "../../version.ts";
import type { FoundHost } from "./find-host.ts";
import { isOutdated, versionText } from "./host-json.ts";

type Row = readonly [name: string, text: string];

export function hostRows(host: FoundHost, serviceRuns: boolean): Row[] {
  switch (host.kind) {
    case "absent":
      return [
        [
          "Host:",
          serviceRuns
            ? "does not answer yet: it is starting, or its version is an older one"
            : "not running",
        ],
      ];
    case "mute":
      return [["Host:", host.problem], ...hintRow(host.hint)];
    default:
      return statusRows(host.status);
  }
}

function statusRows(status: HostStatus): Row[] {
  const { gateway, policy, lastError, ts, connection } = status;
  return [
    ["Host:", `${connectionText(status)} (pid ${status.pid})`],
    [
      "Gateway:",
      [connection.url, gateway?.host, gateway && gatewayVersion(gateway)]
        .filter(Boolean)
        .join("  "),
    ],
    ["Pairing:", pairingText(status)],
    ...hintRow(status.pairing.approve),
    ...(lastError === null
      ? []
      : ([
          ["Last error:", `${ago(ts - lastError.atMs)}: ${lastError.kind}: ${lastError.message}`],
          // How it was mended is known by now.
          ...hintRow(connection.state === "connected" ? undefined : lastError.hint),
        ] as const)),
    ["Policy:", policyText(policy)],
    ...policy.warnings.map((text): Row => ["", `Warning: ${text}`]),
    ["Runs:", runsText(status.runs)],
    ...limitsRow(status.limits),
    ["Memory:", formatSize(status.memoryBytes)],
    ["Version:", driftText(status)],
  ];
}

function connectionText({ connection, ts }: HostStatus): string {
  const { state, sinceMs, failures, retryAtMs } = connection;
  const since = `${formatDuration(Math.max(0, ts - sinceMs))}, since ${time(sinceMs)}`;
  switch (state) {
    case "connected":
      return `connected for ${since}`;
    case "connecting":
      return `connecting for ${since}`;
    case "stopping":
      return "stopping";
    case "retrying": {
      const next =
        retryAtMs === undefined ? "now" : `in ${formatDuration(Math.max(0, retryAtMs - ts))}`;
      const attempts = failures === 1 ? "1 attempt" : `${failures} attempts`;
      return `NOT CONNECTED for ${since}; ${attempts} failed, the next one ${next}`;
    }
    default:
      return state satisfies never;
  }
}

function gatewayVersion({ version: text, protocol }: NonNullable<HostStatus["gateway"]>): string {
  return `version ${text ?? "unknown"}, protocol ${protocol}`;
}

function pairingText({ pairing, deviceId }: HostStatus): string {
  const device = `device ${deviceId.slice(0, 12)}`;
  switch (pairing.state) {
    case "approved":
      return `approved (${device})`;
    case "required":
      return `an operator has to approve this device (${device})`;
    case "commands-wait":
      return `the device is approved, its commands wait for an operator (${device})`;
    case "unknown":
      return `unknown while it is not connected (${device})`;
    default:
      return pairing.state satisfies never;
  }
}

function policyText({ file, exists, problem, security, ask, allowlist }: HostStatus["policy"]) {
  if (problem !== undefined) return `cannot be used, so every command is denied: ${problem}`;
  const entries = `${allowlist} ${allowlist === 1 ? "entry" : "entries"}`;
  const where = exists ? file : `${file}, not there: built-in default`;
  return `${security}, ask ${ask}, allowlist of ${entries} (${where})`;
}

function runsText({ running, started, awaitingApproval }: HostStatus["runs"]): string {
  const waits = awaitingApproval === null ? "" : `, ${awaitingApproval} wait for your answer`;
  return `${running} under way${waits}, ${started} since the start`;
}

function limitsRow(limits: HostStatus["limits"] = {}): Row[] {
  const by = (means: string): string =>
    Object.entries(limits)
      .filter(([, holds]) => holds === means)
      .map(([name]) => name)
      .join(", ");
  const texts = [
    ["cgroup", "for a command with all its processes"],
    ["ulimit", "by ulimit"],
  ].flatMap(([means = "", text]) => (by(means) === "" ? [] : `${by(means)} ${text}`));
  return texts.length === 0 ? [] : [["Limits:", texts.join("; ")]];
}

function driftText(status: HostStatus): string {
  const up = `up ${formatDuration(Math.max(0, status.ts - status.startedAtMs))}`;
  if (!isOutdated(status)) return `${status.version} (${up})`;
  return `${versionText(status)} (${up}), but this executable is ${version}: start the host again`;
}

function hintRow(hint: string | undefined): Row[] {
  return hint === undefined ? [] : [["", hint]];
}

function ago(ms: number): string {
  return `${formatDuration(Math.max(0, ms))} ago`;
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
