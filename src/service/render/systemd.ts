/** A unit of systemd. */
import { exitCode } from "../../lib/exit-code.ts";
import type { ServiceSpec } from "../service-spec.ts";
import { systemdArgument, systemdPath, systemdProgram, systemdWord } from "./escape.ts";
import { hardeningLines } from "./hardening.ts";
import { serviceVariables } from "./service-variables.ts";

/** What an older systemd does not know it would only complain about, at every reload. */
const since = { exec: 240, loadCredential: 247, oomPolicy: 243, restartSteps: 254, graceful: 230 };

/** Seconds between the end of the drain and the moment when systemd ends everything. */
const graceSeconds = 15;

/** Codes with which the host says that starting it again cannot help. */
const hopeless = [exitCode.usage, exitCode.config, exitCode.alreadyRunning];

/** Seconds without a sign of life after which the host is started again. */
const watchdogSeconds = 120;

export interface SystemdAbilities {
  /** `systemctl --version`. */
  readonly version: number;
  /** The host can tell systemd when it is ready, and that it lives. */
  readonly notifies: boolean;
}

/** Whether this systemd hands over secrets by itself; otherwise the host reads the files. */
export function hasCredentials({ scope }: Pick<ServiceSpec, "scope">, version: number): boolean {
  return scope === "system" && version >= since.loadCredential;
}

export function systemdUnit(spec: ServiceSpec, { version, notifies }: SystemdAbilities): string {
  const system = spec.scope === "system";
  const [program = "", ...words] = spec.argv;
  const handsOver = hasCredentials(spec, version);
  const environment = handsOver ? spec.environment : serviceVariables(spec);
  const lines = [
    "[Unit]",
    `Description=${spec.description.replaceAll("%", "%%")}`,
    // A user's manager has no such target.
    ...(system ? ["Wants=network-online.target", "After=network-online.target"] : []),
    ...(version >= since.graceful ? ["StartLimitIntervalSec=0"] : []),
    "",
    "[Service]",
    ...(notifies
      ? ["Type=notify", "NotifyAccess=main", `WatchdogSec=${watchdogSeconds}`]
      : [`Type=${version >= since.exec ? "exec" : "simple"}`]),
    `ExecStart=${[systemdProgram(program), ...words.map(systemdArgument)].join(" ")}`,
    `WorkingDirectory=${systemdPath(spec.workingDirectory)}`,
    ...Object.entries(environment).map(
      ([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}`,
    ),
    ...spec.environmentFiles.map((path) => `EnvironmentFile=${systemdPath(path)}`),
    ...(handsOver
      ? spec.secrets.map(({ name, path }) => `LoadCredential=${name}:${systemdPath(path)}`)
      : []),
    ...accountLines(spec),
    "Restart=always",
    "RestartSec=5",
    ...(version >= since.restartSteps ? ["RestartSteps=5", "RestartMaxDelaySec=60"] : []),
    `RestartPreventExitStatus=${hopeless.join(" ")}`,
    `SuccessExitStatus=${exitCode.limitReached}`,
    // The host ends its commands itself; only what is left after the drain is ended from outside.
    "KillMode=mixed",
    `TimeoutStopSec=${spec.drainSeconds + graceSeconds}`,
    "Delegate=yes",
    // One command that takes too much memory must not end the host and all other commands.
    ...(version >= since.oomPolicy ? ["OOMPolicy=continue"] : []),
    ...hardeningLines(spec.hardening, spec.scope, spec.stateDirectory),
    "",
    "[Install]",
    `WantedBy=${system ? "multi-user.target" : "default.target"}`,
    "",
  ];
  return lines.join("\n");
}

function accountLines({ account }: ServiceSpec): string[] {
  if (account === undefined) return [];
  return [
    `User=${account.name}`,
    ...(account.own
      ? [`StateDirectory=${account.home.replace(/^\/var\/lib\//, "")}`, "StateDirectoryMode=0700"]
      : []),
  ];
}
