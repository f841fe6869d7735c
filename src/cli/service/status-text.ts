/** The status of the service, and of the host, at a glance. */
import { printable, shellQuote } from "../../lib/display-text.ts";
import { columns } from "../columns.ts";
import type { ServiceStatus } from "./service-status.ts";

/** `hostRuns`: as the service or by hand. */
export function statusText(
  status: ServiceStatus,
  host: readonly (readonly [string, string])[],
  hostRuns: boolean,
): string {
  const { manager, observation, record, origin, place } = status;
  const loaded = observation.loaded ? manager.loadedText : manager.notLoadedText;
  const rows = [
    ["Runtime:", runtimeText(status)],
    ["Service:", `${manager.label} (${loaded})`],
    ...(origin === "absent"
      ? []
      : [["Service file:", `${manager.definition ?? ""}${noted(origin)}`]]),
    ...observation.dropIns.map((path) => ["Drop-in:", path]),
    ...(record === undefined
      ? []
      : [["Command:", record.programArguments.map(shellQuote).join(" ")]]),
    ...(record?.account === undefined ? [] : [["Account:", record.account]]),
    ["State:", place.stateDirectory],
    ...host,
  ];
  const lines = columns(rows.map(([name = "", text = ""]) => [name, printable(text, 10_000)]));
  return `${[...lines, ...advice(status, hostRuns)].join("\n")}\n`;
}

function runtimeText({ runtime, origin }: ServiceStatus): string {
  if (origin === "absent" && runtime.status !== "running") return "not installed";
  const facts = [
    runtime.pid === undefined ? undefined : `pid ${runtime.pid}`,
    runtime.state === undefined ? undefined : `state ${runtime.state}`,
    runtime.subState === undefined ? undefined : `sub ${runtime.subState}`,
    runtime.since === undefined ? undefined : `since ${runtime.since}`,
    runtime.restarts === undefined ? undefined : `restarted ${runtime.restarts} times`,
    runtime.lastExitStatus === undefined || runtime.status === "running"
      ? undefined
      : `last exit ${runtime.lastExitStatus}`,
  ].filter((fact) => fact !== undefined);
  const detail = runtime.detail === undefined ? "" : `: ${runtime.detail}`;
  return `${runtime.status}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}${detail}`;
}

function noted(origin: ServiceStatus["origin"]): string {
  if (origin === "edited") return " (edited since it was installed)";
  return origin === "foreign" ? " (written by another program)" : "";
}

function advice(status: ServiceStatus, hostRuns: boolean): string[] {
  const { manager, origin, running, place } = status;
  const system = place.scope === "system" ? "sudo " : "";
  if (origin === "absent" && !running) {
    if (hostRuns) return [];
    const how = manager.definition === undefined ? "See how it can be started" : "Install it";
    return ["", `${how}: clawdbot node install --host HOST`];
  }
  return [
    ...(status.endsAtLogout
      ? [
          "",
          `It ends with your last logout and does not start at boot. To change that: sudo loginctl enable-linger ${place.userName}`,
        ]
      : []),
    ...(running || hostRuns
      ? []
      : [
          "",
          `Start it: ${system}clawdbot node start`,
          `Logs: ${printable(manager.logsHint ?? "")}`,
        ]),
  ];
}
