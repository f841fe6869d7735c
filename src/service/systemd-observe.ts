/** What systemd says about a unit. */
import type { CommandRunner } from "./command-runner.ts";
import { exitText } from "./exit-meaning.ts";
import type { Observation, Runtime } from "./manager.ts";

const properties = [
  "LoadState",
  "UnitFileState",
  "ActiveState",
  "SubState",
  "MainPID",
  "ExecMainStatus",
  "ExecMainCode",
  "Result",
  "NRestarts",
  "StatusText",
  "ActiveEnterTimestamp",
  "DropInPaths",
  "NeedDaemonReload",
];

const reasons: Readonly<Record<string, string>> = { "1": "exited", "2": "killed", "3": "dumped" };

export async function observeUnit(
  runner: CommandRunner,
  systemctl: readonly string[],
  unit: string,
): Promise<Observation> {
  const argv = [...systemctl, "show", unit, "--no-page", "--property", properties.join(",")];
  const { code, stdout, stderr } = await runner.run(argv);
  if (code !== 0) {
    const detail = stderr.trim().split("\n")[0] || "systemctl does not answer";
    return { loaded: false, failed: false, dropIns: [], runtime: { status: "unknown", detail } };
  }
  return observationOf(stdout);
}

/** Reads `NAME=VALUE` lines of `systemctl show`; none of them is translated. */
export function observationOf(text: string): Observation {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  const value = (name: string): string => values.get(name) ?? "";
  const subState = value("SubState");
  const restarting = subState === "auto-restart" || subState === "auto-restart-queued";
  const failed = value("ActiveState") === "failed" || restarting;
  return {
    loaded: /^(enabled|enabled-runtime|linked|linked-runtime|static)$/.test(value("UnitFileState")),
    failed,
    dropIns: value("DropInPaths").split(" ").filter(Boolean),
    runtime: runtimeOf(value, restarting),
  };
}

function runtimeOf(value: (name: string) => string, restarting: boolean): Runtime {
  const state = value("ActiveState");
  const pid = Number(value("MainPID"));
  const status = Number(value("ExecMainStatus"));
  const ran = value("ExecMainCode") !== "0" && value("ExecMainCode") !== "";
  const restarts = Number(value("NRestarts"));
  const missing = value("LoadState") === "not-found";
  const detail = detailOf(value, { restarting, ran, status });
  return {
    status:
      ["active", "reloading", "deactivating"].includes(state) && pid > 0 ? "running" : "stopped",
    state,
    subState: value("SubState"),
    ...(pid > 0 ? { pid } : {}),
    ...(ran
      ? {
          lastExitStatus: status,
          lastExitReason: reasons[value("ExecMainCode")] ?? value("ExecMainCode"),
        }
      : {}),
    ...(restarts > 0 ? { restarts } : {}),
    ...(value("ActiveEnterTimestamp") === "" || state !== "active"
      ? {}
      : { since: value("ActiveEnterTimestamp") }),
    ...(detail === undefined ? {} : { detail }),
    ...(missing ? { missingUnit: true } : {}),
  };
}

function detailOf(
  value: (name: string) => string,
  end: { readonly restarting: boolean; readonly ran: boolean; readonly status: number },
): string | undefined {
  if (value("StatusText") !== "") return value("StatusText");
  if (value("LoadState") === "bad-setting" || value("LoadState") === "error") {
    return "systemd cannot use the unit file";
  }
  const killed = `signal ${end.status}`;
  const left = value("ExecMainCode") === "1" ? exitText(end.status) : killed;
  const why = end.ran ? left : value("Result");
  if (end.restarting) return `ended (${why}) and is started again`;
  if (value("ActiveState") === "failed") return `ended (${why}) and is not started again`;
  return undefined;
}
